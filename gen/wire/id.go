package wire

import (
	"encoding/json"
	"strconv"
)

// ID is an identifier that is written as a JSON number or as a JSON text: of a
// customer, a contact, an enquiry, a ticket, an order, an employee, an account.
// Neither form is changed, so that an identifier above 2^53, with leading zeros,
// "" or null is sent as it was received.
//
// Evidence, documented: "Update Customer API (2024)" sends customer_id as text
// and its response has it as a number; its table says Number. The same holds for
// "Get Customer API (2024)" and for the add, get and update pages of 2021.
// "Add Ticket API (2024)" returns a numeric id next to a ticketId of digits as
// text, "Order Push API (2019-20)" returns every id as text, "Pull Customer API by
// Date Range (2024)" calls cm_id a String and sends a number.
// Observed: production callers send an absent identifier as "" or as null.
//
// The zero value is an absent identifier. It is written as "", which is what
// the vendor's samples send for a customer_id, a contact_id or an order's id
// that is not there. No documented request has null, and 0 is only in filters
// that are numbers throughout.
type ID struct{ lit string }

// TextID returns the identifier that is written as the JSON text s. TextID("")
// is the empty text, which differs from the absent zero value in that omitzero
// does not leave it out.
func TextID(s string) ID { return ID{quote(s)} }

// NumberID returns the identifier that is written as the JSON number n.
func NumberID(n int64) ID { return ID{strconv.FormatInt(n, 10)} }

// String returns the identifier without the quotes of its JSON form. A whole
// number is written as digits only, 7.00000001E8 too, which is how Java prints a
// double. The text is empty if there is no identifier: absent, null, "", or a
// value that is not Valid.
func (id ID) String() string {
	if whole, ok := wholeNumber(id.lit); ok {
		return whole
	}
	s, _ := text(id.lit)
	return s
}

// Int64 returns the identifier as an integer. It reports false if that would lose
// something: no identifier, letters, leading zeros ("007"), or more than 64 bits.
// If it reports true, NumberID of the result is the Same.
func (id ID) Int64() (int64, bool) {
	s := id.String()
	if !integer(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

// Same reports whether both name the same thing: 12 and "12" do, "012" and 12
// do not. An identifier that names nothing (absent, null, "", not Valid) is the
// Same as no other, itself included, so that two records without one are never
// taken for one record.
func (id ID) Same(other ID) bool {
	s := id.String()
	return s != "" && s == other.String()
}

// IsZero reports whether the identifier is absent.
func (id ID) IsZero() bool { return id.lit == "" }

// Valid reports whether the value is of a form that identifiers have: a whole
// number, a text, null, or absent. 12.5, a boolean, an array or an object is not.
func (id ID) Valid() bool {
	if empty(id.lit) || id.lit[0] == '"' {
		return true
	}
	_, ok := wholeNumber(id.lit)
	return ok
}

// Literal returns a copy of the JSON value, nil if the identifier is absent.
func (id ID) Literal() json.RawMessage { return literal(id.lit) }

// MarshalJSON returns the value as it was received, "" for the zero value.
func (id ID) MarshalJSON() ([]byte, error) { return encoded(id.lit), nil }

// UnmarshalJSON keeps any JSON value. It fails only on bytes that are not one.
func (id *ID) UnmarshalJSON(data []byte) (err error) {
	id.lit, err = keep(data)
	return err
}
