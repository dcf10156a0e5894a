package mock

import "time"

// india is the zone of every text and of every day. The texts of the server's
// clock are UTC+05:30: one printed response shows the same instant as text and
// as milliseconds.
var india = time.FixedZone("IST", int((5*time.Hour + 30*time.Minute).Seconds()))

// The forms in which the API prints a moment.
const (
	formRecord   = "Jan 2, 2006 3:04:05 PM" // generationDate of a customer
	formImage    = "2006-01-02 15:04:05.000"
	formDateTime = "2006-01-02 15:04:05"
	formToMinute = "2006-01-02 15:04"
	formTicket   = "02-01-2006 15:04"
	formDay      = time.DateOnly
)

// calendar splits a moment into the fields that contacts print.
func calendar(t time.Time) object {
	t = t.In(india)
	return object{
		{"year", t.Year()},
		{"month", int(t.Month()) - 1}, // calendars count months from zero
		{"dayOfMonth", t.Day()},
		{"hourOfDay", t.Hour()},
		{"minute", t.Minute()},
		{"second", t.Second()},
	}
}

// window is a range of moments, including both ends.
type window struct{ from, to time.Time }

// parseWindow reads two days or two moments. A day without a time ends with its
// last moment: the whole end day belongs to a pull.
func parseWindow(start, end string) (window, bool) {
	from, _, ok := parseMoment(start)
	if !ok {
		return window{}, false
	}
	to, day, ok := parseMoment(end)
	if !ok {
		return window{}, false
	}

	if day {
		to = to.AddDate(0, 0, 1).Add(-1)
	} else {
		to = to.Add(time.Second - 1)
	}
	return window{from, to}, !from.After(to)
}

func parseMoment(s string) (at time.Time, day, ok bool) {
	if t, err := time.ParseInLocation(formDay, s, india); err == nil {
		return t, true, true
	}
	if t, err := time.ParseInLocation(formDateTime, s, india); err == nil {
		return t, false, true
	}
	return time.Time{}, false, false
}

func (w window) holds(t time.Time) bool { return !t.Before(w.from) && !t.After(w.to) }

// widened is the window with the day before and the day after.
func (w window) widened() window {
	return window{w.from.AddDate(0, 0, -1), w.to.AddDate(0, 0, 1)}
}

// overADay reports whether the window spans more than the 24 hours that a pull
// of 2024 allows. Two neighbouring days are allowed, because the page's own
// sample asks for them.
func (w window) overADay() bool {
	return w.to.Add(1).Sub(w.from) > 48*time.Hour
}
