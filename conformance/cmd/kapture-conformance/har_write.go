package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"
)

// harForm writes one HAR document. It is whole after every exchange: the end
// follows in the same write, and the next exchange takes its place.
var harForm = recordingForm{
	encode:  encodeHAR,
	start:   `{"log":{"version":"1.2","creator":{"name":"kapture-conformance","version":"1"},"entries":[` + "\n",
	between: ",\n",
	end:     "\n]}}\n",
	fits: func(line []byte) bool {
		one, err := readHAREntry(line)
		return err == nil && one.Request.Method != "" && one.Request.URL != ""
	},
}

// addToDocument puts an exchange before the end of the document. It must be
// called with the lock held.
func (f *recordingFile) addToDocument(text []byte) error {
	if !f.regular {
		return errors.New("a HAR needs a regular file; use another suffix for a pipe")
	}
	info, err := f.file.Stat()
	if err != nil {
		return err
	}

	from := info.Size()
	before := f.form.start
	if from > 0 {
		from -= int64(len(f.form.end))
		before = f.form.between
		if from == int64(len(f.form.start))-1 { // it has no entry yet
			before = "\n"
		}
	}
	text = slices.Concat([]byte(before), text, []byte(f.form.end))

	// The file is open for appending, so what is replaced is cut first.
	if err := f.file.Truncate(from); err != nil {
		return err
	}
	n, err := f.file.Write(text)
	if err == nil {
		return nil
	}
	return errors.Join(err, f.restore(from, n))
}

// restore ends the document again where it ended before a failed write. The few
// bytes of its end were there, so there is space for them.
func (f *recordingFile) restore(from int64, written int) error {
	if written > 0 {
		if err := f.file.Truncate(from); err != nil {
			return err
		}
	}
	if from == 0 {
		return nil
	}
	_, err := f.file.WriteString(f.form.end)
	return err
}

// repairDocument ends a document after its last whole exchange.
func (f *recordingFile) repairDocument() error {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	reader := bufio.NewReader(f.file)
	first, err := reader.ReadBytes('\n')
	if string(first) != f.form.start {
		isTorn := errors.Is(err, io.EOF) && bytes.HasPrefix([]byte(f.form.start), first)
		if isTorn {
			return f.file.Truncate(0)
		}
		return errNoRecording
	}

	at := int64(len(first))
	whole := at - 1 // before the line break that the end begins with
	for {
		line, err := reader.ReadBytes('\n')
		entry := bytes.TrimRight(line, ",\n")
		if !f.form.fits(entry) {
			break
		}
		whole = at + int64(len(entry))
		at += int64(len(line))
		if err != nil {
			break
		}
	}
	if err := f.file.Truncate(whole); err != nil {
		return err
	}
	_, err = f.file.WriteString(f.form.end)
	return err
}

// encodeHAR writes one entry of a HAR, in one line. Times of phases are not
// known; -1 says so.
func encodeHAR(ex recordedExchange) ([]byte, error) {
	request, err := ex.Request.body()
	if err != nil {
		return nil, err
	}
	response, err := ex.Response.body()
	if err != nil {
		return nil, err
	}

	sent := map[string]any{
		"method":      ex.Request.Method,
		"url":         ex.Request.URL,
		"httpVersion": "HTTP/1.1",
		"cookies":     []any{},
		"headers":     headersOfHAR(ex.Request.Header),
		"queryString": queryOfHAR(ex.Request.URL),
		"headersSize": -1,
		"bodySize":    len(request),
	}
	if len(request) > 0 {
		post := map[string]any{"mimeType": ex.Request.Header.Get("Content-Type"), "text": string(request)}
		if !utf8.Valid(request) {
			post["text"] = base64.StdEncoding.EncodeToString(request)
			post["_encoding"] = "base64"
		}
		sent["postData"] = post
	}

	plain := withoutCoding(ex.Response.Header, response)
	content := map[string]any{
		"size":     len(plain),
		"mimeType": ex.Response.Header.Get("Content-Type"),
		"text":     string(plain),
	}
	if !utf8.Valid(plain) {
		content["text"] = base64.StdEncoding.EncodeToString(plain)
		content["encoding"] = "base64"
	}
	received := map[string]any{
		"status":      ex.Response.Status,
		"statusText":  http.StatusText(ex.Response.Status),
		"httpVersion": "HTTP/1.1",
		"cookies":     []any{},
		"headers":     headersOfHAR(ex.Response.Header),
		"content":     content,
		"redirectURL": ex.Response.Header.Get("Location"),
		"headersSize": -1,
		"bodySize":    len(response),
	}
	if ex.Response.Truncated {
		received["_truncated"] = true
	}
	return json.Marshal(map[string]any{
		"startedDateTime": ex.Time.Format(time.RFC3339Nano),
		"time":            0,
		"request":         sent,
		"response":        received,
		"cache":           map[string]any{},
		"timings":         map[string]int{"send": -1, "wait": -1, "receive": -1},
	})
}

func headersOfHAR(header http.Header) []harHeader {
	list := []harHeader{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			list = append(list, harHeader{name, harNumber(value)})
		}
	}
	return list
}

func queryOfHAR(address string) []harHeader {
	list := []harHeader{}
	parsed, err := url.Parse(address)
	if err != nil {
		return list
	}
	query := parsed.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[name] {
			list = append(list, harHeader{name, harNumber(value)})
		}
	}
	return list
}

// withoutCoding undoes a gzip coding: an archive has the content without it.
func withoutCoding(header http.Header, body []byte) []byte {
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if header.Get("Content-Encoding") == "" || err != nil {
		return body
	}
	plain, err := io.ReadAll(io.LimitReader(reader, maxKept+1))
	if err != nil || len(plain) > maxKept {
		return body
	}
	return plain
}
