// Package wire holds the types of fields that the API writes in more than one
// form: an identifier as a number or as a text, a boolean as a boolean or as a
// text, a date in one of twelve forms. They are written by hand, and used only
// where there is evidence that one field has more than one form, or that an
// identifier from a response is sent in a request. They share these rules:
//
//   - Decoding keeps the JSON value in its form and never fails. A value of a
//     form that nobody has seen (an array for an identifier, 30 February) is kept
//     too: Valid reports false, the accessors return zero values, and the rest of
//     the response is not lost because of it.
//   - Encoding returns the same bytes, except for white space between the tokens
//     and for what encoding/json escapes in any value (<, > and &).
//   - The zero value is a field that was absent. IsZero reports it, so that
//     omitzero leaves it out; a null or an empty text that was received is not
//     zero and is written again. A zero value that must be written is written as
//     "", because the vendor's samples send "" for a value that is not there.
//   - Values are small, immutable, safe to copy and comparable. == compares the
//     JSON text: 12 and "12" differ under ==, as they do on the wire.
//
// [EncodeObject] and [DecodeObject] are for the generated types that have
// further fields.
package wire
