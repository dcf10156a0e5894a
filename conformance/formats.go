package conformance

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// The errors of format validators are fixed texts: what a library says about
// a value often quotes it.
var (
	errDate     = errors.New("must be a day of the calendar as yyyy-mm-dd")
	errDateTime = errors.New("must be a moment as RFC 3339 writes it, with its zone")
	errEmail    = errors.New("must be one e-mail address")
	errURI      = errors.New("must be an absolute URI")
	errURIRef   = errors.New("must be a URI or a relative reference")
	errUUID     = errors.New("must be a UUID")
	errIPv4     = errors.New("must be an IPv4 address")
	errIPv6     = errors.New("must be an IPv6 address")
	errHostname = errors.New("must be a host name")
	errByte     = errors.New("must be base64")
)

var formatErrors = []error{errDate, errDateTime, errEmail, errURI, errURIRef, errUUID, errIPv4, errIPv6, errHostname, errByte}

var (
	uuidPattern     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	hostnamePattern = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
)

// stringFormats belong to each checker's calls, not to kin-openapi's global
// table: that would change what other users of it see.
var stringFormats = map[string]openapi3.StringFormatValidator{
	"date": format(errDate, func(v string) bool {
		_, err := time.Parse(time.DateOnly, v)
		return err == nil
	}),
	"date-time": format(errDateTime, func(v string) bool {
		_, err := time.Parse(time.RFC3339Nano, strings.ToUpper(v))
		return err == nil
	}),
	"email": format(errEmail, func(v string) bool {
		a, err := mail.ParseAddress(v)
		if err != nil || a.Address != v { // a blank or quotes stood around it
			return false
		}
		_, host, _ := strings.Cut(v, "@")
		return hostnamePattern.MatchString(host) && strings.Contains(host, ".")
	}),
	"uri": format(errURI, func(v string) bool {
		u, err := url.Parse(v)
		return err == nil && u.IsAbs() && !strings.ContainsAny(v, " \t\n<>\"")
	}),
	"uri-reference": format(errURIRef, func(v string) bool {
		_, err := url.Parse(v)
		return err == nil && !strings.ContainsAny(v, " \t\n<>\"")
	}),
	"uuid": format(errUUID, uuidPattern.MatchString),
	"ipv4": format(errIPv4, func(v string) bool { a, err := netip.ParseAddr(v); return err == nil && a.Is4() }),
	"ipv6": format(errIPv6, func(v string) bool { a, err := netip.ParseAddr(v); return err == nil && a.Is6() }),
	"hostname": format(errHostname, func(v string) bool {
		return len(v) <= 253 && hostnamePattern.MatchString(v)
	}),
	"byte": format(errByte, func(v string) bool {
		_, err := base64.StdEncoding.DecodeString(v)
		return err == nil
	}),
}

func format(message error, ok func(string) bool) openapi3.StringFormatValidator {
	return openapi3.NewCallbackValidator(func(v string) error {
		if ok(v) {
			return nil
		}
		return message
	})
}

// checked reports whether a format is one that is really checked, or one that
// says nothing that could be checked.
func (c *compiler) checked(format string, kinds kind) bool {
	if kinds&(kindInteger|kindNumber) != 0 {
		switch format {
		case "int32", "int64", "float", "double":
			return true
		}
	}
	switch format {
	case "password", "binary":
		return true
	}
	return c.formats[format] != nil && kinds&kindString != 0
}

// UncheckedFormats lists the formats that the contract names and the checker
// does not know. They are treated as notes.
func (c *Checker) UncheckedFormats() []string { return c.unchecked }

// kin-openapi compares numbers as float64, which makes neighbours beyond 2^53
// equal and takes 9007199254740992.5 for an integer. What follows decides
// such cases exactly. Numbers of up to fifteen characters need none of it.

const exactDigits = 15

// What these bounds leave out, such as 1e999999999 or a megabyte of digits, is
// beyond any float64 or beyond its precision, and would only cost time.
const (
	maxExponent = 400
	maxDigits   = 1000
)

// exact gives a number as a fraction; ok is false beyond the bounds.
func exact(n json.Number) (*big.Rat, bool) {
	text := string(n)
	if len(text) > maxDigits {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exp, ok := new(big.Int).SetString(strings.TrimPrefix(text[i+1:], "+"), 10)
		if !ok || !exp.IsInt64() || exp.Int64() > maxExponent || exp.Int64() < -maxExponent {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// isInteger reports whether a number is whole.
func isInteger(n json.Number) bool {
	if !strings.ContainsAny(string(n), ".eE") {
		return true
	}
	if r, ok := exact(n); ok {
		return r.IsInt()
	}
	mantissa, exp, _ := strings.Cut(strings.ToLower(string(n)), "e")
	_, fraction, _ := strings.Cut(mantissa, ".")
	switch {
	case strings.Trim(mantissa, "-0.") == "":
		return true // zero
	case exp == "":
		return strings.Trim(fraction, "0") == ""
	}
	// So far below one that nothing whole is left, or so far above that
	// nothing else is.
	return !strings.HasPrefix(exp, "-")
}

var (
	minInt32, maxInt32 = big.NewRat(-1<<31, 1), big.NewRat(1<<31-1, 1)
	minInt64, maxInt64 = big.NewRat(-1<<63, 1), big.NewRat(1<<63-1, 1)
)

// exactFault decides what float64 cannot; "" keyword means nothing is wrong.
func exactFault(s *openapi3.Schema, n json.Number) (keyword, expected string) {
	if len(n) <= exactDigits && !strings.ContainsAny(string(n), "eE") {
		return "", ""
	}
	r, ok := exact(n)
	if !ok {
		return "", ""
	}
	switch {
	case s.Format == "int64" && (r.Cmp(minInt64) < 0 || r.Cmp(maxInt64) > 0):
		return "format", "int64"
	case s.Format == "int32" && (r.Cmp(minInt32) < 0 || r.Cmp(maxInt32) > 0):
		return "format", "int32"
	}
	if s.Min != nil {
		bound := new(big.Rat).SetFloat64(*s.Min)
		if c := r.Cmp(bound); c < 0 || c == 0 && s.ExclusiveMin.IsTrue() {
			return "minimum", "at least " + bound.RatString()
		}
	}
	if s.Max != nil {
		bound := new(big.Rat).SetFloat64(*s.Max)
		if c := r.Cmp(bound); c > 0 || c == 0 && s.ExclusiveMax.IsTrue() {
			return "maximum", "at most " + bound.RatString()
		}
	}
	if len(s.Enum) > 0 {
		for _, v := range s.Enum {
			if e, ok := exactAny(v); ok && e.Cmp(r) == 0 {
				return "", ""
			}
		}
		return "enum", "one of the listed values"
	}
	return "", ""
}

func exactAny(v any) (*big.Rat, bool) {
	switch v := v.(type) {
	case json.Number:
		return exact(v)
	case float64:
		r := new(big.Rat).SetFloat64(v)
		return r, r != nil
	case int:
		return big.NewRat(int64(v), 1), true
	case int64:
		return big.NewRat(v, 1), true
	case uint64:
		return new(big.Rat).SetInt(new(big.Int).SetUint64(v)), true
	}
	return nil, false
}
