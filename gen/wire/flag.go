package wire

import "encoding/json"

// Flag is a boolean that is written as a JSON boolean or as the text "true" or
// "false", with "" for one that is not set.
//
// Evidence, documented: "Pull Customer API by Date Range (2024)" sends
// isOrganisation as true, isIndividual as "true" and isChannelPartner as "",
// and says of all three that they accept a boolean; "Customer Pull API (2021)"
// returns cityPotential as "false" next to real booleans, and its table calls
// isExistingCustomer a String where its sample has a boolean.
//
// The zero value is an absent flag. It is written as "", as the 2024 sample
// writes a flag that is not set; false would say something else.
type Flag struct{ lit string }

// BoolFlag returns the flag that is written as the JSON boolean v.
func BoolFlag(v bool) Flag {
	if v {
		return Flag{"true"}
	}
	return Flag{"false"}
}

// TextFlag returns the flag that is written as the text "true" or "false".
func TextFlag(v bool) Flag {
	if v {
		return Flag{`"true"`}
	}
	return Flag{`"false"`}
}

// Bool returns the flag's value. known is false, and so is value, if there is
// none: absent, null, "", or a value that is not Valid ("TRUE", 1, "yes").
func (f Flag) Bool() (value, known bool) {
	s := f.String()
	return s == "true", s != ""
}

// String returns "true", "false", or "" if the value is not known.
func (f Flag) String() string {
	s := f.lit
	if t, ok := text(s); ok {
		s = t
	}
	switch s {
	case "true", "false":
		return s
	}
	return ""
}

// IsZero reports whether the flag is absent.
func (f Flag) IsZero() bool { return f.lit == "" }

// Valid reports whether the value is of a form that flags have: true, false,
// "true", "false", "", null, or absent.
func (f Flag) Valid() bool { return empty(f.lit) || f.String() != "" }

// Literal returns a copy of the JSON value, nil if the flag is absent.
func (f Flag) Literal() json.RawMessage { return literal(f.lit) }

// MarshalJSON returns the value as it was received, "" for the zero value.
func (f Flag) MarshalJSON() ([]byte, error) { return encoded(f.lit), nil }

// UnmarshalJSON keeps any JSON value. It fails only on bytes that are not one.
func (f *Flag) UnmarshalJSON(data []byte) (err error) {
	f.lit, err = keep(data)
	return err
}
