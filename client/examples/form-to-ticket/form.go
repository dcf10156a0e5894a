package main

import (
	"context"
	"crypto/rand"
	"html/template"
	"log/slog"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	patience  = 45 * time.Second // for Kapture's answers to one form
	largest   = 64 << 10         // bytes of a form
	remembers = 10_000           // forms whose outcome is kept
)

var pages = template.Must(template.New("").Parse(`{{define "head"}}<!doctype html><html lang="en"><meta charset="utf-8"><title>Contact us</title>
<meta name="viewport" content="width=device-width"><style>body{font:1rem/1.5 sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}
label{display:block;margin:.8rem 0}input,textarea{display:block;width:100%;font:inherit;padding:.4rem;box-sizing:border-box}</style>{{end}}
{{define "form"}}{{template "head"}}<h1>Contact us</h1>{{with .Fault}}<p role="alert"><strong>{{.}}</strong></p>{{end}}
<form method="post"><input type="hidden" name="reference" value="{{.Reference}}">
<label>Your name <input name="name" required maxlength="100" autocomplete="name" value="{{.Name}}"></label>
<label>E-mail address <input name="email" type="email" required maxlength="200" autocomplete="email" value="{{.Email}}"></label>
<label>Phone (optional) <input name="phone" type="tel" maxlength="20" autocomplete="tel" value="{{.Phone}}"></label>
<label>Subject <input name="title" required maxlength="200" value="{{.Title}}"></label>
<label>Message <textarea name="text" rows="8" maxlength="10000">{{.Text}}</textarea></label>
<button>Send</button></form>{{end}}
{{define "outcome"}}{{template "head"}}<h1>{{if .Added}}Thank you{{else if .Unknown}}We are not sure{{else}}That did not work{{end}}</h1>
{{if .Added}}<p>We have your message{{with .Ticket}}; its number is <strong>{{.}}</strong>{{end}}.</p>
{{else if .Unknown}}<p>Your message may have reached us, or not: no answer came. <strong>Please do not send it again</strong>; we look after it.</p>
{{else}}<p>Your message was not taken. Please try again later.</p>{{end}}
<p>Your reference is <strong>{{.Reference}}</strong>.</p>{{end}}`))

// form is the handler of the page.
type form struct {
	taker interface {
		take(context.Context, request) outcome
	}
	log *slog.Logger

	mu    sync.Mutex
	known map[string]func() outcome // by reference
	order []string                  // of their coming
}

func newForm(t *taker, log *slog.Logger) *form {
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
	r.Body = http.MaxBytesReader(w, r.Body, largest)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form did not arrive whole, or is too large", http.StatusBadRequest)
		return
	}
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	in := request{field("reference"), field("name"), field("email"), field("phone"), field("title"), field("text")}
	fault := ""
	if address, err := mail.ParseAddress(in.Email); err != nil || address.Address != in.Email {
		fault = "The e-mail address is not one."
	} else if in.Name == "" || in.Title == "" || in.Reference == "" || len(in.Reference) > 40 {
		fault = "Name and subject are needed."
	}
	if fault != "" {
		f.show(w, http.StatusBadRequest, "form", map[string]any{"Fault": fault, "Reference": in.Reference,
			"Name": in.Name, "Email": in.Email, "Phone": in.Phone, "Title": in.Title, "Text": in.Text})
		return
	}
	out, code := f.once(r.Context(), in), http.StatusCreated
	if out.Unknown {
		code = http.StatusAccepted
	} else if !out.Added {
		code = http.StatusBadGateway
	}
	f.show(w, code, "outcome", struct {
		outcome
		Reference string
	}{out, in.Reference})
}

// once takes a form that is sent again, by a second press of the button or a page that is loaded once more, only once:
// all get the outcome of the first. One that was surely not taken may be sent again.
func (f *form) once(ctx context.Context, in request) outcome {
	f.mu.Lock()
	take, again := f.known[in.Reference]
	if !again {
		take = sync.OnceValue(func() outcome {
			// A visitor who leaves must not cut off what is on its way.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer cancel()
			out := f.taker.take(ctx, in)
			if !out.Added && !out.Unknown { // once, so that nobody who hears of it later forgets the one that is sent then
				f.mu.Lock()
				defer f.mu.Unlock()
				delete(f.known, in.Reference)
				f.order = slices.DeleteFunc(f.order, func(reference string) bool { return reference == in.Reference })
			}
			return out
		})
		f.known[in.Reference] = take
		if f.order = append(f.order, in.Reference); len(f.order) > remembers {
			delete(f.known, f.order[0])
			f.order = f.order[1:]
		}
	}
	f.mu.Unlock()
	return take()
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
