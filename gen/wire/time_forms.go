package wire

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/gen/jsontoken"
)

// The forms are read by hand: time.Parse accepts what they do not have (fractions
// of a second, several blanks, any case), and time.Date moves days that do not
// exist.

// wall is a wall clock, month from 1 to 12.
type wall struct{ year, month, day, hour, minute, second, nano int }

func (w wall) exists() bool {
	return within(w.year, 1, 9999) && within(w.month, 1, 12) && w.hasDay() &&
		within(w.hour, 0, 23) && within(w.minute, 0, 59) &&
		within(w.second, 0, 59)
}

func (w wall) in(loc *time.Location) time.Time {
	return time.Date(w.year, time.Month(w.month), w.day,
		w.hour, w.minute, w.second, w.nano, loc)
}

// hasDay reports whether the month has that day. Most days are in every month;
// for the others the length of the month has to be worked out, which takes longer
// than reading the date.
func (w wall) hasDay() bool {
	const inEveryMonth = 28
	return within(w.day, 1, inEveryMonth) ||
		within(w.day, inEveryMonth+1, daysIn(w.year, w.month))
}

func within(n, low, high int) bool { return low <= n && n <= high }

func daysIn(year, month int) int {
	// Day 0 of the next month is the last one of this.
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// readTime returns the moment that lit is and its form, FormNone if it is not a
// moment.
func readTime(lit string, loc *time.Location) (time.Time, TimeForm) {
	if empty(lit) {
		return time.Time{}, FormNone
	}
	if lit[0] != '{' && lit[0] != '"' {
		moment, form := readEpoch(lit, FormEpoch, loc)
		if form == FormNone {
			whole, _ := wholeNumber(lit) // as in 1.713516551152E12
			moment, form = readEpoch(whole, FormEpoch, loc)
		}
		return moment, form
	}

	var w wall
	var ok bool
	form := FormCalendar
	if s, isText := text(lit); isText {
		if len(s) > len(dateTime) && s[len(date)] == 'T' {
			return readRFC3339(s, loc)
		}
		w, form, ok = readWall(s)
		if !ok {
			return readEpoch(s, FormEpochText, loc)
		}
	} else {
		w, ok = readCalendar(lit)
	}

	if !ok || !w.exists() {
		return time.Time{}, FormNone
	}
	return w.in(loc), form
}

const epochDigits = 13

func readEpoch(s string, form TimeForm, loc *time.Location) (time.Time, TimeForm) {
	if len(s) != epochDigits || !integer(s) {
		return time.Time{}, FormNone
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 { // -1 and eleven digits more are thirteen bytes too
		return time.Time{}, FormNone
	}
	return time.UnixMilli(n).In(loc), form
}

// Patterns of [fields] that several forms have.
const (
	date     = "0000-00-00"
	dateTime = "0000-00-00 00:00:00"
)

// readWall reads the forms that are text, and a wall clock. No two of them are of
// one length and one shape.
func readWall(s string) (w wall, form TimeForm, ok bool) {
	switch {
	case len(s) == len("dd-MM-yyyy HH:mm") && s[2] == '-':
		form = FormDayFirst
		ok = fields(s, "00-00-0000 00:00", &w.day, &w.month, &w.year, &w.hour, &w.minute)
	case len(s) == len("yyyy-MM-dd HH:mm"):
		form = FormMinute
		ok = fields(s, "0000-00-00 00:00", &w.year, &w.month, &w.day, &w.hour, &w.minute)
	case len(s) == len(date):
		form = FormDate
		ok = fields(s, date, &w.year, &w.month, &w.day)
	case len(s) == len(dateTime):
		form = FormDateTime
		ok = fields(s, dateTime, &w.year, &w.month, &w.day, &w.hour, &w.minute, &w.second)
	case len(s) > len(dateTime) && s[len(date)] == ' ' && s[len(dateTime)] == '.':
		form = FormTimestamp
		w, ok = readDateTime(s[:len(dateTime)], ' ')
		ok = ok && readFraction(s[len(dateTime)+1:], &w.nano)
	case strings.HasPrefix(s, "CUS_"):
		form = FormImage
		milli := 0
		ok = fields(s, "CUS_"+dateTime+".000", &w.year, &w.month, &w.day, &w.hour, &w.minute, &w.second, &milli)
		w.nano = milli * int(time.Millisecond)
	default:
		return readMonthName(s)
	}
	return w, form, ok
}

// readDateTime reads a day and a time with a separator between them.
func readDateTime(s string, separator byte) (w wall, ok bool) {
	ok = len(s) == len(dateTime) && s[len(date)] == separator &&
		fields(s[:len(date)], date, &w.year, &w.month, &w.day) &&
		fields(s[len(date)+1:], "00:00:00", &w.hour, &w.minute, &w.second)
	return w, ok
}

// readFraction reads the digits of a fraction of a second, one to nine.
func readFraction(s string, nano *int) bool {
	const most = len("000000000")
	if s == "" || len(s) > most {
		return false
	}
	padded := s + strings.Repeat("0", most-len(s))
	return fields(padded, "000000000", nano)
}

// readRFC3339 reads a date with its zone, as in 2024-05-02T16:15:42.5+05:30. The
// caller has seen that it is longer than a date and a time.
func readRFC3339(s string, loc *time.Location) (time.Time, TimeForm) {
	w, ok := readDateTime(s[:len(dateTime)], 'T')
	rest := s[len(dateTime):]
	if ok && rest[0] == '.' {
		zone := strings.IndexAny(rest, "Z+-")
		ok = zone > 0 && readFraction(rest[1:zone], &w.nano)
		rest = rest[max(zone, 0):]
	}
	offset, known := readOffset(rest)
	if !ok || !known || !w.exists() {
		return time.Time{}, FormNone
	}

	moment := w.in(time.FixedZone("", offset))
	if !within(moment.In(India).Year(), 1, 9999) {
		return time.Time{}, FormNone
	}
	return moment.In(loc), FormRFC3339
}

// readOffset reads the zone of RFC 3339, in seconds east of UTC.
func readOffset(s string) (seconds int, ok bool) {
	if s == "Z" {
		return 0, true
	}
	hours, minutes := 0, 0
	ok = (fields(s, "+00:00", &hours, &minutes) || fields(s, "-00:00", &hours, &minutes)) &&
		within(hours, 0, 23) && within(minutes, 0, 59)
	seconds = hours*60*60 + minutes*60
	if ok && s[0] == '-' {
		return -seconds, true
	}
	return seconds, ok
}

// fields reads s by a pattern of the same length, in which each run of zeros is a
// number of as many digits and any other byte is that byte.
func fields(s, pattern string, into ...*int) bool {
	if len(s) != len(pattern) {
		return false
	}

	for i := 0; i < len(pattern); {
		if pattern[i] != '0' {
			if s[i] != pattern[i] {
				return false
			}
			i++
			continue
		}

		n := 0
		for ; i < len(pattern) && pattern[i] == '0'; i++ {
			if s[i] < '0' || s[i] > '9' {
				return false
			}
			n = n*10 + int(s[i]-'0')
		}
		*into[0] = n
		into = into[1:]
	}
	return true
}

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// readMonthName reads "May 2, 2024 4:15:42 PM", and "May 2, 2024, 4:15:42 PM" of
// later versions of Java: the day and the hour have one digit or two, the hour
// counts from 1 to 12.
func readMonthName(s string) (w wall, form TimeForm, ok bool) {
	form = FormMonthName
	if len(s) < len("May ") || s[3] != ' ' {
		return w, form, false
	}
	at := strings.Index(monthNames, s[:3])
	if at < 0 || at%3 != 0 {
		return w, form, false
	}
	w.month = at/3 + 1

	day, rest, _ := strings.Cut(s[4:], ", ")
	if !fields(day, "00"[:min(len(day), 2)], &w.day) {
		return w, form, false
	}
	year, rest, _ := strings.Cut(rest, " ")
	if bare, comma := strings.CutSuffix(year, ","); comma {
		form = FormMonthNameComma
		year = bare
		rest = strings.Replace(rest, "\u202f", " ", 1)
	}
	if !fields(year, "0000", &w.year) {
		return w, form, false
	}
	hour, rest, _ := strings.Cut(rest, ":")
	if !fields(hour, "00"[:min(len(hour), 2)], &w.hour) || !within(w.hour, 1, 12) {
		return w, form, false
	}

	w.hour %= 12
	if strings.HasSuffix(rest, "PM") {
		w.hour += 12
	} else if !strings.HasSuffix(rest, "AM") {
		return w, form, false
	}
	return w, form, fields(rest[:len(rest)-2], "00:00 ", &w.minute, &w.second)
}

var calendarFields = [...]string{"year", "month", "dayOfMonth", "hourOfDay", "minute", "second"}

// readCalendar reads a calendar object. Each of the six fields must be in it
// once, as an integer; there may be others.
func readCalendar(lit string) (w wall, ok bool) {
	into := [len(calendarFields)]*int{&w.year, &w.month, &w.day, &w.hour, &w.minute, &w.second}
	missing := len(into)

	brace := jsontoken.Next(lit, 0)
	name := jsontoken.Next(lit, brace.Stop)
	for name.Kind == jsontoken.Text {
		key, _ := text(lit[name.Start:name.Stop])
		colon := jsontoken.Next(lit, name.Stop)
		start, stop := jsontoken.Value(lit, colon.Stop)
		value := lit[start:stop]
		comma := jsontoken.Next(lit, stop)
		name = jsontoken.Next(lit, comma.Stop)

		i := slices.Index(calendarFields[:], key)
		if i < 0 {
			continue
		}
		// Of two values for one field, none can be called the right one.
		n, err := strconv.Atoi(value)
		if into[i] == nil || err != nil {
			return w, false
		}
		*into[i] = n
		into[i] = nil
		missing--
	}

	w.month++
	return w, missing == 0
}

func writeTime(t time.Time, form TimeForm) string {
	switch form {
	case FormMonthName:
		return t.Format(`"Jan 2, 2006 3:04:05 PM"`)
	case FormDayFirst:
		return t.Format(`"02-01-2006 15:04"`)
	case FormDateTime:
		return t.Format(`"2006-01-02 15:04:05"`)
	case FormMinute:
		return t.Format(`"2006-01-02 15:04"`)
	case FormDate:
		return t.Format(`"2006-01-02"`)
	case FormImage:
		return t.Format(`"CUS_2006-01-02 15:04:05.000"`)
	case FormEpoch:
		return strconv.FormatInt(t.UnixMilli(), 10)
	case FormEpochText:
		return `"` + strconv.FormatInt(t.UnixMilli(), 10) + `"`
	case FormMonthNameComma:
		return t.Format(`"Jan 2, 2006, 3:04:05 PM"`)
	case FormTimestamp:
		// As java.sql.Timestamp: without zeros at the end, but for one.
		text := strings.TrimRight(t.Format(`"2006-01-02 15:04:05.000000000`), "0")
		if strings.HasSuffix(text, ".") {
			text += "0"
		}
		return text + `"`
	case FormRFC3339:
		return t.Format(`"` + time.RFC3339Nano + `"`)
	case FormCalendar:
		return fmt.Sprintf(`{"year":%d,"month":%d,"dayOfMonth":%d,"hourOfDay":%d,"minute":%d,"second":%d}`,
			t.Year(), int(t.Month())-1, t.Day(), t.Hour(), t.Minute(), t.Second())
	}
	return ""
}
