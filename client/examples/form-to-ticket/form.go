package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	maxWait     = 45 * time.Second // for Kapture's responses to one form
	maxFormSize = 64 << 10         // bytes
	maxOutcomes = 10_000           // forms whose outcome is remembered
)

//go:embed pages.html
var pageText string

var pages = template.Must(template.New("").Parse(pageText))

// ticketTaker makes a ticket of a request.
type ticketTaker interface {
	take(context.Context, request) outcome
}

// form is the handler of the page.
type form struct {
	taker ticketTaker
	log   *slog.Logger

	mu    sync.Mutex
	known map[string]func() outcome // by reference
	order []string                  // references, the oldest first
}

func newForm(t ticketTaker, log *slog.Logger) *form {
	return &form{taker: t, log: log, known: map[string]func() outcome{}}
}

func (f *form) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
	switch {
	case r.URL.Path != "/":
		http.NotFound(w, r)
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		f.show(w, http.StatusOK, "form", map[string]any{"Reference": rand.Text()})
	case r.Method == http.MethodPost:
		f.post(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "this is a form", http.StatusMethodNotAllowed)
	}
}

func (f *form) post(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormSize)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form did not arrive whole, or is too large", http.StatusBadRequest)
		return
	}
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	in := request{
		Reference: field("reference"),
		Name:      field("name"),
		Email:     field("email"),
		Phone:     field("phone"),
		Title:     field("title"),
		Text:      field("text"),
	}

	fault := in.fault()
	if fault != "" {
		f.show(w, http.StatusBadRequest, "form", struct {
			request
			Fault string
		}{in, fault})
		return
	}

	out := f.once(r.Context(), in)
	code := http.StatusBadGateway
	switch {
	case out.Unknown:
		code = http.StatusAccepted
	case out.Added:
		code = http.StatusCreated
	}
	f.show(w, code, "outcome", struct {
		outcome
		Reference string
	}{out, in.Reference})
}

// fault says what is wrong with a request, "" if nothing is.
func (r request) fault() string {
	for _, text := range []string{r.Reference, r.Name, r.Email, r.Phone, r.Title, r.Text} {
		// A client that sends another encoding would have its text changed.
		if !utf8.ValidString(text) {
			return "The form was not sent as UTF-8."
		}
	}

	address, err := mail.ParseAddress(r.Email)
	switch {
	case err != nil || address.Address != r.Email:
		return "The e-mail address is not valid."
	case r.Name == "" || r.Title == "":
		return "Name and subject are needed."
	case r.Reference == "" || len(r.Reference) > 40:
		return "The form is out of date. Please load it again."
	}
	return ""
}

// once takes a form once, although a visitor may press the button twice or load
// the page again: all of them get the outcome of the first. A form that was
// surely not accepted may be sent again.
func (f *form) once(ctx context.Context, in request) outcome {
	f.mu.Lock()
	take, known := f.known[in.Reference]
	if !known {
		take = sync.OnceValue(func() outcome { return f.take(ctx, in) })
		f.remember(in.Reference, take)
	}
	f.mu.Unlock()
	return take()
}

// take sends one form. A visitor who leaves does not interrupt what is in
// flight.
func (f *form) take(ctx context.Context, in request) outcome {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxWait)
	defer cancel()

	out := f.taker.take(ctx, in)
	if !out.Added && !out.Unknown {
		// Forgotten here, once: a visitor who learns of it later must not
		// remove the next attempt.
		f.forget(in.Reference)
	}
	return out
}

// remember keeps an outcome, and drops the oldest one if there are too many.
// The caller holds the mutex.
func (f *form) remember(reference string, take func() outcome) {
	f.known[reference] = take
	f.order = append(f.order, reference)
	if len(f.order) > maxOutcomes {
		delete(f.known, f.order[0])
		f.order = f.order[1:]
	}
}

func (f *form) forget(reference string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.known, reference)
	f.order = slices.DeleteFunc(f.order, func(other string) bool { return other == reference })
}

func (f *form) show(w http.ResponseWriter, code int, page string, data any) {
	var text strings.Builder
	if err := pages.ExecuteTemplate(&text, page, data); err != nil {
		f.log.Error("page", "error", err)
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text.String()))
}
