package client

import "slices"

// DocumentedMessage is the text of a failure that a page of the vendor prints.
type DocumentedMessage struct {
	Message    string      // exactly as printed, with misspellings and leading spaces
	Prefix     bool        // Message is only the beginning; the rest varies
	Code       Code        // what errors.Is finds
	Operations []Operation // whose pages print it
}

// DocumentedMessages lists every failure that the vendor's pages print, with
// its code. Callers may change the list.
func DocumentedMessages() []DocumentedMessage {
	list := slices.Clone(messages)
	for i := range list {
		list[i].Operations = slices.Clone(list[i].Operations)
	}
	return list
}
