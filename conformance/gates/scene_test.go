package gates

import (
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec"
)

// The key of every scene. No text that a program might print may contain this
// piece of it.
const (
	secretPiece = "s3cr3tPiece"
	sceneKey    = "test-acme-" + secretPiece
)

// day is the time at which everything in a scene happens.
func day() time.Time { return time.Date(2024, 5, 2, 12, 0, 0, 0, client.India) }

// resource limits the tests to one resource of the contract; "" is all. `make
// quick` sets it.
func resource() string { return os.Getenv("RESOURCE") }

// loaded returns the contract and its checker.
func loaded(t testing.TB) (*openapi3.T, *conformance.Checker) {
	t.Helper()
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	checker, err := theChecker()
	if err != nil {
		t.Fatal(err)
	}
	return doc, checker
}

var theChecker = sync.OnceValues(func() (*conformance.Checker, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, err
	}
	return conformance.NewChecker(doc)
})

// theCases are the conformance cases, without those that the runner serves itself.
var theCases = sync.OnceValues(func() (*runner.Set, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, err
	}
	checker, err := theChecker()
	if err != nil {
		return nil, err
	}
	return runner.Load(cases.FS, doc, checker, spec.FS)
})

// scene is an embedded Kapture in which one call is made.
type scene struct {
	*mock.Server
	world *mock.World
}

// newScene starts a Kapture whose clock does not move.
func newScene(options ...mock.Option) (*scene, error) {
	srv, err := mock.Start(append(options, mock.WithClock(day))...)
	if err != nil {
		return nil, err
	}
	return &scene{Server: srv, world: srv.World("acme")}, nil
}

// seed adds up to three customers and a ticket of each.
func (s *scene) seed(count int) error {
	emails := []string{"asha@example.com", "ravi@example.com", "meera@example.com"}
	for i, email := range emails[:count] {
		n := i + 1
		_, err := s.world.AddCustomer(mock.Customer{
			Name:  fmt.Sprint("Customer ", n),
			Phone: fmt.Sprint("900000000", n),
			Email: email,
			Code:  "C-1",
		})
		if err != nil {
			return err
		}
		if _, err := s.world.AddTicket(mock.Ticket{Title: fmt.Sprint("Ticket ", n), Email: email}); err != nil {
			return err
		}
	}
	return nil
}

// client returns a client of the scene's world, and the transport that holds its
// connections.
func (s *scene) client(
	credential runner.Credential, options ...client.Option,
) (*client.Client, *http.Transport, error) {
	transport := &http.Transport{}
	all := []client.Option{client.WithBaseURL(s.URL), client.WithHTTPClient(&http.Client{Transport: transport})}
	all = append(all, runner.ClientOptions(credential)...)
	c, err := client.New("", append(all, options...)...)
	return c, transport, err
}

// options are those of a run of conformance cases in the scene. The same seed
// gives the same values in every scene.
func (s *scene) options(seed string) runner.Options {
	return runner.Options{BaseURL: s.URL, Keys: sceneKeys{}, Clock: day, Seed: seed, Transport: ownTransport}
}

// ownTransport sends the requests that prepare a call and look after it.
var ownTransport = http.DefaultTransport.(*http.Transport).Clone()

// sceneKeys give every case the same world.
type sceneKeys struct{}

func (sceneKeys) Key(_, state, _ string) (runner.Credential, string, bool) {
	switch state {
	case runner.KeyGood:
		return runner.Credential{Token: sceneKey}, "", true
	case runner.KeyPassword:
		return runner.Credential{User: sceneKey, Password: secretPiece}, "", true
	case runner.KeyAbsent:
		return runner.Credential{}, "", true
	}
	return runner.Credential{Token: sceneKey + "-" + state}, "", true
}
