// Package cors lets programs in browsers call a mock: the embedded Kapture and a
// recording that is served in its place.
package cors

import (
	"net/http"
	"slices"
	"strings"
)

// Origins are the origins whose pages may call, or "*" for every page. If it is
// empty, no page may call.
type Origins []string

// exposedHeaders are the headers that a program in a browser may read. The mock
// sends the first one. The next two come from the command, which checks requests
// before the mock responds.
var exposedHeaders = []string{
	"X-Kapture-Mock-Note", "X-Kapture-Mock-Check", "X-Kapture-Mock-Finding", "Retry-After", "Location", "Allow",
}

// Preflight writes the headers that a browser expects, and reports whether the
// request only asks for them.
func (o Origins) Preflight(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || len(o) == 0 {
		return false
	}

	header := w.Header()
	header.Add("Vary", "Origin")
	if !slices.Contains(o, "*") && !slices.Contains(o, origin) {
		return false
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Expose-Headers", strings.Join(exposedHeaders, ", "))

	asks := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	if !asks {
		return false
	}
	header.Set("Access-Control-Allow-Methods", http.MethodPost)
	if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
		header.Set("Access-Control-Allow-Headers", names)
	}
	header.Set("Access-Control-Max-Age", "600")
	return true
}
