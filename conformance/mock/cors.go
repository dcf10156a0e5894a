package mock

import (
	"net/http"
	"slices"
	"strings"
)

// cors lets programs in browsers call the mock. The zero value lets none.
type cors struct {
	origins []string // or "*"
}

// exposedHeaders are those that a program in a browser may read. The second and
// the third are of the command, which checks requests before the mock responds.
var exposedHeaders = []string{
	NoteHeader, "X-Kapture-Mock-Check", "X-Kapture-Mock-Finding", "Retry-After", "Location", "Allow",
}

// preflight writes the headers that a browser expects, and reports whether the
// request only asks for them.
func (c cors) preflight(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || len(c.origins) == 0 {
		return false
	}

	header := w.Header()
	header.Add("Vary", "Origin")
	if !slices.Contains(c.origins, "*") && !slices.Contains(c.origins, origin) {
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
