package wire

import (
	"encoding/json"
	"time"
)

// India is UTC+05:30 without daylight saving: the zone of every date that the
// API writes as a wall clock. No page states it. One sample proves it: "Add
// Ticket API (2024)" prints the same moment as 1713516551152 (08:49:11 UTC) and
// as "2024-04-19 14:19:11".
var India = time.FixedZone("IST", 5*60*60+30*60)

// TimeForm is one of the forms in which the API writes a date. Its String is
// the pattern, in the letters that the vendor's platform uses.
type TimeForm uint8

// The forms, each with a page that shows it, or with the reason why it is
// expected.
const (
	// FormNone: absent, null, "", or a value that is not Valid.
	FormNone TimeForm = iota

	// FormMonthName, as in "May 2, 2024 4:15:42 PM": a customer's
	// generationDate, "Get Customer API (2024)" and the responses of 2016 and 2021.
	FormMonthName

	// FormDayFirst, as in "19-04-2024 14:19": "Get Ticket API (2024)" and
	// "Pull Ticket API by Date Range (2024)".
	FormDayFirst

	// FormDateTime, as in "2024-04-19 14:19:11": "Add Ticket API (2024)", the
	// message about callback_date in "Update Ticket API (2024)", and "Ticket
	// Pull API (2019-20)".
	FormDateTime

	// FormMinute, as in "2020-05-23 12:37": taskEnddate of "Ticket Pull API
	// (2019-20)", create_date of "Order Push API (2019-20)".
	FormMinute

	// FormDate, as in "2024-05-01": the days of every pull.
	FormDate

	// FormImage, as in "CUS_2024-05-02 16:15:42.249": a customer's
	// imageReferenceId, "Get Customer API (2024)" and the responses of 2016 and
	// 2021. Its month counts from one. Its second may be the one before that
	// of generationDate.
	FormImage

	// FormEpoch, as in 1713516551152: milliseconds since 1970 as a number,
	// lastConversationTime of "Add Ticket API (2024)". The number may have an
	// exponent (1.713516551152E12), which is how Java prints a double.
	FormEpoch

	// FormEpochText is FormEpoch as a text of digits. Inferred: "Ticket Pull
	// API (2019-20)" writes ids and counts as text that 2024 writes as numbers.
	FormEpochText

	// FormCalendar is an object of year, month, dayOfMonth, hourOfDay, minute
	// and second, in which January is month 0: a contact's generationDate,
	// "Get Customer API (2024)" and the responses of 2016 and 2021, where the
	// record has the same instant as FormMonthName too.
	FormCalendar

	// FormMonthNameComma, as in "May 2, 2024, 4:15:42 PM": FormMonthName as
	// later versions of Java write it, with a comma after the year (JDK 9) and
	// U+202F (a narrow no-break space) before AM and PM (JDK 20). Inferred:
	// FormMonthName is what Gson writes on JDK 8 by default, and an update of
	// Java changes it for every date. It is written with a plain space.
	FormMonthNameComma

	// FormTimestamp, as in "2024-05-02 16:15:42.0": FormDateTime with a fraction
	// of a second, of one digit to nine. Inferred: it is how java.sql.Timestamp
	// prints itself.
	FormTimestamp

	// FormRFC3339, as in "2024-05-02T16:15:42+05:30", with a fraction or without.
	// Unlike the other texts it has its zone. Inferred: it is the usual form of
	// servers that no longer write dates in one of their own.
	FormRFC3339
)

var formNames = [...]string{
	FormNone:      "none",
	FormMonthName: "MMM d, yyyy h:mm:ss a",
	FormDayFirst:  "dd-MM-yyyy HH:mm",
	FormDateTime:  "yyyy-MM-dd HH:mm:ss",
	FormMinute:    "yyyy-MM-dd HH:mm",
	FormDate:      "yyyy-MM-dd",
	FormImage:     "CUS_yyyy-MM-dd HH:mm:ss.SSS",
	FormEpoch:     "epoch milliseconds",
	FormEpochText: "epoch milliseconds as text",
	FormCalendar:  "calendar object",

	FormMonthNameComma: "MMM d, yyyy, h:mm:ss a",
	FormTimestamp:      "yyyy-MM-dd HH:mm:ss.S",
	FormRFC3339:        "yyyy-MM-dd'T'HH:mm:ssXXX",
}

// String returns the form's pattern, such as "dd-MM-yyyy HH:mm".
func (f TimeForm) String() string {
	if int(f) < len(formNames) {
		return formNames[f]
	}
	return "unknown form"
}

// Time is a moment in any of the forms in which the API writes one; see
// [TimeForm] for each and its evidence. One record often has one moment in two
// forms. All are read to the same instant, wall clocks as Indian time, and those
// with a zone in that zone.
//
// A date that does not exist (30 February, month 12 of a calendar object, hour
// 24) is not moved to another day: it is kept, and is not Valid. So is a number
// of other than thirteen digits, since a count of seconds, a day such as
// 20240502, or the 0 of a number that was never set would all be read as a
// moment long past. Thirteen digits reach from September 2001 to 2286.
//
// Equal moments in different forms differ under ==; compare Time().
//
// The zero value is an absent date. It is written as "", which is what the
// vendor's samples send for a date that is not there.
type Time struct{ lit string }

// DateOf returns t's day in Indian time, written yyyy-MM-dd. The zero time.Time
// gives the absent Time.
func DateOf(t time.Time) Time { return DateTimeOf(t, FormDate) }

// DateTimeOf returns t written in form, in Indian time if the form is a wall
// clock. What is finer than the form is cut off. The zero time.Time and
// FormNone give the absent Time. A moment that the form cannot hold (a year
// above 9999, a day before 2001 as epoch milliseconds) gives a Time that is not
// Valid.
func DateTimeOf(t time.Time, form TimeForm) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{writeTime(t.In(India), form)}
}

// Time returns the moment in Indian time; the zero time.Time if there is none
// or it is not understood. A day without a time is its midnight.
func (t Time) Time() time.Time { return t.TimeIn(India) }

// TimeIn is like Time, but reads a wall clock as one of loc, for a tenant whose
// clocks are known to be elsewhere, and returns the moment in loc. Epoch
// milliseconds and dates with a zone are the same moment anywhere. A nil loc is
// India.
func (t Time) TimeIn(loc *time.Location) time.Time {
	if loc == nil {
		loc = India
	}
	moment, _ := readTime(t.lit, loc)
	return moment
}

// Form returns the form of the date, FormNone if there is none or it is not
// understood.
func (t Time) Form() TimeForm {
	_, form := readTime(t.lit, India)
	return form
}

// String returns the moment in Indian time as RFC 3339 writes it, in any form;
// "" if there is none or it is not understood. Literal has the JSON value.
func (t Time) String() string {
	moment, form := readTime(t.lit, India)
	if form == FormNone {
		return ""
	}
	return moment.Format(time.RFC3339Nano)
}

// IsZero reports whether the date is absent.
func (t Time) IsZero() bool { return t.lit == "" }

// Valid reports whether the value is an existing moment in one of the forms, or
// says that there is none: "", null, absent.
func (t Time) Valid() bool { return empty(t.lit) || t.Form() != FormNone }

// Literal returns a copy of the JSON value, nil if the date is absent.
func (t Time) Literal() json.RawMessage { return literal(t.lit) }

// MarshalJSON returns the value as it was received, "" for the zero value.
func (t Time) MarshalJSON() ([]byte, error) { return encoded(t.lit), nil }

// UnmarshalJSON keeps any JSON value. It fails only on bytes that are not one.
func (t *Time) UnmarshalJSON(data []byte) (err error) {
	t.lit, err = keep(data)
	return err
}
