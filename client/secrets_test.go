package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// If keys rotate, the response to one attempt may name the keys of the attempts
// before it. None of them is shown.
func TestKeysOfEarlierAttempts(t *testing.T) {
	var n atomic.Int32
	c := serveBare(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) <= 2 {
			w.WriteHeader(503)
			return
		}
		w.WriteHeader(401)
		_, _ = io.WriteString(w, `{"status":"failed","message":"not rotating-key-0, rotating-key-1 or rotating-key-2"}`)
	}, quick, client.WithTokenSource(func(context.Context, client.Operation) (string, error) {
		return fmt.Sprintf("rotating-key-%d", n.Load()), nil
	}))
	_, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
	e := is(t, err, client.ErrFailed)
	if strings.Contains(fmt.Sprint(e, string(e.Body)), "rotating") || strings.Count(e.Message, "[redacted]") != 3 {
		t.Errorf("a key of this call is in its error: %v, body %s", e, e.Body)
	}
}

// A jar may replace a cookie from one attempt to the next. No cookie of an earlier
// attempt is shown either.
func TestCookiesOfEarlierAttempts(t *testing.T) {
	var n atomic.Int32
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := serveBare(t, func(w http.ResponseWriter, _ *http.Request) {
		number := n.Add(1)
		http.SetCookie(w, &http.Cookie{Name: "session", Value: fmt.Sprintf("rotating-cookie-%d", number)})
		if number <= 2 {
			w.WriteHeader(503)
			return
		}
		w.WriteHeader(401)
		_, _ = io.WriteString(w, `{"status":"failed","message":"not rotating-cookie-1 or rotating-cookie-2"}`)
	}, quick, client.WithHTTPClient(&http.Client{Jar: jar}))
	_, err = c.Customers.Get(t.Context(), client.CustomerByID(1))
	e := is(t, err, client.ErrFailed)
	if strings.Contains(fmt.Sprint(e, string(e.Body)), "rotating") || strings.Count(e.Message, "[redacted]") != 2 {
		t.Errorf("a cookie of this call is in its error: %v, body %s", e, e.Body)
	}
}

// An error keeps the beginning of a large response, and no part of a credential
// at its end.
func TestErrorsOfLargeResponses(t *testing.T) {
	const most = 1 << 20
	units := map[string]string{"letters": "abcdef", "percent signs": "%41", "HTML": "&eacute;", "JSON": `\u00e9`}
	for name, unit := range units {
		body := `{"status":"failed","message":"x","page":"` + strings.Repeat(unit, 8<<20/len(unit)) + `"}`
		c := serve(t, responseWith(400, "application/json", body))
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
		e := is(t, err, client.ErrFailed)
		if e.Message != "x" || len(e.Body) != most || !strings.HasPrefix(body, string(e.Body)) {
			t.Errorf("%s: %v, %d bytes", name, e, len(e.Body))
		}
	}

	// A credential at, or across, the place where the body is cut off.
	for before := most - 40; before < most+10; before += 4 {
		body := "<" + strings.Repeat("x", before) + token + strings.Repeat("y", most)
		c := clientOver(t, func(*http.Request) (*http.Response, error) { return newResponse(400, body), nil })
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
		e := is(t, err, client.ErrFailed)
		rest := strings.TrimLeft(strings.TrimPrefix(string(e.Body), "<"), "x")
		if !strings.HasPrefix("[redacted]"+strings.Repeat("y", most), rest) {
			t.Errorf("after %d bytes, %q is left", before, rest)
		}
	}
}

// Cutting credentials out makes a text shorter. The beginning of a credential at
// the place where the text is cut off must not move into what is left.
func TestErrorsOfManyCredentials(t *testing.T) {
	for _, first := range []string{"", "x", "xxxxx", "xxxxxxxxxxx"} {
		body := "<" + first + strings.Repeat(token, 4<<20/len(token))
		c := clientOver(t, func(*http.Request) (*http.Response, error) { return newResponse(400, body), nil })
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
		e := is(t, err, client.ErrFailed)
		rest := strings.TrimPrefix(string(e.Body), "<"+first)
		if left := strings.ReplaceAll(rest, "[redacted]", ""); !strings.HasPrefix("[redacted]", left) {
			t.Errorf("%q is left of a credential", left)
		}
	}
}
