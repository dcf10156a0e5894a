package gen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The forms are read by hand: time.Parse lets pass what they do not have
// (fractions of a second, several blanks, any case), and time.Date moves days
// that do not exist.

// wall is a wall clock, month from 1 to 12.
type wall struct{ year, month, day, hour, minute, second, milli int }

func (w wall) exists() bool {
	return within(w.year, 1, 9999) && within(w.month, 1, 12) &&
		within(w.day, 1, daysIn(w.year, w.month)) &&
		within(w.hour, 0, 23) && within(w.minute, 0, 59) &&
		within(w.second, 0, 59)
}

func (w wall) in(loc *time.Location) time.Time {
	return time.Date(w.year, time.Month(w.month), w.day,
		w.hour, w.minute, w.second, w.milli*int(time.Millisecond), loc)
}

func within(n, low, high int) bool { return low <= n && n <= high }

func daysIn(year, month int) int {
	// Day 0 of the next month is the last one of this.
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// readTime returns the moment that lit stands for and its form, FormNone if it
// stands for none.
func readTime(lit string, loc *time.Location) (time.Time, TimeForm) {
	if empty(lit) {
		return time.Time{}, FormNone
	}
	if lit[0] != '{' && lit[0] != '"' {
		return readEpoch(lit, FormEpoch, loc)
	}
	var (
		w    wall
		form TimeForm
		ok   bool
	)
	if s, isText := text(lit); isText {
		if w, form, ok = readWall(s); !ok {
			return readEpoch(s, FormEpochText, loc)
		}
	} else {
		w, ok = readCalendar(lit)
		form = FormCalendar
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

// readWall reads the forms that are text. No two of them are of one length and
// one shape.
func readWall(s string) (w wall, form TimeForm, ok bool) {
	switch {
	case len(s) == len("dd-MM-yyyy HH:mm") && s[2] == '-':
		form = FormDayFirst
		ok = fields(s, "00-00-0000 00:00", &w.day, &w.month, &w.year, &w.hour, &w.minute)
	case len(s) == len("yyyy-MM-dd HH:mm"):
		form = FormMinute
		ok = fields(s, "0000-00-00 00:00", &w.year, &w.month, &w.day, &w.hour, &w.minute)
	case len(s) == len("yyyy-MM-dd"):
		form = FormDate
		ok = fields(s, "0000-00-00", &w.year, &w.month, &w.day)
	case len(s) == len("yyyy-MM-dd HH:mm:ss"):
		form = FormDateTime
		ok = fields(s, "0000-00-00 00:00:00", &w.year, &w.month, &w.day, &w.hour, &w.minute, &w.second)
	case strings.HasPrefix(s, "CUS_"):
		form = FormImage
		ok = fields(s, "CUS_0000-00-00 00:00:00.000", &w.year, &w.month, &w.day, &w.hour, &w.minute, &w.second, &w.milli)
	default:
		form = FormMonthName
		w, ok = readMonthName(s)
	}
	return w, form, ok
}

// fields reads s by a pattern of its own length, in which each run of zeros is
// a number of as many digits and any other byte stands for itself.
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
		*into[0], into = n, into[1:]
	}
	return true
}

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// readMonthName reads "May 2, 2024 4:15:42 PM": the day and the hour have one
// digit or two, the hour counts from 1 to 12.
func readMonthName(s string) (w wall, ok bool) {
	if len(s) < len("May ") || s[3] != ' ' {
		return w, false
	}
	at := strings.Index(monthNames, s[:3])
	if at < 0 || at%3 != 0 {
		return w, false
	}
	w.month = at/3 + 1

	day, rest, _ := strings.Cut(s[4:], ", ")
	if !fields(day, "00"[:min(len(day), 2)], &w.day) {
		return w, false
	}
	year, rest, _ := strings.Cut(rest, " ")
	if !fields(year, "0000", &w.year) {
		return w, false
	}
	hour, rest, _ := strings.Cut(rest, ":")
	if !fields(hour, "00"[:min(len(hour), 2)], &w.hour) || !within(w.hour, 1, 12) {
		return w, false
	}
	w.hour %= 12
	if strings.HasSuffix(rest, "PM") {
		w.hour += 12
	} else if !strings.HasSuffix(rest, "AM") {
		return w, false
	}
	return w, fields(rest[:len(rest)-2], "00:00 ", &w.minute, &w.second)
}

var calendarMembers = [...]string{"year", "month", "dayOfMonth", "hourOfDay", "minute", "second"}

// readCalendar reads a calendar object without white space, as keep leaves it.
// Each of the six members must stand in it once, as an integer; others may
// stand beside them.
func readCalendar(lit string) (w wall, ok bool) {
	into := [len(calendarMembers)]*int{&w.year, &w.month, &w.day, &w.hour, &w.minute, &w.second}
	missing := len(into)
	for rest := lit[1:]; rest != "" && rest[0] == '"'; {
		end := tokenEnd(rest)
		key, _ := text(rest[:end])
		rest = rest[end+1:] // the colon
		end = tokenEnd(rest)
		value := rest[:end]
		if rest = rest[end:]; rest[0] == ',' {
			rest = rest[1:]
		}

		i := slices.Index(calendarMembers[:], key)
		if i < 0 {
			continue
		}
		// Of two values for one member, none can be called the right one.
		n, err := strconv.Atoi(value)
		if into[i] == nil || err != nil {
			return w, false
		}
		*into[i], into[i] = n, nil
		missing--
	}
	w.month++
	return w, missing == 0
}

// tokenEnd returns the length of the JSON value at the start of s, which is
// compact and valid, and followed by something.
func tokenEnd(s string) int {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
			if !quoted && depth == 0 {
				return i + 1
			}
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i // the end of what s stands in
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case c == ',' && depth == 0:
			return i
		}
	}
	return len(s)
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
	case FormCalendar:
		return fmt.Sprintf(`{"year":%d,"month":%d,"dayOfMonth":%d,"hourOfDay":%d,"minute":%d,"second":%d}`,
			t.Year(), int(t.Month())-1, t.Day(), t.Hour(), t.Minute(), t.Second())
	}
	return ""
}
