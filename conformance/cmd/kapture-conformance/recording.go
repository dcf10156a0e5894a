package main

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance"
)

// A recording has one JSON object per line, appended as exchanges end, so that it
// is complete up to the last one even if the program is killed. It never contains
// credentials. Recordings of browsers and other tools (HAR) can be read as well.
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
	Base64    string      `json:"body_base64,omitempty"` // in place of body if it is not UTF-8
	Truncated bool        `json:"truncated,omitempty"`
}

// recordOf is an exchange as it is recorded.
func (f *credentialFinder) recordOf(at time.Time, ex conformance.Exchange) recordedExchange {
	s := f.secretsOf(ex)
	request := recordedMessage{
		Method: ex.Request.Method,
		URL:    s.address(ex.Request.URL),
		Header: s.header(ex.Request.Header),
	}
	request.setBody(s.body(ex.Request.Header, ex.Request.Body))
	response := recordedMessage{
		Status:    ex.Response.Status,
		Header:    s.header(ex.Response.Header),
		Truncated: ex.Response.Truncated,
	}
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

// errNoRequest says that an exchange lacks what a check needs first.
var errNoRequest = errors.New("the request has no method or no url")

// inPlainWords says what JSON has in the place of something else, without the
// types of this program.
func inPlainWords(err error) error {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return err
	}

	expected := map[reflect.Kind]string{
		reflect.String: "a text",
		reflect.Int:    "a whole number",
		reflect.Bool:   "true or false",
		reflect.Slice:  "a list",
		reflect.Struct: "an object",
		reflect.Map:    "an object",
	}[wrong.Type.Kind()]
	place := cmp.Or(wrong.Field, "the whole")
	return fmt.Errorf("%s: got %s, expected %s", place, wrong.Value, cmp.Or(expected, "another type"))
}

// readLine reads one line of a recording. It ignores fields that it does not
// know: a later version may write more.
func readLine(line []byte) (entry, error) {
	var recorded recordedExchange
	if err := json.Unmarshal(bytes.TrimSpace(line), &recorded); err != nil {
		return entry{}, inPlainWords(err)
	}
	if recorded.Request.Method == "" || recorded.Request.URL == "" {
		return entry{}, errNoRequest
	}

	requestBody, err := recorded.Request.body()
	if err != nil {
		return entry{}, err
	}
	responseBody, err := recorded.Response.body()
	if err != nil {
		return entry{}, err
	}
	ex := conformance.Exchange{
		Request: conformance.Request{
			Method: recorded.Request.Method,
			URL:    recorded.Request.URL,
			Header: recorded.Request.Header,
			Body:   requestBody,
		},
		Response: conformance.Response{
			Status:    recorded.Response.Status,
			Header:    recorded.Response.Header,
			Body:      responseBody,
			Truncated: recorded.Response.Truncated,
		},
	}
	return entry{Exchange: ex, at: recorded.Time}, nil
}
