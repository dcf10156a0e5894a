// Package gen holds the models of the Kapture API and a plain HTTP client for
// it. Both are generated from the contract. They send what they are given and
// decode nothing on their own: package client wraps them.
//
// In requests, texts, numbers and booleans are pointers, because an empty text
// is not an absent one. Identifiers, flags, times, lists and maps are values
// whose zero value is absent: an empty list that is not nil is sent.
// AdditionalProperties takes the tenant's own fields.
//
// Fields that come in more than one form have the types of package wire.
package gen
