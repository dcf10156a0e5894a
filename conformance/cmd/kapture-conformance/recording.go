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
	"os"
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

func recordOf(at time.Time, ex conformance.Exchange) recordedExchange {
	s := secretsOf(ex.Request)
	request := recordedMessage{Method: ex.Request.Method, URL: s.address(ex.Request.URL), Header: s.header(ex.Request.Header)}
	request.setBody(s.body(ex.Request.Header, ex.Request.Body))
	response := recordedMessage{Status: ex.Response.Status, Header: s.header(ex.Response.Header), Truncated: ex.Response.Truncated}
	response.setBody(s.body(ex.Response.Header, ex.Response.Body))
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
