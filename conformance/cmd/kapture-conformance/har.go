package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
)

// harEntry is what is read of one entry of an HTTP Archive 1.2, as browsers and
// proxies save it. They disagree about numbers, so numbers are read as text.
type harEntry struct {
	Started string `json:"startedDateTime"`
	Request struct {
		Method   string       `json:"method"`
		URL      string       `json:"url"`
		Headers  []harHeader  `json:"headers"`
		PostData *harPostData `json:"postData"`
		BodySize harNumber    `json:"bodySize"`
	} `json:"request"`
	Response struct {
		Status    harNumber   `json:"status"`
		Headers   []harHeader `json:"headers"`
		Content   harContent  `json:"content"`
		Truncated bool        `json:"_truncated"`
	} `json:"response"`
}

type harPostData struct {
	MimeType string     `json:"mimeType"`
	Text     *string    `json:"text"`
	Encoding string     `json:"_encoding"`
	Params   []harParam `json:"params"`
}

type harParam struct {
	Name  string    `json:"name"`
	Value harNumber `json:"value"`
}

type harContent struct {
	Size     harNumber `json:"size"`
	Text     *string   `json:"text"`
	Encoding string    `json:"encoding"`
}

type harHeader struct {
	Name  string    `json:"name"`
	Value harNumber `json:"value"`
}

// harNumber is a number or a text; some tools write one for the other.
type harNumber string

// UnmarshalJSON implements [json.Unmarshaler].
func (n *harNumber) UnmarshalJSON(raw []byte) error {
	var text string
	switch {
	case raw[0] == '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
	case raw[0] == '{' || raw[0] == '[':
		return fmt.Errorf("got %c, expected a number or a text", raw[0])
	case string(raw) != "null":
		text = string(raw)
	}
	*n = harNumber(text)
	return nil
}

// whole is the number without its fraction, and -1 if there is none.
func (n harNumber) whole() int {
	number, err := strconv.ParseFloat(strings.TrimSpace(string(n)), 64)
	if err != nil || number < 0 || number > 1e15 {
		return -1
	}
	return int(number)
}

// readHAR yields the entries of an archive. Entries that cannot be read are
// yielded as broken, and so is the end of a file that was cut off.
func readHAR(name string, reader *bufio.Reader, yield func(entry, error) bool) {
	raw, broken, err := harEntries(name, reader)
	if err != nil {
		yield(entry{}, err)
		return
	}

	var list []entry
	hasCredential := false
	for i, text := range raw {
		one, err := readHAREntry(text)
		one.Name = fmt.Sprintf("%s, entry %d", name, i+1)
		if err != nil {
			one.broken = fmt.Errorf("%s: %w", one.Name, err)
		}
		hasCredential = hasCredential || identifies(one.Request)
		list = append(list, one)
	}
	if broken != nil {
		list = append(list, entry{broken: broken})
	}
	for _, one := range list {
		one.unknown.others = true
		one.unknown.redacted = true
		one.unknown.credential = !hasCredential
		if !yield(one, nil) {
			return
		}
	}
}

// identifies reports whether a request has a credential, under any name.
func identifies(q conformance.Request) bool {
	for _, name := range []string{"Authorization", "X-Api-Key"} {
		if q.Header.Get(name) != "" {
			return true
		}
	}
	address, err := url.Parse(q.URL)
	return err == nil && address.Query().Has("auth_key")
}

// harEntries returns the entries of an archive as they are written. broken says
// that there are more, which cannot be read.
func harEntries(name string, reader io.Reader) (entries []json.RawMessage, broken, err error) {
	decoder := json.NewDecoder(reader)
	err = eachField(decoder, func(field string) error {
		if field != "log" {
			return skip(decoder)
		}
		return eachField(decoder, func(field string) error {
			if field != "entries" {
				return skip(decoder)
			}
			entries, err = readList(decoder)
			return err
		})
	})
	if err != nil {
		broken = fmt.Errorf("%s is not a whole HAR file: it ends early or is not JSON after entry %d: %w",
			name, len(entries), err)
		if len(entries) == 0 {
			return nil, nil, broken
		}
		return entries, broken, nil
	}

	end := decoder.InputOffset()
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		const format = "%s: the HAR ends at byte %d, and more follows; put each HAR into a separate file"
		return nil, nil, fmt.Errorf(format, name, end)
	}
	return entries, nil, nil
}

// eachField calls read for every field of an object. read must read its value.
func eachField(decoder *json.Decoder, read func(name string) error) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return fmt.Errorf("got %v, expected an object", token)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		text, _ := name.(string) // a decoder accepts no other name
		if err := read(text); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}

func readList(decoder *json.Decoder) (list []json.RawMessage, err error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('[') {
		return nil, fmt.Errorf("got %v, expected the list of entries", token)
	}
	for decoder.More() {
		var one json.RawMessage
		if err := decoder.Decode(&one); err != nil {
			return list, err
		}
		list = append(list, one)
	}
	_, err = decoder.Token()
	return list, err
}

func skip(decoder *json.Decoder) error {
	var value json.RawMessage
	return decoder.Decode(&value)
}

// readHAREntry reads one entry. What the archive left out is unknown, not
// absent.
func readHAREntry(text []byte) (entry, error) {
	var one entry
	var archived harEntry
	if err := json.Unmarshal(text, &archived); err != nil {
		return one, fmt.Errorf("the entry cannot be read: %w", inPlainWords(err))
	}
	if archived.Request.Method == "" || archived.Request.URL == "" {
		return one, errNoRequest
	}
	if at, err := time.Parse(time.RFC3339, archived.Started); err == nil {
		one.at = at
	}
	one.Request.Method = archived.Request.Method
	one.Request.URL = archived.Request.URL
	one.Request.Header = harHeaders(archived.Request.Headers)
	body, isKnown, err := archived.Request.PostData.body()
	if err != nil {
		return one, err
	}
	one.Request.Body = body
	isEmpty := archived.Request.PostData == nil && archived.Request.BodySize.whole() == 0
	one.unknown.requestBody = !isKnown && !isEmpty

	one.Response.Header = harHeaders(archived.Response.Headers)
	// An archive has the content after its coding was undone.
	one.Response.Header.Del("Content-Encoding")
	content := archived.Response.Content
	if content.Text == nil || *content.Text == "" {
		if content.Size.whole() != 0 {
			one.Response = conformance.Response{} // saved without its content, so that no response can be checked
			return one, nil
		}
		content.Text = new(string)
	}

	one.Response.Status = max(0, archived.Response.Status.whole())
	one.Response.Truncated = archived.Response.Truncated
	one.Response.Body = []byte(*content.Text)
	if content.Encoding == "base64" {
		one.Response.Body, err = base64.StdEncoding.DecodeString(*content.Text)
		if err != nil {
			return one, fmt.Errorf("the response is not base64: %w", err)
		}
	}
	return one, nil
}

// body is the body of a request. isKnown is false if the archive does not have
// it.
func (p *harPostData) body() (body []byte, isKnown bool, err error) {
	switch {
	case p == nil:
		return nil, false, nil
	case p.Text != nil && p.Encoding == "base64":
		body, err := base64.StdEncoding.DecodeString(*p.Text)
		return body, true, err
	case p.Text != nil && (*p.Text != "" || len(p.Params) == 0):
		return []byte(*p.Text), true, nil
	case len(p.Params) == 0 || !strings.HasPrefix(strings.ToLower(p.MimeType), "application/x-www-form-urlencoded"):
		return nil, false, nil
	}

	var form bytes.Buffer
	for i, param := range p.Params {
		if i > 0 {
			form.WriteByte('&')
		}
		form.WriteString(url.QueryEscape(param.Name) + "=" + url.QueryEscape(string(param.Value)))
	}
	return form.Bytes(), true, nil
}

func harHeaders(list []harHeader) http.Header {
	header := http.Header{}
	for _, h := range list {
		header.Add(h.Name, string(h.Value))
	}
	return header
}
