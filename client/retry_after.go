package client

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter reads the Retry-After header, and reports whether it asks for a
// wait. Of several values the longest counts. A date is measured by the
// server's own clock, if it sends its time.
//
// RFC 9110 (10.2.3) allows whole seconds, and a date in GMT. Servers also send
// what parseRetryAfter accepts. A value that cannot be understood is the same as
// none.
func retryAfter(header http.Header) (longest time.Duration, given bool) {
	values := header.Values("Retry-After")
	if len(values) == 0 {
		return 0, false
	}

	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	for _, value := range values {
		after, ok := parseRetryAfter(strings.TrimSpace(value), now)
		if ok {
			longest = max(longest, after)
			given = true
		}
	}
	return longest, given
}

// parseRetryAfter reads one line of the header: a number, a date, or a list of
// numbers, which is what proxies make of several lines.
func parseRetryAfter(value string, now time.Time) (longest time.Duration, ok bool) {
	if date, isDate := parseDate(value); isDate {
		return max(date.Sub(now), 0), date.After(now)
	}
	for part := range strings.SplitSeq(value, ",") {
		after, isNumber := parseSeconds(strings.TrimSpace(part), now)
		if !isNumber {
			return 0, false
		}
		longest = max(longest, after)
	}
	return longest, true
}

// The numbers of seconds, and of milliseconds, that can only be moments since
// 1970: 1e9 seconds are 31 years, and were over in 2001.
const (
	firstEpoch      = 1e9
	firstEpochMilli = 1e12
	lastEpochMilli  = 1e13 // in the year 2286
)

// parseSeconds reads seconds, with a fraction or without. Fractions are rounded
// up, so that no request comes too early. A number that is too large for a wait
// is a moment, in seconds or milliseconds since 1970.
func parseSeconds(text string, now time.Time) (time.Duration, bool) {
	digits := strings.TrimPrefix(text, "+")
	if strings.Trim(digits, "0123456789.") != "" || strings.Trim(digits, ".") == "" {
		return 0, false
	}
	seconds, err := strconv.ParseFloat(digits, 64)
	if err != nil && seconds == 0 { // not out of range, but not a number
		return 0, false
	}

	seconds = math.Ceil(seconds)
	switch {
	case seconds < firstEpoch:
		return time.Duration(seconds) * time.Second, true
	case seconds >= firstEpochMilli && seconds < lastEpochMilli:
		return max(time.UnixMilli(int64(seconds)).Sub(now), 0), true
	case seconds < lastEpochMilli/1000:
		return max(time.Unix(int64(seconds), 0).Sub(now), 0), true
	}
	return never, true
}

// dateForms are the forms in which servers send a date: those of RFC 9110, with
// any zone, and that of RFC 3339. Offsets are first: +0000 is a name of a zone,
// too.
var dateForms = []string{
	"Mon, 2 Jan 2006 15:04:05 -0700",
	"Mon, 2 Jan 2006 15:04:05 MST",
	"Monday, 2-Jan-06 15:04:05 -0700",
	"Monday, 2-Jan-06 15:04:05 MST",
	time.ANSIC,
	time.RFC3339,
}

// zones are the names of zones that a date may have, as hours east of GMT:
// those of RFC 5322 (4.3). IST has several meanings; the wall clocks of this API
// are those of India.
var zones = map[string]float64{
	"GMT": 0, "UTC": 0, "UT": 0, "Z": 0, "": 0,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
	"IST": 5.5,
}

// parseDate reads a date, independently of this machine's zone. One in a zone
// that is not known is not understood: time.Parse takes it for GMT.
func parseDate(text string) (time.Time, bool) {
	for _, form := range dateForms {
		date, err := time.ParseInLocation(form, text, time.UTC)
		if err != nil {
			continue
		}
		zone, offset := date.Zone()
		if offset != 0 {
			return date, true
		}
		hours, known := zones[zone]
		return date.Add(-time.Duration(hours * float64(time.Hour))), known
	}
	return time.Time{}, false
}
