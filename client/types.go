package client

import (
	"time"

	"github.com/kapture-community/kapture-go/gen"
)

// Wire types: values that the API writes in more than one form. They keep the form that came.
type (
	ID   = gen.ID   // an identifier: number or text
	Flag = gen.Flag // a boolean: boolean or text
	Time = gen.Time // a moment, in any of the API's nine forms
)

// TextID is the identifier written as text, as every page's samples send it.
func TextID(s string) ID { return gen.TextID(s) }

// NumberID is the identifier written as a number.
func NumberID(n int64) ID { return gen.NumberID(n) }

// BoolFlag is the flag written as a boolean.
func BoolFlag(v bool) Flag { return gen.BoolFlag(v) }

// TextFlag is the flag written as text.
func TextFlag(v bool) Flag { return gen.TextFlag(v) }

// DateOf is t's day in India, written yyyy-MM-dd.
func DateOf(t time.Time) Time { return gen.DateOf(t) }

// India is the zone of every day and wall clock of the API: UTC+05:30.
var India = gen.India
