package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"
	"unicode/utf16"

	"github.com/kapture-community/kapture-go/conformance"
)

// entry is one exchange of a recording, or what is left of one.
type entry struct {
	conformance.Exchange
	at      time.Time // when it began; zero if that is not known
	unknown unknown
	// broken says why the exchange cannot be read. The others can.
	broken error
}

// standardInput is the name under which recordings are read from there.
const standardInput = "-"

// readRecording yields the exchanges of a recording of either kind. An error
// ends it.
func readRecording(name string, stdin io.Reader) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		from := stdin
		if name == standardInput {
			name = "standard input"
		} else {
			file, err := os.Open(name)
			if err != nil {
				yield(entry{}, cannotRead(name, err))
				return
			}
			defer file.Close()
			from = file
		}

		text, err := asUTF8(from)
		if err != nil {
			yield(entry{}, cannotRead(name, err))
			return
		}

		isArchive, text := isHAR(text)
		if isArchive {
			readHAR(name, text, yield)
		} else {
			readLines(name, text, yield)
		}
	}
}

// cannotRead says why a recording cannot be read, and what to do.
func cannotRead(name string, err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err
	}
	const advice = "name a file of `kapture-conformance proxy --record`, or a HAR"
	return fmt.Errorf("cannot read the recording %s: %w; %s", name, err, advice)
}

// asUTF8 removes a byte order mark, and decodes what is UTF-16: some tools of
// Windows write HAR files so.
func asUTF8(from io.Reader) (*bufio.Reader, error) {
	reader := bufio.NewReaderSize(from, 64<<10)
	start, err := reader.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, err := reader.Discard(3)
		return reader, err
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{'{', 0}):
		return fromUTF16(reader, 0)
	case bytes.HasPrefix(start, []byte{0xfe, 0xff}), bytes.HasPrefix(start, []byte{0, '{'}):
		return fromUTF16(reader, 1)
	}
	return reader, nil
}

// fromUTF16 decodes a whole text. low is the position of the lower byte.
func fromUTF16(reader io.Reader, low int) (*bufio.Reader, error) {
	raw, err := io.ReadAll(reader)
	if err != nil {
		return nil, err
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i+low]) | uint16(raw[2*i+1-low])<<8
	}
	text := string(utf16.Decode(units))
	return bufio.NewReader(bytes.NewReader(bytes.TrimPrefix([]byte(text), []byte("\ufeff")))), nil
}

// readLines yields the lines of a recording.
func readLines(name string, reader *bufio.Reader, yield func(entry, error) bool) {
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			yield(entry{}, cannotRead(fmt.Sprintf("%s:%d", name, number), err))
			return
		}

		if len(bytes.TrimSpace(line)) > 0 {
			one, wrong := readLine(line)
			one.Name = fmt.Sprintf("%s:%d", name, number)
			one.unknown.redacted = true
			if wrong != nil {
				one.broken = fmt.Errorf("%s: this is not a line of a recording: %w", one.Name, wrong)
			}
			if !yield(one, nil) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// isHAR reports whether a text is a HAR by its structure: an object with the
// field log. It returns the text to read, from its beginning.
func isHAR(reader *bufio.Reader) (yes bool, text *bufio.Reader) {
	// The first line of a recording is a whole object. The first line of a HAR is
	// one only if the file has no other line.
	var seen bytes.Buffer
	decoder := json.NewDecoder(io.TeeReader(reader, &seen))
	again := func() *bufio.Reader { return bufio.NewReader(io.MultiReader(&seen, reader)) }

	token, err := decoder.Token()
	if err != nil || token != json.Delim('{') {
		return false, again()
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			break
		}
		switch name {
		case "log":
			return true, again()
		case "time", "request", "response":
			return false, again()
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			break
		}
	}
	return false, again()
}
