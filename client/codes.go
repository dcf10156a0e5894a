package client

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// DocumentedMessage is a failure that a page of the vendor prints.
type DocumentedMessage struct {
	Message    string // exactly as printed, misspellings and leading blanks too
	Prefix     bool   // Message is the beginning; what follows varies
	Code       Code
	Operations []Operation // whose pages print it
}

// DocumentedMessages lists every failure that the vendor's pages print, with the code that it gets. The list is the
// caller's.
func DocumentedMessages() []DocumentedMessage { return slices.Clone(messages) }

// classify finds the code of a refusal: by its text, which means the same at whatever operation it occurs, else by the
// HTTP status.
func classify(message string, status int) Code {
	for _, m := range messages {
		if m.Message == message || m.Prefix && strings.HasPrefix(message, m.Message) {
			return m.Code
		}
	}
	code := map[int]Code{http.StatusUnauthorized: ErrAuthKey, http.StatusForbidden: ErrForbidden,
		http.StatusNotFound: ErrNoSuchEndpoint, http.StatusTooManyRequests: ErrRateLimited}[status]
	if code == "" && status >= 500 {
		code = ErrServer
	}
	return cmp.Or(code, ErrFailed)
}
