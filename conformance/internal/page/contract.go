package page

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/kapture-community/kapture-go/conformance/internal/reference"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// contractPath is the path below which the contract is.
const contractPath = Path + "contract/"

// site writes the reference of the contract when it is first needed.
func (p *Page) site() (*reference.Site, error) {
	p.reference.Do(func() {
		around := []reference.Link{{Name: "Live", Address: Path}, {Name: "Coverage", Address: Path + "coverage"}}
		if p.offeredFaults() != nil {
			around = append(around, reference.Link{Name: "Faults", Address: Path + "faults"})
		}
		p.written, p.notWritten = reference.New(reference.Source{Document: p.config.Document, Around: around})
	})
	return p.written, p.notWritten
}

func (p *Page) contract(w http.ResponseWriter, r *http.Request) {
	site, err := p.site()
	if err != nil {
		http.Error(w, "the contract cannot be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	site.ServeHTTP(w, r)
}

// linkOf is the address of an operation or a schema of the contract, "" if there
// is none of this name.
func (p *Page) linkOf(name string) string {
	site, err := p.site()
	if err != nil || site.Link(name) == "" {
		return ""
	}
	return contractPath + site.Link(name)
}

// firstRequest is a command that sends a request to this server: the first
// operation of the contract that only reads, and needs no body.
func (p *Page) firstRequest(r *http.Request) string {
	needsNoBody := func(op contract.Operation) bool {
		item := p.config.Document.Paths.Value(op.Path)
		if item == nil || item.GetOperation(op.Method) == nil || !op.Idempotent {
			return false
		}
		body := item.GetOperation(op.Method).RequestBody
		return body == nil || !body.Value.Required
	}
	i := slices.IndexFunc(p.config.Contract.Operations, needsNoBody)
	if i < 0 {
		return ""
	}

	op := p.config.Contract.Operations[i]
	return fmt.Sprintf("curl -X %s http://%s%s \\\n  -H 'Authorization: Basic test-acme'", op.Method, r.Host, op.Path)
}

func sortedKeys[Map ~map[string]V, V any](m Map) []string { return slices.Sorted(maps.Keys(m)) }
