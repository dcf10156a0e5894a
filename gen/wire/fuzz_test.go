package wire

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"
)

// fuzzSeeds are what the vendor's pages print, and what is near it.
var fuzzSeeds = []string{
	`0`, `396`, `2469`, `1000298`, `49827`, `530348198`, `1713516551152`, `9007199254740993`, `-1`, `-0`, `0.0`, `1e3`,
	`""`, `" "`, `"0"`, `"1"`, `"713516551148"`, `"48000001"`, `"5800000001"`, `"007"`, `"+91"`, `"P"`, `"CL"`, `"N/A"`,
	`true`, `false`, `"true"`, `"false"`, `"F"`, `null`,
	`"May 2, 2024 4:15:42 PM"`, `"Mar 14, 2021 2:21:11 PM"`, `"Jan 6, 2021 6:01:45 PM"`,
	`"Apr 29, 2016 10:37:14 PM"`, `"Mar 3, 2016 1:38:59 PM"`,
	`"19-04-2024 14:19"`, `"22-04-2024 14:31"`, `"2024-04-19 14:19:11"`, `"2020-05-23 12:11:08"`, `"2020-05-23 12:37"`,
	`"2024-05-01"`, `"2021-03-14"`, `"2016-03-31"`, `"YYYY-MM-DD"`, `"yyyy-mm-dd HH:MM"`, `"2016041912:10"`,
	`"CUS_2024-05-02 16:15:42.249"`, `"CUS_2021-03-14 14:21:10.866"`, `"1713516551152"`,
	`{"year":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`,
	`{"year":2021, "month":0, "dayOfMonth":6, "hourOfDay":18, "minute":1, "second":45}`,
	`{"year":2024,"month":12,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42,"x":{"y":["}"]}}`,
	`"2024-04-19 24:00:00"`, `"May 12, 2024 12:60:60 AM"`, `"2024-02-30"`, `"Feb 30, 2024 4:15:42 PM"`,
	`"\u0031\u0032"`, `"\ud800"`, "\"\xff\"", `"<&>"`, "\"\u2028\"", `[]`, `{}`, `[{"id":[1]}]`,
	`{`, `"`, `tru`, ``, ` 1 `,
}

// fuzzWire holds what is true of all wire types for any bytes.
func fuzzWire[T wire, P pointer[T]](t *testing.T, data []byte) (v T, isValue bool) {
	t.Helper()
	var direct T
	err := P(&direct).UnmarshalJSON(data)
	isValue = json.Valid(data)
	if (err == nil) != isValue {
		t.Fatalf("%q is a JSON value: %v, but UnmarshalJSON returned %v", data, isValue, err)
	}
	if !isValue {
		return v, false
	}

	v = decode[T](t, string(data))
	if v != direct {
		t.Errorf("%q: encoding/json left %#v, UnmarshalJSON %#v", data, v, direct)
	}
	if v.IsZero() {
		t.Errorf("%q is taken for an absent value", data)
	}
	if !v.Valid() && v.String() != "" {
		t.Errorf("%q is not valid, but reads as %q", data, v)
	}
	checkRoundTrip(t, string(data), v)
	return v, true
}

func addSeeds(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add([]byte(seed))
	}
}

func FuzzID(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		id, ok := fuzzWire[ID, *ID](t, data)
		if !ok {
			return
		}

		var plain string
		if json.Unmarshal(data, &plain) == nil && id.String() != plain {
			t.Errorf("%q reads as %q, encoding/json has %q", data, id, plain)
		}

		if n, ok := id.Int64(); ok && !NumberID(n).Same(id) {
			t.Errorf("%q is taken for %d", data, n)
		}
		var n int64
		if got, ok := id.Int64(); json.Unmarshal(data, &n) == nil && ok && got != n {
			t.Errorf("%q is %d, encoding/json has %d", data, got, n)
		}

		if s := id.String(); s != "" && !TextID(s).Same(id) {
			t.Errorf("%q is not the same as the text %q", data, s)
		}
		if id.Same(id) != (id.String() != "") {
			t.Errorf("%q: Same(itself) = %v", data, id.Same(id))
		}
	})
}

func FuzzFlag(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		flag, ok := fuzzWire[Flag, *Flag](t, data)
		if !ok {
			return
		}
		var plain any
		if err := json.Unmarshal(data, &plain); err != nil {
			return // a number that no float64 holds
		}

		want := plain == true || plain == "true"
		known := want || plain == false || plain == "false"
		valid := known || plain == nil || plain == ""
		if got, ok := flag.Bool(); got != want || ok != known {
			t.Errorf("%q: Bool() = %v, %v, want %v, %v", data, got, ok, want, known)
		}
		if got := flag.Valid(); got != valid {
			t.Errorf("%q: Valid() = %v, want %v", data, got, valid)
		}
	})
}

// layouts are the text forms as package time writes them, to compare with another
// reader: if it reads a text and writes the same text again, the text has that
// form.
var layouts = map[TimeForm]string{
	FormMonthName: "Jan 2, 2006 3:04:05 PM",
	FormDayFirst:  "02-01-2006 15:04",
	FormDateTime:  "2006-01-02 15:04:05",
	FormMinute:    "2006-01-02 15:04",
	FormDate:      "2006-01-02",
	FormImage:     "CUS_2006-01-02 15:04:05.000",

	FormMonthNameComma: "Jan 2, 2006, 3:04:05 PM",
}

func FuzzTime(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := fuzzWire[Time, *Time](t, data)
		if !ok {
			return
		}

		moment := got.Time()
		form := got.Form()
		if form == FormNone && !moment.IsZero() {
			t.Errorf("%q has no form, but is %v", data, moment)
		}
		again := DateTimeOf(moment, form)
		if !moment.IsZero() && (!again.Time().Equal(moment) || again.Form() != form) {
			t.Errorf("%q is %v, written again as %s that is %v", data, moment, again.Literal(), again)
		}

		var s string
		if json.Unmarshal(data, &s) == nil {
			checkLayouts(t, s, got)
		}

		if strings.HasPrefix(strings.TrimLeft(string(data), " \t\r\n"), "{") {
			want, ok := calendarByJSON(t, data)
			if ok != (form == FormCalendar) || ok && !moment.Equal(want) {
				t.Errorf("%q is %v in the form %v, encoding/json has %v, %v", data, moment, form, want, ok)
			}
		}
	})
}

// checkLayouts compares how a text was read with how package time reads it.
func checkLayouts(t *testing.T, text string, got Time) {
	t.Helper()
	moment := got.Time()
	form := got.Form()
	for name, layout := range layouts {
		parsed, err := time.ParseInLocation(layout, text, India)
		exact := err == nil && parsed.Format(layout) == text && parsed.Year() > 0
		if exact && (form != name || !moment.Equal(parsed)) {
			t.Errorf("%q is %v in the form %v, package time has %v in %v", text, moment, form, parsed, name)
		}
		if form == name && (err != nil || !moment.Equal(parsed)) {
			t.Errorf("%q is %v in the form %v, package time has %v, %v", text, moment, form, parsed, err)
		}
	}
}

// calendarByJSON reads a calendar object token by token.
func calendarByJSON(t *testing.T, data []byte) (moment time.Time, ok bool) {
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}

	fields := map[string]int{"year": 0, "month": 0, "dayOfMonth": 0, "hourOfDay": 0, "minute": 0, "second": 0}
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		name := key.(string)
		if _, known := fields[name]; !known {
			continue
		}
		var n *int
		if seen[name] || json.Unmarshal(raw, &n) != nil || n == nil {
			return moment, false
		}
		seen[name] = true
		fields[name] = *n
	}

	if len(seen) != len(fields) || fields["year"] < 1 || fields["year"] > 9999 {
		return moment, false
	}
	moment = time.Date(fields["year"], time.Month(fields["month"]+1), fields["dayOfMonth"],
		fields["hourOfDay"], fields["minute"], fields["second"], 0, India)

	// time.Date moves what does not exist: then it has other fields.
	year, month, day := moment.Date()
	hour, minute, second := moment.Clock()
	exists := maps.Equal(fields, map[string]int{
		"year": year, "month": int(month) - 1, "dayOfMonth": day, "hourOfDay": hour, "minute": minute, "second": second,
	})
	return moment, exists
}
