// Package gen holds the models of the Kapture API, a plain HTTP client for it,
// and the wire types that the models use where the API is of two minds.
//
// The models and the client are generated from the contract. They send what
// they are given and decode nothing on their own; package client wraps them.
//
// The wire types [ID], [Flag] and [Time] are written by hand. They stand only
// where there is evidence that one member comes in more than one form: an
// identifier as number and as text, a boolean as text, a date in one of nine
// forms. They share these rules:
//
//   - Decoding keeps the JSON value as it came and never fails. A value of a
//     form nobody has seen (an array where an id is due, 30 February) is kept
//     too: Valid reports false, the accessors return zero values, and the rest
//     of the answer is not lost because of it.
//   - Encoding gives back what came, byte for byte but for white space between
//     the tokens and for what encoding/json escapes in any value (<, > and &).
//   - The zero value is a member that was absent. IsZero reports it, so that
//     omitzero leaves it out; a null or an empty text that came is not zero and
//     goes out again. A zero value that must be written is written as "",
//     because that is how the vendor's samples send a value that is not there.
//   - Values are small, immutable, safe to copy and comparable. == compares the
//     JSON text: 12 and "12" differ under ==, as they do on the wire.
package gen
