package gates

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/spec"
)

// unwrapped are the operations that no method calls, and why.
var unwrapped = map[client.Operation]string{
	client.OpPushTicket: "its key and its JSON stand in the query of the URL, which gets into the logs of every machine on the way",
}

// noCalls are the methods of Client that send nothing.
var noCalls = []string{"BaseURL", "Format", "LogValue", "String"}

// interfaces are what tests of a user can put in the place of a service.
var interfaces = map[string]reflect.Type{
	"Customers": reflect.TypeFor[client.CustomersAPI](),
	"Tickets":   reflect.TypeFor[client.TicketsAPI](),
	"Orders":    reflect.TypeFor[client.OrdersAPI](),
	"FAQ":       reflect.TypeFor[client.FAQAPI](),
	"Enquiries": reflect.TypeFor[client.EnquiriesAPI](),
	"Products":  reflect.TypeFor[client.ProductsAPI](),
	"Legacy":    reflect.TypeFor[client.LegacyAPI](),
}

// fromContract is an operation as the contract has it.
type fromContract struct {
	path       string
	file       string // without its ending
	idempotent bool
	evidence   conformance.Class // the strongest
}

// loaded is the contract, and what checks by it.
func loaded(t *testing.T) (*openapi3.T, *conformance.Checker) {
	t.Helper()
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	checker, err := conformance.NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, checker
}

func contract(t *testing.T) map[client.Operation]fromContract {
	t.Helper()
	doc, checker := loaded(t)
	out := map[client.Operation]fromContract{}
	for _, path := range doc.Paths.Keys() {
		for _, op := range doc.Paths.Value(path).Operations() {
			info, _ := checker.Operation(op.OperationID)
			file, _, _ := strings.Cut(info.Location, ".yaml")
			c := fromContract{path: path, file: file[strings.LastIndex(file, "/")+1:], evidence: info.Evidence}
			c.idempotent, _ = op.Extensions["x-idempotent"].(bool)
			out[client.Operation(op.OperationID)] = c
		}
	}
	return out
}

// The client's table of operations is the contract's.
func TestOperationsAreTheContracts(t *testing.T) {
	contract := contract(t)
	for _, op := range client.Operations() {
		c, known := contract[op.ID]
		if !known {
			t.Errorf("the client has %s, the contract has not", op.ID)
			continue
		}
		if op.Path != c.path {
			t.Errorf("%s is at %s in the client, at %s in the contract", op.ID, op.Path, c.path)
		}
		if op.Idempotent != c.idempotent {
			t.Errorf("%s may be repeated: %v in the client, %v in the contract (x-idempotent)", op.ID, op.Idempotent, c.idempotent)
		}
		if op.Resource != c.file {
			t.Errorf("%s is one of %s in the client, of %s.yaml in the contract", op.ID, op.Resource, c.file)
		}
		delete(contract, op.ID)
	}
	for id := range contract {
		t.Errorf("the contract has %s, the client has not", id)
	}
}

// Every operation is called by a method, or listed with a reason.
func TestEveryOperationIsWrapped(t *testing.T) {
	wrapped := map[client.Operation]bool{}
	for _, m := range methods {
		wrapped[m.operation] = true
	}
	for id := range contract(t) {
		reason, listed := unwrapped[id]
		switch {
		case !wrapped[id] && !listed:
			t.Errorf("no method calls %s; write one, or say why in unwrapped", id)
		case wrapped[id] && listed:
			t.Errorf("%s is listed as called by no method (%s), and one calls it", id, reason)
		case listed && reason == "":
			t.Errorf("%s is called by no method for no reason", id)
		}
	}
	for id := range unwrapped {
		if _, known := contract(t)[id]; !known {
			t.Errorf("unwrapped lists %s, which the contract has not", id)
		}
	}
}

// Every method that calls is listed in methods, from where it is tried under
// every fault, and stands in its service's interface.
func TestEveryMethodIsListed(t *testing.T) {
	var exported []string
	for field := range reflect.TypeFor[client.Client]().Fields() {
		if !field.IsExported() {
			continue
		}
		api, ok := interfaces[field.Name]
		if !ok {
			t.Errorf("the service %s has no interface in interfaces", field.Name)
			continue
		}
		for method := range field.Type.Methods() {
			exported = append(exported, field.Name+"."+method.Name)
			if _, ok := api.MethodByName(method.Name); !ok {
				t.Errorf("%s has no %s", api, method.Name)
			}
		}
		if !field.Type.Implements(api) {
			t.Errorf("%s is no %s", field.Type, api)
		}
	}
	for method := range reflect.TypeFor[*client.Client]().Methods() {
		if !slices.Contains(noCalls, method.Name) {
			exported = append(exported, method.Name)
		}
	}
	for _, name := range exported {
		if _, listed := methods[name]; !listed {
			t.Errorf("%s is not in methods: say there which operation it calls, and how", name)
		}
	}
	for name := range methods {
		if !slices.Contains(exported, name) {
			t.Errorf("methods has %s, the client has not", name)
		}
	}
}
