package client

import (
	"time"

	"github.com/kapture-community/kapture-go/gen/wire"
)

// ID is an identifier, which the API writes as a number or as text. It keeps
// the form in which it was received, so it goes into the next request as it is.
// Make one with [TextID], which is how the samples of the pages send all
// identifiers except the account, or with [NumberID].
//
//   - String() string returns its text, "" for none.
//   - Int64() (int64, bool) returns it as a number, if it is one.
//   - Same(other ID) bool compares a text with a number; == compares the JSON.
//   - IsZero() bool reports an absent identifier, which is not sent.
//   - Valid() bool reports whether it is a number, a text or null.
//   - Literal() json.RawMessage returns the JSON value.
type ID = wire.ID

// Flag is a boolean, which the API writes as a boolean or as text. It keeps the
// form in which it was received. Make one with [BoolFlag] or [TextFlag].
//
//   - Bool() (value, known bool) returns the value, and whether there is one.
//   - String() string returns "true", "false", or "" for neither.
//   - IsZero() bool reports an absent flag, which is not sent.
//   - Valid() bool reports whether it is of a form that flags have.
//   - Literal() json.RawMessage returns the JSON value.
type Flag = wire.Flag

// Time is a moment, or a day, in any of the forms in which the API writes
// one. It keeps the form in which it was received; wall clocks are those of
// [India]. Make one with [DateOf] or [CallbackAt].
//
//   - Time() time.Time returns the moment, the zero time for none.
//   - TimeIn(zone *time.Location) time.Time reads the wall clock in another zone.
//   - Form() wire.TimeForm names the form.
//   - String() string returns the moment as text, "" for none.
//   - IsZero() bool reports an absent time, which is not sent.
//   - Valid() bool reports whether it is a date that exists, "" or null.
//   - Literal() json.RawMessage returns the JSON value.
type Time = wire.Time

// TextID returns the identifier that is written as text, as the samples of the
// pages send all identifiers except the account.
func TextID(s string) ID { return wire.TextID(s) }

// NumberID returns the identifier that is written as a number, as the samples
// send the account (CmID).
func NumberID(n int64) ID { return wire.NumberID(n) }

// BoolFlag returns the flag that is written as a boolean.
func BoolFlag(v bool) Flag { return wire.BoolFlag(v) }

// TextFlag returns the flag that is written as text.
func TextFlag(v bool) Flag { return wire.TextFlag(v) }

// DateOf returns t's day in India, written yyyy-MM-dd.
func DateOf(t time.Time) Time { return wire.DateOf(t) }

// India is the zone of every day and wall clock of the API: UTC+05:30.
var India = wire.India
