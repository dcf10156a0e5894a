// Package jsonvalue has what the engine, the cases and the mock share for decoded
// JSON: maps, slices, texts, booleans, and numbers whose digits are kept.
package jsonvalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Decode reads one JSON value, with nothing after it.
func Decode(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

// Encode writes <, > and & as they are, unlike [json.Marshal]: they are data.
func Encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Quote writes a text as JSON, as [Encode] does.
func Quote(text string) string {
	raw, _ := Encode(text) // a text can always be written
	return string(raw)
}

// Shape describes a value without showing it: string(11), array[2].
func Shape(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return fmt.Sprintf("string(%d)", utf8.RuneCountInString(value))
	case []any:
		return fmt.Sprintf("array[%d]", len(value))
	case map[string]any:
		return fmt.Sprintf("object{%d}", len(value))
	}
	return fmt.Sprintf("%T", value)
}

// Text writes a text, a number or a boolean as text; "" for anything else.
func Text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	}
	return ""
}

// SameNumber reports whether two numbers are equal, however they are written: 1,
// 1.0 and 10e-1.
func SameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	const precision = 256 // 70 digits: longer than any identifier
	x, okX := new(big.Float).SetPrec(precision).SetString(a.String())
	y, okY := new(big.Float).SetPrec(precision).SetString(b.String())
	return okX && okY && x.Cmp(y) == 0
}

// HideName replaces a name that looks like a value by its length: no documented
// field has an at sign, seven digits in a row, or more than a hundred bytes.
func HideName(name string) string {
	if !ValueLike(name) {
		return name
	}
	return fmt.Sprintf("(%d characters)", utf8.RuneCountInString(name))
}

// ValueLike reports whether a name looks like a value, see [HideName].
func ValueLike(name string) bool {
	digits := 0
	for _, r := range name {
		if r < '0' || r > '9' {
			digits = 0
		} else {
			digits++
		}
		if digits == 7 || r == '@' {
			return true
		}
	}
	return len(name) > 100
}

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// Escape writes a field's name as a step of a JSON pointer (RFC 6901).
func Escape(name string) string { return escaper.Replace(name) }

// Unescape returns the name that a step of a JSON pointer represents.
func Unescape(step string) string { return unescaper.Replace(step) }
