package main

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// isRedacted reports whether a finding is about a value of which a credential
// was cut out: what was there before is not known.
func isRedacted(ex conformance.Exchange, f conformance.Finding) bool {
	header := ex.Request.Header
	body := ex.Request.Body
	if f.Side == conformance.SideResponse {
		header = ex.Response.Header
		body = ex.Response.Body
	}

	kind, name, _ := strings.Cut(f.Part, " ")
	switch kind {
	case "query":
		address, err := url.Parse(ex.Request.URL)
		return err == nil && strings.Contains(address.Query().Get(name), redacted)
	case "header":
		return strings.Contains(header.Get(name), redacted)
	case "body":
		if plain, ok := inflate(codingOf(header), body); ok {
			body = plain
		}
		value, err := jsonvalue.Decode(body)
		if err != nil {
			return string(body) == redacted
		}
		text, ok := valueAt(value, f.Pointer).(string)
		return ok && strings.Contains(text, redacted)
	}
	return false
}

// valueAt returns the value at a JSON pointer, nil if there is none.
func valueAt(value any, pointer string) any {
	if pointer == "" {
		return value
	}
	for _, step := range strings.Split(pointer[1:], "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch parent := value.(type) {
		case map[string]any:
			value = parent[step]
		case []any:
			at, err := strconv.Atoi(step)
			if err != nil || at < 0 || at >= len(parent) {
				return nil
			}
			value = parent[at]
		default:
			return nil
		}
	}
	return value
}
