package client_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// If a response has an encoding that the client did not ask for, the error names
// the encoding.
func TestEncodingsThatWereNotAskedFor(t *testing.T) {
	for encoding, named := range map[string]bool{
		"br":       true,
		"zstd":     true,
		"deflate":  true,
		"x-gzip":   true,
		"identity": false,
		"":         false,
	} {
		for what, status := range map[string]int{"a success": 200, "a failure": 503} {
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if encoding != "" {
					w.Header().Set("Content-Encoding", encoding)
				}
				w.WriteHeader(status)
				_, _ = w.Write([]byte{0x8b, 0x02, 0x80, 0xff, 0x00})
			})
			_, get := c.Customers.Get(t.Context(), client.CustomerByID(7))
			_, errs := pullOneDay(t, c)
			errs = append(errs, get)
			if len(errs) != 2 {
				t.Errorf("%s in %q: errors %v", what, encoding, errs)
			}
			for _, err := range errs {
				says := strings.Contains(err.Error(), fmt.Sprintf("has the encoding %q", encoding))
				if says != named {
					t.Errorf("%s in %q: %v", what, encoding, err)
				}
			}
		}
	}
}

// If net/http cannot decompress a response, the error says so. It is an error even
// if only something after the gzip is wrong: that looks like a response that was
// cut.
func TestGzipThatIsDamaged(t *testing.T) {
	zipped := string(gzipped(added))
	for name, body := range map[string]string{
		"plain text":         added,
		"a line break after": zipped + "\n",
		"other data after":   zipped + strings.Repeat("x", 20),
	} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, body)
		})
		_, err := c.Customers.Add(t.Context(), somebody())
		e := is(t, err, client.ErrTruncated)
		if !e.OutcomeUnknown || !strings.Contains(e.Detail, "gzip") {
			t.Errorf("%s: %v", name, e)
		}
		_, errs := pullOneDay(t, c)
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), "gzip") {
			t.Errorf("%s: %v", name, errs)
		}
	}
}
