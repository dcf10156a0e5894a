package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The wire types hold their JSON value as a string: it is immutable, can be
// compared, and costs nothing to copy. The empty string is the absent value,
// since no JSON value is empty.
const null = "null"

var errNoValue = errors.New("wire: the bytes are not one JSON value; pass one complete value, as encoding/json does")

// keep returns a copy of the JSON value in data, without white space between
// tokens. It fails only on bytes that are not a JSON value, which encoding/json
// never passes on.
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
		if plainObject(data) {
			return string(data), nil
		}
		compact := bytes.NewBuffer(make([]byte, 0, len(data)))
		if json.Compact(compact, data) != nil {
			return "", errNoValue
		}
		return compact.String(), nil
	}
	if plainText(data) || integer(data) || json.Valid(data) {
		return string(data), nil
	}
	return "", errNoValue
}

// plainObject reports whether data is an object without white space, in which
// each field is an integer and no name has an escape, as in most calendars. It
// is much cheaper to see that than to compact the object.
func plainObject(data []byte) bool {
	at := 0
	for at+1 < len(data) && data[at+1] == '"' {
		name := at + 1
		length := bytes.IndexByte(data[name+1:], '"')
		if length < 0 {
			return false
		}
		colon := name + length + len(`""`)
		if !plainText(data[name:colon]) || colon == len(data) || data[colon] != ':' {
			return false
		}

		number := colon + 1
		at = number
		for at < len(data) && data[at] != ',' && data[at] != '}' {
			at++
		}
		if !integer(data[number:at]) || at == len(data) {
			return false
		}
		if data[at] == '}' {
			return at+1 == len(data)
		}
	}
	return false
}

// literal returns the JSON value as it was received, nil if it was absent.
func literal(lit string) json.RawMessage {
	if lit == "" {
		return nil
	}
	return json.RawMessage(lit)
}

// encoded returns what a body has for lit.
func encoded(lit string) []byte {
	if lit == "" {
		return []byte(`""`)
	}
	return []byte(lit)
}

// text returns the text that lit is; ok is false if lit is not a text.
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

// quote returns the JSON text for s. It does not escape <, > and &, so that a text
// written and the same text read are one literal. Bytes that are not UTF-8 stay as
// they are: encoding/json would replace them by U+FFFD silently, and the client
// rejects such a text.
func quote(s string) string {
	if lit := `"` + s + `"`; plainText(lit) {
		return lit
	}

	var out strings.Builder
	out.WriteByte('"')
	for len(s) > 0 {
		valid, size := validPrefix(s)
		if valid {
			writeText(&out, s[:size])
		} else {
			out.WriteString(s[:size])
		}
		s = s[size:]
	}
	out.WriteByte('"')
	return out.String()
}

// validPrefix returns how many bytes s begins with that all are UTF-8, or that all
// are not.
func validPrefix(s string) (valid bool, size int) {
	for size < len(s) {
		r, n := utf8.DecodeRuneInString(s[size:])
		isValid := r != utf8.RuneError || n > 1
		if size == 0 {
			valid = isValid
		}
		if isValid != valid {
			break
		}
		size += n
	}
	return valid, size
}

// writeText writes s as a JSON text, without its quotes.
func writeText(out *strings.Builder, s string) {
	var quoted strings.Builder
	enc := json.NewEncoder(&quoted)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always has an encoding
	lit := strings.TrimSuffix(quoted.String(), "\n")
	out.WriteString(lit[1 : len(lit)-1])
}

// empty reports whether lit says that there is no value: absent, null or "".
func empty(lit string) bool {
	return lit == "" || lit == null || lit == `""`
}

// plainText reports whether lit is a JSON text without any escape.
func plainText[T string | []byte](lit T) bool {
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
func integer[T string | []byte](s T) bool {
	if len(s) > 0 && s[0] == '-' {
		s = s[1:]
	} else if len(s) == 1 && s[0] == '0' {
		return true
	}
	return len(s) > 0 && s[0] != '0' && digits(s)
}

// maxExponent bounds the zeros that an exponent adds. An int64 has 19
// digits.
const maxExponent = 20

// wholeNumber returns the digits of a JSON number that has no fraction, with its
// sign. ok is false for a literal that is anything else, and for minus zero.
func wholeNumber(lit string) (whole string, ok bool) {
	if integer(lit) {
		return lit, true
	}
	if lit == "" || lit[0] != '-' && !digits(lit[:1]) {
		return "", false
	}

	mantissa, exponent, _ := strings.Cut(strings.ToLower(lit), "e")
	places := 0
	if exponent != "" {
		n, err := strconv.Atoi(exponent)
		if err != nil || n < 0 || n > maxExponent {
			return "", false
		}
		places = n
	}

	// The exponent moves the point to the right.
	whole, fraction, _ := strings.Cut(mantissa, ".")
	fraction += strings.Repeat("0", max(0, places-len(fraction)))
	whole += fraction[:places]
	if strings.Trim(fraction[places:], "0") != "" {
		return "", false
	}

	sign := ""
	if whole[0] == '-' {
		sign = "-"
	}
	whole = sign + strings.TrimLeft(strings.TrimPrefix(whole, "-"), "0")
	if whole == "" {
		whole = "0"
	}
	return whole, integer(whole)
}

// digits reports whether s consists of decimal digits only.
func digits[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
