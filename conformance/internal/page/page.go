// Package page is what a mock or a proxy shows about itself in a browser: the
// exchanges as they end, with findings next to the JSON they are about, the
// coverage, the faults of a mock, and the contract.
//
// Everything is rendered here, by html/template, and works without the page's
// script, which adds new exchanges as they end (server-sent events), filters
// and reacts to keys. The page loads nothing from elsewhere.
package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/listen"
	"github.com/kapture-community/kapture-go/conformance/internal/reference"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// Path is the path below which the page is. No operation of Kapture has such a
// path.
const Path = "/__conformance/"

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// Config says what a page is about.
type Config struct {
	Command string // "mock" or "proxy"
	Version string
	// Target is the server after a proxy; empty for a mock.
	Target   string
	Document *openapi3.T
	Contract *contract.Contract
	// Coverage returns the coverage up to now.
	Coverage func() []report.Operation
	// Redact returns what may be shown of an exchange: everything but its
	// credentials.
	Redact func(conformance.Exchange) report.Traffic
	// HideValues shows shapes such as string(11) in place of values.
	HideValues bool
	// Remote lets other machines see the page.
	Remote bool
}

// Page serves the page of one server. It is safe for concurrent use.
type Page struct {
	config    Config
	ring      *ring
	templates *template.Template

	// The reference of the contract, which is written when it is first needed.
	reference  sync.Once
	written    *reference.Site
	notWritten error

	mu      sync.Mutex
	faults  Faults
	streams int
	ended   chan struct{}
	end     func()
}

// New makes a page without exchanges.
func New(config Config) (*Page, error) {
	ended := make(chan struct{})
	p := &Page{config: config, ring: newRing(), ended: ended, end: sync.OnceFunc(func() { close(ended) })}

	templates := template.New("page").Funcs(functions).Funcs(template.FuncMap{"link": p.linkOf})
	var err error
	p.templates, err = templates.ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("the page's templates: %w", err)
	}
	return p, nil
}

// OfferFaults lets the page switch the faults of a mock.
func (p *Page) OfferFaults(faults Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = faults
}

func (p *Page) offeredFaults() Faults {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults
}

// Close ends what the page streams, so that its server can end.
func (p *Page) Close() { p.end() }

// Routes adds what the page serves to mux.
func (p *Page) Routes(mux *http.ServeMux) {
	routes := map[string]http.HandlerFunc{
		"GET " + Path + "{$}":                p.live,
		"GET " + Path + "exchanges/{number}": p.exchange,
		"GET " + Path + "events":             p.events,
		"GET " + Path + "coverage":           p.coverage,
		"GET " + Path + "faults":             p.showFaults,
		"POST " + Path + "faults":            p.armFault,
		"POST " + Path + "faults/clear":      p.clearFaults,
		"GET " + contractPath:                p.contract,
		"GET " + Path + "assets/{name}":      p.asset,
	}
	// A page of another site can send forms here. The browser says so.
	sameOrigin := http.NewCrossOriginProtection()
	for pattern, handle := range routes {
		mux.Handle(pattern, p.guard(sameOrigin.Handler(handle)))
	}
}

// policy forbids content from elsewhere, inline scripts, and frames.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets the headers that every response has, and rejects a host that may
// not be this machine: a page of another site can make a browser send requests
// here under a name of that site, and would read the response.
func (p *Page) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")

		if !p.trusts(r.Host) {
			message := fmt.Sprintf("the host %q may be a name of another site; use the server's IP address", r.Host)
			http.Error(w, message, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// trusts reports whether the host of an address cannot be a name that somebody else gave to
// this machine's address: names in the DNS that anybody can own have a dot.
func (p *Page) trusts(address string) bool {
	host := listen.Host(address)
	if listen.IsLoopback(host) {
		return true
	}
	_, err := netip.ParseAddr(host)
	isIP := err == nil
	return p.config.Remote && (isIP || !strings.Contains(host, "."))
}

// frame is what every part of the page shows.
type frame struct {
	Config
	Title  string
	Here   string // the part: "live", "coverage" or "faults"
	Faults bool   // there are switches
	Armed  int
	Status int // of the response; 0 is 200
	Body   any
}

// show renders one part of the page.
func (p *Page) show(w http.ResponseWriter, name string, f frame) {
	f.Config = p.config
	if faults := p.offeredFaults(); faults != nil {
		f.Faults = true
		f.Armed = len(faults.Armed())
	}

	var text bytes.Buffer
	if err := p.templates.ExecuteTemplate(&text, name, f); err != nil {
		http.Error(w, "the page cannot be rendered: "+err.Error(), http.StatusInternalServerError)
		return
	}

	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if f.Status != 0 {
		w.WriteHeader(f.Status)
	}
	_, _ = w.Write(bytes.Map(report.Harmless, text.Bytes())) // the browser may have left
}

// missing says that there is nothing at an address, and why.
func (p *Page) missing(w http.ResponseWriter, here, message string) {
	p.show(w, "missing.html", frame{Title: "Not found", Here: here, Status: http.StatusNotFound, Body: message})
}

// contentTypes are those of the assets. They are fixed here, because the types that
// a machine is configured with may be wrong.
var contentTypes = map[string]string{
	"page.css": "text/css; charset=utf-8",
	"page.js":  "text/javascript; charset=utf-8",
	"icon.svg": "image/svg+xml",
}

func (p *Page) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	text, err := fs.ReadFile(assetFiles, "assets/"+name)
	if err != nil {
		http.NotFound(w, r)
		return
	}

	w.Header().Set("Content-Type", contentTypes[name])
	if name == "page.css" {
		text = append([]byte(report.Palette), text...)
	}
	_, _ = w.Write(text) //nolint:gosec // an embedded file
}
