package client_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// A response in an encoding that nobody asked for is named by it.
func TestEncodingsThatWereNotAskedFor(t *testing.T) {
	encodings := map[string]bool{
		"br":       true,
		"zstd":     true,
		"deflate":  true,
		"x-gzip":   true,
		"identity": false,
		"":         false,
	}
	for encoding, named := range encodings {
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
			_, pull := pullOneDay(t, c)
			for _, err := range append(pull, get) {
				says := strings.Contains(err.Error(), fmt.Sprintf("has the encoding %q", encoding))
				if says != named {
					t.Errorf("%s in %q: %v", what, encoding, err)
				}
			}
		}
	}
}

// What net/http cannot decompress is said to be that. It is refused, since what
// follows the gzip cannot be told from a response that was cut.
func TestGzipThatIsDamaged(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, added)
	_ = z.Close()
	for name, body := range map[string]string{
		"plain text":           added,
		"a line break after":   zipped.String() + "\n",
		"another member after": zipped.String() + strings.Repeat("x", 20),
	} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, body)
		})
		_, err := c.Customers.Add(t.Context(), somebody())
		if e := is(t, err, client.ErrTruncated); !e.OutcomeUnknown || !strings.Contains(e.Detail, "gzip") {
			t.Errorf("%s: %v", name, e)
		}
		_, errs := pullOneDay(t, c)
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), "gzip") {
			t.Errorf("%s: %v", name, errs)
		}
	}
}
