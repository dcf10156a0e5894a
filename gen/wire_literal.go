package gen

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// The wire types hold their JSON value as a string: it is immutable, can be
// compared, and costs nothing to copy. The empty string is the absent value,
// since no JSON value is empty.
const null = "null"

var errNoValue = errors.New("gen: a wire type was given bytes that are no JSON value; pass one complete value, as encoding/json does")

// keep returns the JSON value in data as a string of its own, without white
// space between tokens. It fails only on bytes that are no JSON value, which
// encoding/json never passes on.
func keep(data []byte) (string, error) {
	data = bytes.Trim(data, " \t\r\n")
	// The values that fill most records must not cost an allocation each.
	switch string(data) {
	case `""`:
		return `""`, nil
	case "0":
		return "0", nil
	case null:
		return null, nil
	case "true":
		return "true", nil
	case "false":
		return "false", nil
	case `"true"`:
		return `"true"`, nil
	case `"false"`:
		return `"false"`, nil
	}
	if len(data) > 0 && (data[0] == '{' || data[0] == '[') {
		compact := bytes.NewBuffer(make([]byte, 0, len(data)))
		if json.Compact(compact, data) != nil {
			return "", errNoValue
		}
		return compact.String(), nil
	}
	if lit := string(data); plainText(lit) || integer(lit) || json.Valid(data) {
		return lit, nil
	}
	return "", errNoValue
}

// literal is the JSON value as it came, nil if it was absent.
func literal(lit string) json.RawMessage {
	if lit == "" {
		return nil
	}
	return json.RawMessage(lit)
}

// encoded is what stands for lit in a body.
func encoded(lit string) []byte {
	if lit == "" {
		return []byte(`""`)
	}
	return []byte(lit)
}

// text returns the text that lit stands for; ok is false if lit is none.
// Invalid UTF-8 is replaced as encoding/json replaces it.
func text(lit string) (s string, ok bool) {
	if lit == "" || lit[0] != '"' {
		return "", false
	}
	s = lit[1 : len(lit)-1]
	if strings.IndexByte(s, '\\') < 0 && utf8.ValidString(s) {
		return s, true
	}
	var decoded string
	err := json.Unmarshal([]byte(lit), &decoded)
	return decoded, err == nil
}

// quote is the JSON text for s. It leaves <, > and & alone, so that a text
// written and the same text read are one literal.
func quote(s string) string {
	if lit := `"` + s + `"`; plainText(lit) && utf8.ValidString(s) {
		return lit
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always has an encoding
	return strings.TrimSuffix(out.String(), "\n")
}

// empty reports whether lit says that there is no value: absent, null or "".
func empty(lit string) bool {
	return lit == "" || lit == null || lit == `""`
}

// plainText reports whether lit is a JSON text without any escape.
func plainText(lit string) bool {
	if len(lit) < 2 || lit[0] != '"' || lit[len(lit)-1] != '"' {
		return false
	}
	for i := 1; i < len(lit)-1; i++ {
		if c := lit[i]; c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// integer reports whether s is an integer as Go and JSON both write it: no
// plus sign, no leading zeros, no minus zero, no fraction, no exponent.
func integer(s string) bool {
	if s == "0" {
		return true
	}
	s = strings.TrimPrefix(s, "-")
	return s != "" && s[0] != '0' && digits(s)
}

// digits reports whether s consists of decimal digits alone.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
