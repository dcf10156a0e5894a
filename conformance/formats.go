package conformance

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// format is what a value of a format must be. wants completes "the value".
type format struct {
	wants  string
	text   func(string) bool
	number func(json.Number) bool
}

var (
	minInt32 = big.NewRat(-1<<31, 1)
	maxInt32 = big.NewRat(1<<31-1, 1)
	minInt64 = big.NewRat(-1<<63, 1)
	maxInt64 = big.NewRat(1<<63-1, 1)
)

// formats are those that are checked, each by its RFC. Any other format is a
// note to readers, as OpenAPI allows.
var formats = map[string]*format{
	"int32":  {wants: "must be a 32-bit integer", number: isBetween(minInt32, maxInt32)},
	"int64":  {wants: "must be a 64-bit integer", number: isBetween(minInt64, maxInt64)},
	"float":  {wants: "must be in the range of a 32-bit float", number: isFloat32},
	"double": {wants: "must be in the range of a 64-bit float", number: isFloat64},

	"date":          {wants: "must be a day of the calendar in the form yyyy-mm-dd", text: isDate},
	"date-time":     {wants: "must be a date and time in the form of RFC 3339, with its zone", text: isDateTime},
	"email":         {wants: "must be one e-mail address", text: isEmail},
	"hostname":      {wants: "must be a host name", text: isHostname},
	"ipv4":          {wants: "must be an IPv4 address", text: isIPv4},
	"ipv6":          {wants: "must be an IPv6 address", text: isIPv6},
	"uri":           {wants: "must be an absolute URI", text: isURI},
	"uri-reference": {wants: "must be a URI or a relative reference", text: isURIReference},
	"uuid":          {wants: "must be a UUID", text: uuidPattern.MatchString},
	"byte":          {wants: "must be base64", text: isBase64},
}

// formatOf returns what a schema's format checks, or nil if that is nothing. A
// format counts only for values of its type.
func formatOf(s *openapi3.Schema) *format {
	f := formats[s.Format]
	if f == nil {
		return nil
	}
	kinds := kindsOf(s)
	ofNumbers := f.number != nil && kinds&(kindInteger|kindNumber) != 0
	ofTexts := f.text != nil && kinds&kindString != 0
	if !ofNumbers && !ofTexts {
		return nil
	}
	return f
}

// kinFormats are the same formats for kin-openapi. They are passed with each
// call and not put into its global table, which would change what its other
// users see.
var kinFormats = func() map[string]openapi3.StringFormatValidator {
	validators := map[string]openapi3.StringFormatValidator{}
	for name, f := range formats {
		if f.text == nil {
			continue
		}
		// A fixed text, because what a library says about a value often quotes
		// it.
		broken := errors.New(f.wants)
		validators[name] = openapi3.NewCallbackValidator(func(text string) error {
			if f.text(text) {
				return nil
			}
			return broken
		})
	}
	return validators
}()

func isBetween(low, high *big.Rat) func(json.Number) bool {
	return func(n json.Number) bool { return compare(n, low) >= 0 && compare(n, high) <= 0 }
}

func isFloat32(n json.Number) bool {
	value, err := n.Float64()
	return err == nil && math.Abs(value) <= math.MaxFloat32
}

func isFloat64(n json.Number) bool { return !isBeyondFloat(n) }

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// dateTimePattern is date-time of RFC 3339, 5.6. Its parts: the day, hour,
// minute, second, and the zone with its sign, hours and minutes.
var dateTimePattern = regexp.MustCompile(
	`^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$`)

func isDateTime(text string) bool {
	parts := dateTimePattern.FindStringSubmatch(text)
	if parts == nil || !isDate(parts[1]) {
		return false
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(parts[i]) // digits, or nothing for the zone Z
		return n
	}
	hour, minute, second := number(2), number(3), number(4)
	zoneHour, zoneMinute := number(6), number(7)
	if hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59 {
		return false
	}
	if second < 60 {
		return true
	}

	// A leap second is the last of a day in UTC.
	offset := zoneHour*60 + zoneMinute
	if parts[5] == "-" {
		offset = -offset
	}
	const day = 24 * 60
	return (hour*60+minute-offset+day)%day == day-1
}

// The parts of Mailbox in RFC 5321, 4.1.2.
var (
	dotString    = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	quotedString = regexp.MustCompile(`^"([ !#-\[\]-~]|\\[ -~])*"$`)
)

// isEmail knows Mailbox of RFC 5321, 4.1.2: only an address, without a name
// next to it or blanks around it.
func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return false
	}
	local, domain := text[:at], text[at+1:]
	const maxLocal = 64 // RFC 5321, 4.5.3.1.1
	if len(local) > maxLocal || !dotString.MatchString(local) && !quotedString.MatchString(local) {
		return false
	}

	literal, isLiteral := strings.CutPrefix(domain, "[")
	if !isLiteral {
		return isHostname(domain)
	}
	literal, closed := strings.CutSuffix(literal, "]")
	if !closed {
		return false
	}
	const tag = "IPv6:"
	if len(literal) >= len(tag) && strings.EqualFold(literal[:len(tag)], tag) {
		return isIPv6(literal[len(tag):])
	}
	return isIPv4(literal)
}

const hostnameLabel = `[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?`

var hostnamePattern = regexp.MustCompile(`^` + hostnameLabel + `(\.` + hostnameLabel + `)*$`)

// isHostname knows host names of RFC 1123, 2.1.
func isHostname(text string) bool {
	return len(text) <= 253 && hostnamePattern.MatchString(text)
}

func isIPv4(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

// isIPv6 knows the text form of RFC 4291, 2.2, which has no zone.
func isIPv6(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is6() && address.Zone() == ""
}

// uriPattern has the characters that RFC 3986, 2 allows.
var uriPattern = regexp.MustCompile(`^([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$`)

// isURIReference knows URI-reference of RFC 3986, 4.1. net/url splits it and
// checks the host, but lets characters pass that a URI must not have.
func isURIReference(text string) bool {
	if !uriPattern.MatchString(text) {
		return false
	}
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	// Brackets only enclose a host, and a fragment has no second "#".
	rest := u.EscapedPath() + u.RawQuery + u.EscapedFragment()
	userinfo := u.User.String()
	return !strings.ContainsAny(rest+userinfo, "[]") && strings.Count(text, "#") <= 1
}

func isURI(text string) bool {
	scheme, _, ok := strings.Cut(text, ":")
	return ok && scheme != "" && !strings.ContainsAny(scheme, "/?#") && isURIReference(text)
}

// uuidPattern is UUID of RFC 9562, 4.
var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// isBase64 knows base64 of RFC 4648, 4, which has no line breaks.
func isBase64(text string) bool {
	if strings.ContainsAny(text, "\r\n") {
		return false
	}
	_, err := base64.StdEncoding.DecodeString(text)
	return err == nil
}
