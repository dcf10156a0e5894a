package wire

import (
	"encoding/json"
	"testing"
	"time"
)

func india(year int, month time.Month, day, hour, minute, second, milli int) time.Time {
	return time.Date(year, month, day, hour, minute, second, milli*1e6, India)
}

func TestTimeForms(t *testing.T) {
	tests := []struct {
		json string
		form TimeForm
		want time.Time
	}{
		// As the vendor's pages print them.
		{`"May 2, 2024 4:15:42 PM"`, FormMonthName, india(2024, 5, 2, 16, 15, 42, 0)},
		{`"Mar 14, 2021 2:21:11 PM"`, FormMonthName, india(2021, 3, 14, 14, 21, 11, 0)},
		{`"Jan 6, 2021 6:01:45 PM"`, FormMonthName, india(2021, 1, 6, 18, 1, 45, 0)},
		{`"Apr 29, 2016 10:37:14 PM"`, FormMonthName, india(2016, 4, 29, 22, 37, 14, 0)},
		{`"Mar 3, 2016 1:38:59 PM"`, FormMonthName, india(2016, 3, 3, 13, 38, 59, 0)},
		{`"19-04-2024 14:19"`, FormDayFirst, india(2024, 4, 19, 14, 19, 0, 0)},
		{`"22-04-2024 14:31"`, FormDayFirst, india(2024, 4, 22, 14, 31, 0, 0)},
		{`"2024-04-19 14:19:11"`, FormDateTime, india(2024, 4, 19, 14, 19, 11, 0)},
		{`"2020-05-23 12:11:08"`, FormDateTime, india(2020, 5, 23, 12, 11, 8, 0)},
		{`"2020-05-23 12:37"`, FormMinute, india(2020, 5, 23, 12, 37, 0, 0)},
		{`"2024-05-01"`, FormDate, india(2024, 5, 1, 0, 0, 0, 0)},
		{`"CUS_2024-05-02 16:15:42.249"`, FormImage, india(2024, 5, 2, 16, 15, 42, 249)},
		{`"CUS_2021-03-14 14:21:10.866"`, FormImage, india(2021, 3, 14, 14, 21, 10, 866)},
		{`1713516551152`, FormEpoch, india(2024, 4, 19, 14, 19, 11, 152)},
		{`"1713516551152"`, FormEpochText, india(2024, 4, 19, 14, 19, 11, 152)},
		{
			`{"year":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`,
			FormCalendar,
			india(2024, 5, 2, 16, 15, 42, 0),
		},
		{
			`{"year":2021,"month":0,"dayOfMonth":6,"hourOfDay":18,"minute":1,"second":45}`,
			FormCalendar,
			india(2021, 1, 6, 18, 1, 45, 0),
		},
		{
			`{"year":2016,"month":3,"dayOfMonth":15,"hourOfDay":13,"minute":43,"second":33}`,
			FormCalendar,
			india(2016, 4, 15, 13, 43, 33, 0),
		},

		// As other versions of Java write the same, and as other servers do.
		{`"May 2, 2024, 4:15:42 PM"`, FormMonthNameComma, india(2024, 5, 2, 16, 15, 42, 0)},
		{"\"May 2, 2024, 4:15:42\u202fPM\"", FormMonthNameComma, india(2024, 5, 2, 16, 15, 42, 0)},
		{`"May 2, 2024, 12:00:00\u202fAM"`, FormMonthNameComma, india(2024, 5, 2, 0, 0, 0, 0)},
		{`"2024-05-02 16:15:42.0"`, FormTimestamp, india(2024, 5, 2, 16, 15, 42, 0)},
		{`"2024-05-02 16:15:42.249"`, FormTimestamp, india(2024, 5, 2, 16, 15, 42, 249)},
		{`"2024-05-02 16:15:42.249000000"`, FormTimestamp, india(2024, 5, 2, 16, 15, 42, 249)},
		{`"2024-05-02T16:15:42+05:30"`, FormRFC3339, india(2024, 5, 2, 16, 15, 42, 0)},
		{`"2024-05-02T10:45:42Z"`, FormRFC3339, india(2024, 5, 2, 16, 15, 42, 0)},
		{`"2024-05-02T10:45:42.249Z"`, FormRFC3339, india(2024, 5, 2, 16, 15, 42, 249)},
		{`"2024-05-02T02:15:42.249-08:30"`, FormRFC3339, india(2024, 5, 2, 16, 15, 42, 249)},
		{`1.713516551152E12`, FormEpoch, india(2024, 4, 19, 14, 19, 11, 152)},
		{`1.7135E12`, FormEpoch, time.UnixMilli(1713500000000)},
		{`1713516551152.0`, FormEpoch, india(2024, 4, 19, 14, 19, 11, 152)},

		// The edges of each form.
		{`"Dec 31, 1999 12:00:00 AM"`, FormMonthName, india(1999, 12, 31, 0, 0, 0, 0)},
		{`"Dec 31, 1999 12:59:59 PM"`, FormMonthName, india(1999, 12, 31, 12, 59, 59, 0)},
		{`"Jun 30, 2024 11:59:59 AM"`, FormMonthName, india(2024, 6, 30, 11, 59, 59, 0)},
		{`"May 02, 2024 04:15:42 PM"`, FormMonthName, india(2024, 5, 2, 16, 15, 42, 0)},
		{`"May\u00202, 2024 4:15:42 PM"`, FormMonthName, india(2024, 5, 2, 16, 15, 42, 0)},
		{`"29-02-2024 23:59"`, FormDayFirst, india(2024, 2, 29, 23, 59, 0, 0)},
		{`"2000-02-29"`, FormDate, india(2000, 2, 29, 0, 0, 0, 0)},
		{`"0001-01-01"`, FormDate, india(1, 1, 1, 0, 0, 0, 0)},
		{`"9999-12-31 23:59:59"`, FormDateTime, india(9999, 12, 31, 23, 59, 59, 0)},
		{`1000000000000`, FormEpoch, time.UnixMilli(1e12)},
		{`9999999999999`, FormEpoch, time.UnixMilli(9999999999999)},
		{
			`{"year":2024,"month":11,"dayOfMonth":31,"hourOfDay":0,"minute":0,"second":0}`,
			FormCalendar,
			india(2024, 12, 31, 0, 0, 0, 0),
		},
		{
			`{"year":2024,"month":1,"dayOfMonth":29,"hourOfDay":23,"minute":59,"second":59}`,
			FormCalendar,
			india(2024, 2, 29, 23, 59, 59, 0),
		},
		{
			`{"second":42,"minute":15,"hourOfDay":16,"dayOfMonth":2,"month":4,"year":2024}`,
			FormCalendar,
			india(2024, 5, 2, 16, 15, 42, 0),
		},
		{
			`{"a":{"year":[1,"}"]},"year":2024,"b":["\"]",{}],"month":4,"c":"}\"","dayOfMonth":2,` +
				`"d":-1.5e3,"hourOfDay":16,"e":null,"minute":15,"f":true,"second":42}`,
			FormCalendar,
			india(2024, 5, 2, 16, 15, 42, 0),
		},
		{
			`{"y\u0065ar":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`,
			FormCalendar,
			india(2024, 5, 2, 16, 15, 42, 0),
		},
	}
	for _, test := range tests {
		t.Run(test.json, func(t *testing.T) {
			got := decode[Time](t, test.json)
			if got.Form() != test.form {
				t.Errorf("Form() = %v, want %v", got.Form(), test.form)
			}
			if moment := got.Time(); !moment.Equal(test.want) || moment.Location() != India {
				t.Errorf("Time() = %v, want %v", moment, test.want)
			}
			if want := test.want.In(India).Format(time.RFC3339Nano); got.String() != want {
				t.Errorf("String() = %q, want %q", got, want)
			}
			if !got.Valid() || got.IsZero() {
				t.Errorf("Valid() = %v, IsZero() = %v, want true, false", got.Valid(), got.IsZero())
			}
			if lit := string(got.Literal()); lit != test.json {
				t.Errorf("Literal() = %s, want %s", lit, test.json)
			}
			checkRoundTrip(t, test.json, got)
		})
	}
}

func TestTimeNotUnderstood(t *testing.T) {
	tests := []struct {
		json  string
		valid bool
	}{
		// No date at all, and said so.
		{`""`, true},
		{`null`, true},

		// Days and hours that do not exist.
		{`"2024-02-30"`, false},
		{`"2023-02-29"`, false},
		{`"1900-02-29"`, false},
		{`"2024-04-31 10:00:00"`, false},
		{`"2024-13-01"`, false},
		{`"2024-00-01"`, false},
		{`"2024-01-00"`, false},
		{`"0000-01-01"`, false},
		{`"0000-00-00 00:00:00"`, false},
		{`"2024-04-19 24:00:00"`, false},
		{`"2024-04-19 14:60:11"`, false},
		{`"2024-04-19 14:19:60"`, false},
		{`"2020-05-23 12:60"`, false},
		{`"30-02-2024 14:19"`, false},
		{`"19-13-2024 14:19"`, false},
		{`"Feb 30, 2024 4:15:42 PM"`, false},
		{`"May 32, 2024 4:15:42 PM"`, false},
		{`"May 2, 2024 13:15:42 PM"`, false},
		{`"May 2, 2024 0:15:42 AM"`, false},
		{`"May 2, 2024 4:60:42 PM"`, false},
		{`"CUS_2024-02-30 16:15:42.249"`, false},
		{`{"year":2024,"month":12,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`, false},
		{`{"year":2024,"month":-1,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`, false},
		{`{"year":2024,"month":1,"dayOfMonth":30,"hourOfDay":16,"minute":15,"second":42}`, false},
		{`{"year":2024,"month":4,"dayOfMonth":2,"hourOfDay":24,"minute":15,"second":42}`, false},
		{`{"year":0,"month":0,"dayOfMonth":0,"hourOfDay":0,"minute":0,"second":0}`, false},
		{`{"year":12024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`, false},
		{`{"year":2024,"month":99999999999999999999,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`, false},

		// Calendar objects that are none.
		{`{}`, false},
		{`{"year":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15}`, false},
		{`{"Year":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`, false},
		{`{"year":"2024","month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`, false},
		{`{"year":2024.0,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`, false},
		{`{"year":2024,"month":null,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`, false},
		{`{"year":2024,"month":4,"month":5,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`, false},
		{`[2024,4,2]`, false},
		{`[{"year":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}]`, false},

		// Numbers that would be a moment long past.
		{`0`, false},
		{`"0"`, false},
		{`1713516551`, false},
		{`20240502`, false},
		{`"20240502"`, false},
		{`202405021615`, false},
		{`17135165511520`, false},
		{`-713516551152`, false},
		{`"-713516551152"`, false},
		{`"+713516551152"`, false},
		{`"0713516551152"`, false},
		{`1713516551152.5`, false},

		// Near the forms of later versions of Java, and of others.
		{`"May 2, 2024,, 4:15:42 PM"`, false},
		{`"May 2, 2024,4:15:42 PM"`, false},
		{"\"May 2, 2024 4:15:42\u202fPM\"", false},
		{"\"May 2, 2024, 4:15:42\u00a0PM\"", false},
		{"\"May 2, 2024,\u202f4:15:42 PM\"", false},
		{`"Feb 30, 2024, 4:15:42 PM"`, false},
		{`"2024-05-02 16:15:42."`, false},
		{`"2024-05-02 16:15:42.0000000000"`, false},
		{`"2024-05-02 16:15:42.x"`, false},
		{`"2024-05-02 16:15:42,5"`, false},
		{`"2024-02-30 16:15:42.0"`, false},
		{`"2024-05-02T16:15:42.Z"`, false},
		{`"2024-05-02T16:15:42.5"`, false},
		{`"2024-05-02T16:15:42,5Z"`, false},
		{`"2024-05-02t16:15:42z"`, false},
		{`"2024-05-02T16:15:42+0530"`, false},
		{`"2024-05-02T16:15:42+24:00"`, false},
		{`"2024-05-02T16:15:42+05:60"`, false},
		{`"2024-05-02T24:00:00Z"`, false},
		{`"2024-02-30T16:15:42Z"`, false},
		{`"2024-05-02T16:15:42Zx"`, false},
		{`"2024-05-02T16:15:42+05:30x"`, false},
		{`"9999-12-31T23:59:59Z"`, false},
		{`1.71351655115255E12`, false},
		{`1.713E9`, false},

		// Texts near a form.
		{`"YYYY-MM-DD"`, false},
		{`"2016041912:10"`, false},
		{`"2024-5-02"`, false},
		{`"2024-05-1/"`, false},
		{`"2024-05-1:"`, false},
		{`"2024/05/02"`, false},
		{`"2024-05-02T16:15:42"`, false},
		{`"2024-05-02 "`, false},
		{`" 2024-05-02"`, false},
		{`"2024-05-02 4:15"`, false},
		{`"2024-05-02  4:15"`, false},
		{`"02-05-2024"`, false},
		{`"02-05-2024 16:15:42"`, false},
		{`"CUS_2024-05-02 16:15:42"`, false},
		{`"CUS_2024-05-02 16:15:42.2490"`, false},
		{`"CUS_2024-05-02 16:15:42.24/"`, false},
		{`"TCK_2024-05-02 16:15:42.249"`, false},
		{`"CUS_"`, false},
		{`"may 2, 2024 4:15:42 PM"`, false},
		{`"anF 2, 2024 4:15:42 PM"`, false},
		{`"May.2, 2024 4:15:42 PM"`, false},
		{`"May"`, false},
		{`"Mai 2, 2024 4:15:42 PM"`, false},
		{`"May 2, 2024 4:15:42 pm"`, false},
		{`"May 2, 2024 4:15:42 XM"`, false},
		{`"May 2, 2024  4:15:42 PM"`, false},
		{`"May , 2024 4:15:42 PM  "`, false},
		{`"May 2 2024 4:15:42 PM  "`, false},
		{`"May 002, 2024 4:15:42 PM"`, false},
		{`"May 2, 2024 :15:42 PM  "`, false},
		{`"May 2, 2024 4:15:42.5 PM"`, false},
		{`"Kapture CRM Demo Form PM"`, false},
		{`" "`, false},
		{`"0:1:29"`, false},
		{`"1 Day 2 Hr 3 Min"`, false},
		{`true`, false},
	}
	for _, test := range tests {
		t.Run(test.json, func(t *testing.T) {
			got := decode[Time](t, test.json)
			if moment := got.Time(); !moment.IsZero() {
				t.Errorf("Time() = %v, want the zero time", moment)
			}
			if got.Form() != FormNone || got.String() != "" {
				t.Errorf("Form() = %v, String() = %q, want none", got.Form(), got)
			}
			if got.Valid() != test.valid {
				t.Errorf("Valid() = %v, want %v", got.Valid(), test.valid)
			}
			if got.IsZero() {
				t.Error("IsZero() = true for a value that was received")
			}
			checkRoundTrip(t, test.json, got)
		})
	}
}

// One object of "Add Ticket API (2024)" prints a moment both as milliseconds
// since 1970, which are free of zones, and as a wall clock.
func TestIndiaIsTheZoneOfWallClocks(t *testing.T) {
	epoch := decode[Time](t, `1713516551152`)
	clock := decode[Time](t, `"2024-04-19 14:19:11"`)
	if got := epoch.Time().Truncate(time.Second); !got.Equal(clock.Time()) {
		t.Errorf("milliseconds say %v, the wall clock %v", got, clock.Time())
	}
	if _, offset := epoch.Time().Zone(); offset != 5*3600+30*60 {
		t.Errorf("offset = %d seconds, want 5 hours 30 minutes", offset)
	}
}

// Every record of the 2016, 2021 and 2024 pages prints its generation date as
// text and, in its first contact, as a calendar object; the image's reference
// is of the same moment, but one is cut to the second before.
func TestTimeFormsOfOneRecordAgree(t *testing.T) {
	for _, record := range []struct{ text, calendar, image string }{
		{
			`"May 2, 2024 4:15:42 PM"`,
			`{"year":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`,
			`"CUS_2024-05-02 16:15:42.249"`,
		},
		{
			`"Mar 14, 2021 2:21:11 PM"`,
			`{"year":2021,"month":2,"dayOfMonth":14,"hourOfDay":14,"minute":21,"second":11}`,
			`"CUS_2021-03-14 14:21:10.866"`,
		},
		{
			`"Jan 6, 2021 6:01:45 PM"`,
			`{"year":2021,"month":0,"dayOfMonth":6,"hourOfDay":18,"minute":1,"second":45}`,
			`"CUS_2021-01-06 18:01:45.439"`,
		},
		{
			`"Apr 29, 2016 10:37:14 PM"`,
			`{"year":2016,"month":3,"dayOfMonth":29,"hourOfDay":22,"minute":37,"second":14}`,
			`"CUS_2016-04-29 22:37:14.259"`,
		},
		{
			`"Mar 3, 2016 1:38:59 PM"`,
			`{"year":2016,"month":2,"dayOfMonth":3,"hourOfDay":13,"minute":38,"second":59}`,
			`"CUS_2016-03-03 13:38:59.631"`,
		},
	} {
		text := decode[Time](t, record.text)
		calendar := decode[Time](t, record.calendar)
		image := decode[Time](t, record.image)

		if !text.Time().Equal(calendar.Time()) {
			t.Errorf("%s is %v, its calendar object %v", record.text, text, calendar)
		}
		if apart := text.Time().Sub(image.Time()).Abs(); apart > time.Second {
			t.Errorf("%s and %s are %v apart", record.text, record.image, apart)
		}
	}
}

func TestTimeIn(t *testing.T) {
	clock := decode[Time](t, `"2024-04-19 14:19:11"`)
	if got, want := clock.TimeIn(time.UTC), time.Date(2024, 4, 19, 14, 19, 11, 0, time.UTC); !got.Equal(want) {
		t.Errorf("wall clock in UTC = %v, want %v", got, want)
	}
	if got := clock.TimeIn(nil); !got.Equal(clock.Time()) {
		t.Errorf("wall clock in no zone = %v, want %v", got, clock.Time())
	}
	epoch := decode[Time](t, `1713516551152`)
	if got := epoch.TimeIn(time.UTC); !got.Equal(epoch.Time()) || got.Location() != time.UTC {
		t.Errorf("milliseconds in UTC = %v, want the moment %v", got, epoch.Time())
	}
}

func TestTimeWritten(t *testing.T) {
	// The evening in Greenwich is the next day in India.
	moment := time.Date(2024, 4, 30, 20, 5, 7, 123456789, time.UTC)
	tests := []struct {
		form TimeForm
		json string
		unit time.Duration
	}{
		{FormMonthName, `"May 1, 2024 1:35:07 AM"`, time.Second},
		{FormDayFirst, `"01-05-2024 01:35"`, time.Minute},
		{FormDateTime, `"2024-05-01 01:35:07"`, time.Second},
		{FormMinute, `"2024-05-01 01:35"`, time.Minute},
		{FormImage, `"CUS_2024-05-01 01:35:07.123"`, time.Millisecond},
		{FormEpoch, `1714507507123`, time.Millisecond},
		{FormEpochText, `"1714507507123"`, time.Millisecond},
		{FormCalendar, `{"year":2024,"month":4,"dayOfMonth":1,"hourOfDay":1,"minute":35,"second":7}`, time.Second},
		{FormMonthNameComma, `"May 1, 2024, 1:35:07 AM"`, time.Second},
		{FormTimestamp, `"2024-05-01 01:35:07.123456789"`, time.Nanosecond},
		{FormRFC3339, `"2024-05-01T01:35:07.123456789+05:30"`, time.Nanosecond},
	}
	for _, test := range tests {
		t.Run(test.form.String(), func(t *testing.T) {
			got := DateTimeOf(moment, test.form)
			if b, err := json.Marshal(got); err != nil || string(b) != test.json {
				t.Fatalf("written as %s, %v, want %s", b, err, test.json)
			}
			if got.Form() != test.form || !got.Valid() {
				t.Errorf("Form() = %v, Valid() = %v", got.Form(), got.Valid())
			}
			if want := moment.Truncate(test.unit); !got.Time().Equal(want) {
				t.Errorf("read back as %v, want %v", got.Time(), want)
			}
			if back := decode[Time](t, test.json); back != got {
				t.Errorf("decoded as %#v, want %#v", back, got)
			}
		})
	}

	day := DateOf(moment)
	if b, err := json.Marshal(day); err != nil || string(b) != `"2024-05-01"` {
		t.Errorf("day written as %s, %v, want the Indian day 2024-05-01", b, err)
	}
	if day.Form() != FormDate || !day.Time().Equal(india(2024, 5, 1, 0, 0, 0, 0)) {
		t.Errorf("day read back as %v, %v", day.Form(), day)
	}
}

func TestTimeWrittenFromNothing(t *testing.T) {
	now := india(2024, 5, 1, 1, 35, 7, 0)
	for name, got := range map[string]Time{
		"no moment":       DateTimeOf(time.Time{}, FormDateTime),
		"no day":          DateOf(time.Time{}),
		"no form":         DateTimeOf(now, FormNone),
		"form of no kind": DateTimeOf(now, TimeForm(200)),
	} {
		if !got.IsZero() {
			t.Errorf("%s: %s, want the absent value", name, got.Literal())
		}
	}
	if b, err := json.Marshal(Time{}); err != nil || string(b) != `""` {
		t.Errorf("the absent value is written as %s, %v", b, err)
	}
}

// A moment that a form cannot hold is not valid. It is not moved.
func TestTimeWrittenBeyondItsForm(t *testing.T) {
	for name, got := range map[string]Time{
		"year 10000":                 DateOf(time.Date(10000, 1, 1, 0, 0, 0, 0, India)),
		"year 0":                     DateTimeOf(time.Date(0, 1, 1, 0, 0, 0, 0, India), FormCalendar),
		"milliseconds before 2001":   DateTimeOf(time.Date(2000, 1, 1, 0, 0, 0, 0, India), FormEpoch),
		"milliseconds of year 10000": DateTimeOf(time.Date(10000, 1, 1, 0, 0, 0, 0, India), FormEpochText),
	} {
		if got.Valid() || !got.Time().IsZero() {
			t.Errorf("%s: %s is valid as %v", name, got.Literal(), got)
		}
	}
}

func TestTimeFormNames(t *testing.T) {
	seen := map[string]TimeForm{}
	for form := FormNone; form <= FormRFC3339; form++ {
		name := form.String()
		if other, twice := seen[name]; twice || name == "" {
			t.Errorf("forms %d and %d are both called %q", other, form, name)
		}
		seen[name] = form
	}
	if got := (FormRFC3339 + 1).String(); got != "unknown form" {
		t.Errorf("a form of no kind is called %q", got)
	}
}
