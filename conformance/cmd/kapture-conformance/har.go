package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/kapture-community/kapture-go/conformance"
)

// har is what is read of an HTTP Archive 1.2, as browsers and proxies save it.
type har struct {
	Log struct {
		Entries []harEntry `json:"entries"`
	} `json:"log"`
}

type harEntry struct {
	Request struct {
		Method   string      `json:"method"`
		URL      string      `json:"url"`
		Headers  []harHeader `json:"headers"`
		PostData struct {
			Text string `json:"text"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int         `json:"status"`
		Headers []harHeader `json:"headers"`
		Content struct {
			Size     int64  `json:"size"`
			Text     string `json:"text"`
			Encoding string `json:"encoding"`
		} `json:"content"`
	} `json:"response"`
}

type harHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// isHAR looks at the beginning: a HAR begins with its one member log.
func isHAR(reader *bufio.Reader) bool {
	start, _ := reader.Peek(64)
	start = bytes.TrimLeft(start, " \t\r\n{")
	return bytes.HasPrefix(start, []byte(`"log"`))
}

func readHAR(name string, reader *bufio.Reader, yield func(conformance.Exchange, error) bool) {
	var archive har
	if err := json.NewDecoder(reader).Decode(&archive); err != nil {
		yield(conformance.Exchange{}, fmt.Errorf("%s is no whole HAR file: %w", name, err))
		return
	}
	for i, entry := range archive.Log.Entries {
		ex := conformance.Exchange{
			Name:     fmt.Sprintf("%s, entry %d", name, i+1),
			Request:  conformance.Request{Method: entry.Request.Method, URL: entry.Request.URL, Header: harHeaders(entry.Request.Headers), Body: []byte(entry.Request.PostData.Text)},
			Response: conformance.Response{Status: entry.Response.Status, Header: harHeaders(entry.Response.Headers), Body: []byte(entry.Response.Content.Text)},
		}
		if entry.Response.Content.Encoding == "base64" {
			body, err := base64.StdEncoding.DecodeString(entry.Response.Content.Text)
			if err != nil {
				yield(ex, fmt.Errorf("%s, entry %d: the answer is no base64: %w", name, i+1, err))
				return
			}
			ex.Response.Body = body
		}
		if entry.Response.Content.Text == "" && entry.Response.Content.Size > 0 {
			ex.Response = conformance.Response{} // saved without its content: there is no answer to judge
		}
		// A HAR has the content after its coding was undone.
		ex.Response.Header.Del("Content-Encoding")
		if !yield(ex, nil) {
			return
		}
	}
}

func harHeaders(list []harHeader) http.Header {
	header := http.Header{}
	for _, h := range list {
		header.Add(h.Name, h.Value)
	}
	return header
}
