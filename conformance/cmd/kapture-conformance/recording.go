package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance"
)

// A recording is one JSON object a line, appended as exchanges end, so that it
// is whole up to the last one whatever happens to the program. Credentials
// never stand in it. Recordings of browsers and other tools (HAR) can be read
// as well.
type recordedExchange struct {
	Time     time.Time       `json:"time"`
	Request  recordedMessage `json:"request"`
	Response recordedMessage `json:"response"`
}

type recordedMessage struct {
	Method    string      `json:"method,omitempty"`
	URL       string      `json:"url,omitempty"`
	Status    int         `json:"status,omitempty"`
	Header    http.Header `json:"header"`
	Body      string      `json:"body,omitempty"`
	Base64    string      `json:"body_base64,omitempty"` // in place of body where it is no UTF-8
	Truncated bool        `json:"truncated,omitempty"`
}

// secretHeaders bear credentials; secretQuery does in the oldest call.
var (
	secretHeaders = []string{"Authorization", "Proxy-Authorization", "X-Api-Key", "Cookie", "Set-Cookie"}
	secretQuery   = []string{"auth_key"}
)

const redacted = "redacted"

func withoutSecrets(header http.Header) http.Header {
	clean := header.Clone()
	for _, name := range secretHeaders {
		for i, value := range clean.Values(name) {
			scheme, _, two := strings.Cut(value, " ")
			if two && name == "Authorization" {
				clean[name][i] = scheme + " " + redacted
			} else {
				clean[name][i] = redacted
			}
		}
	}
	return clean
}

// withoutSecretQuery changes nothing else of an address, so that a query that
// is wrong is still wrong when it is replayed.
func withoutSecretQuery(address string) string {
	path, query, found := strings.Cut(address, "?")
	if !found {
		return address
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil && slices.Contains(secretQuery, strings.ToLower(strings.TrimSpace(plain))) {
			parts[i] = name + "=" + redacted
		}
	}
	return path + "?" + strings.Join(parts, "&")
}

// shortestSecret is the shortest credential that is looked for where none
// belongs: a shorter one would be found in every word.
const shortestSecret = 4

// withoutEchoes cuts the credentials of a request out of what came back: a
// server may answer with what it was sent.
func withoutEchoes(q conformance.Request, answer conformance.Response) conformance.Response {
	var secrets []string
	for _, name := range secretHeaders {
		for _, value := range q.Header.Values(name) {
			key := value[strings.LastIndexByte(value, ' ')+1:]
			secrets = append(secrets, key)
			if plain, err := base64.StdEncoding.DecodeString(key); err == nil { // a user and a password
				_, password, _ := strings.Cut(string(plain), ":")
				secrets = append(secrets, password)
			}
		}
	}
	if address, err := url.Parse(q.URL); err == nil {
		for name, values := range address.Query() {
			if slices.Contains(secretQuery, strings.ToLower(name)) {
				secrets = append(secrets, values...)
			}
		}
	}
	answer.Header = answer.Header.Clone()
	for _, secret := range secrets {
		if len(secret) < shortestSecret {
			continue
		}
		cut := strings.NewReplacer(secret, redacted, url.QueryEscape(secret), redacted, strings.ReplaceAll(secret, "/", `\/`), redacted)
		answer.Body = []byte(cut.Replace(string(answer.Body)))
		for _, values := range answer.Header {
			for i := range values {
				values[i] = cut.Replace(values[i])
			}
		}
	}
	return answer
}

func recordOf(at time.Time, ex conformance.Exchange) recordedExchange {
	request := recordedMessage{Method: ex.Request.Method, URL: withoutSecretQuery(ex.Request.URL), Header: withoutSecrets(ex.Request.Header)}
	request.setBody(ex.Request.Body)
	answer := withoutEchoes(ex.Request, ex.Response)
	response := recordedMessage{Status: answer.Status, Header: withoutSecrets(answer.Header), Truncated: answer.Truncated}
	response.setBody(answer.Body)
	return recordedExchange{at, request, response}
}

func (m *recordedMessage) setBody(body []byte) {
	if utf8.Valid(body) {
		m.Body = string(body)
	} else {
		m.Base64 = base64.StdEncoding.EncodeToString(body)
	}
}

func (m *recordedMessage) body() ([]byte, error) {
	if m.Base64 != "" {
		return base64.StdEncoding.DecodeString(m.Base64)
	}
	return []byte(m.Body), nil
}

// recordingFile appends exchanges to a file.
type recordingFile struct {
	mu   sync.Mutex
	file *os.File
}

func openRecording(name string) (*recordingFile, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, cannotWrite("record", name, err)
	}
	return &recordingFile{file: file}, nil
}

func (f *recordingFile) add(ex recordedExchange) error {
	line, err := json.Marshal(ex)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err = f.file.Write(append(line, '\n'))
	return err
}

// readRecording yields the exchanges of a recording of either kind.
func readRecording(name string) iter.Seq2[conformance.Exchange, error] {
	return func(yield func(conformance.Exchange, error) bool) {
		file, err := os.Open(name)
		if err != nil {
			yield(conformance.Exchange{}, fmt.Errorf("cannot read the recording: %w", err))
			return
		}
		defer file.Close()
		reader := bufio.NewReader(file)
		if mark, _ := reader.Peek(3); string(mark) == "\ufeff" {
			_, _ = reader.Discard(len(mark)) // HAR files may begin with it
		}
		if isHAR(reader) {
			readHAR(name, reader, yield)
			return
		}
		for number := 1; ; number++ {
			line, err := reader.ReadBytes('\n')
			if len(bytes.TrimSpace(line)) > 0 {
				ex, wrong := readLine(line)
				if wrong != nil {
					yield(ex, fmt.Errorf("%s:%d: this is no line of a recording: %w; recordings are made by `kapture-conformance proxy --record`, or are HAR files", name, number, wrong))
					return
				}
				ex.Name = fmt.Sprintf("%s:%d", name, number)
				if !yield(ex, nil) {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(conformance.Exchange{}, fmt.Errorf("%s:%d: %w", name, number, err))
				return
			}
		}
	}
}

func readLine(line []byte) (conformance.Exchange, error) {
	var recorded recordedExchange
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&recorded); err != nil {
		return conformance.Exchange{}, err
	}
	if recorded.Request.Method == "" || recorded.Request.URL == "" {
		return conformance.Exchange{}, errors.New("the request has no method or no url")
	}
	ex := conformance.Exchange{
		Request:  conformance.Request{Method: recorded.Request.Method, URL: recorded.Request.URL, Header: recorded.Request.Header},
		Response: conformance.Response{Status: recorded.Response.Status, Header: recorded.Response.Header, Truncated: recorded.Response.Truncated},
	}
	var err, err2 error
	ex.Request.Body, err = recorded.Request.body()
	ex.Response.Body, err2 = recorded.Response.body()
	return ex, errors.Join(err, err2)
}
