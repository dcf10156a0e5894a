package gates

import (
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// unwrapped are the operations that no method calls, and why.
var unwrapped = map[client.Operation]string{
	client.OpPushTicket: "its key and its JSON are in the query of the URL, which every machine on the way logs",
}

// noCalls are the methods of Client that send nothing.
var noCalls = []string{"BaseURL", "Format", "LogValue", "String"}

// interfaces are what a user's tests can put in the place of a service.
var interfaces = map[string]reflect.Type{
	"Customers": reflect.TypeFor[client.CustomersAPI](),
	"Tickets":   reflect.TypeFor[client.TicketsAPI](),
	"Orders":    reflect.TypeFor[client.OrdersAPI](),
	"FAQ":       reflect.TypeFor[client.FAQAPI](),
	"Enquiries": reflect.TypeFor[client.EnquiriesAPI](),
	"Products":  reflect.TypeFor[client.ProductsAPI](),
	"Legacy":    reflect.TypeFor[client.LegacyAPI](),
}

// The client's table of operations is the contract's, and each operation is
// authored in the file of its resource.
func TestOperationsAreTheContracts(t *testing.T) {
	_, checker := loaded(t)
	for _, op := range client.Operations() {
		described, known := contract.ByID(string(op.ID))
		if !known {
			t.Errorf("the client has %s, the contract does not: run make generate", op.ID)
			continue
		}
		expected := client.OperationInfo{
			ID:         op.ID,
			Resource:   described.Resource,
			Path:       described.Path,
			Idempotent: described.Idempotent,
		}
		if op != expected {
			t.Errorf("the client has %+v, the contract %+v: run make generate", op, expected)
		}

		info, _ := checker.Operation(described.ID)
		file, _, _ := strings.Cut(info.Location, ":")
		if path.Base(file) != described.Resource+".yaml" {
			t.Errorf("%s is in %s, and has the tag %s", op.ID, file, described.Resource)
		}
	}
	for _, op := range contract.Operations() {
		known := slices.ContainsFunc(client.Operations(),
			func(o client.OperationInfo) bool { return string(o.ID) == op.ID })
		if !known {
			t.Errorf("the contract has %s, the client does not: run make generate", op.ID)
		}
	}
}

// Every operation is called by a method, or listed with a reason.
func TestEveryOperationIsWrapped(t *testing.T) {
	for _, op := range client.Operations() {
		reason, listed := unwrapped[op.ID]
		methods := op.ID.Methods()
		switch {
		case len(methods) == 0 && !listed:
			t.Errorf("no method calls %s; write one in client/%s.go and run make generate, or give a reason in "+
				"unwrapped",
				op.ID, op.Resource)
		case len(methods) > 0 && listed:
			t.Errorf("unwrapped lists %s (%s), and %v call it", op.ID, reason, methods)
		case listed && reason == "":
			t.Errorf("unwrapped lists %s without a reason", op.ID)
		}
	}
	for id := range unwrapped {
		if _, known := contract.ByID(string(id)); !known {
			t.Errorf("unwrapped lists %s, which the contract does not have", id)
		}
	}
}

// Every exported method of a service calls an operation and is in the service's
// interface. Methods of Client itself send nothing, except Raw.
func TestEveryMethodIsListed(t *testing.T) {
	var listed []string
	for _, op := range client.Operations() {
		listed = append(listed, op.ID.Methods()...)
	}
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
			if name := field.Name + "." + method.Name; !slices.Contains(listed, name) {
				t.Errorf("no operation lists %s: run make generate", name)
			}
			if _, ok := api.MethodByName(method.Name); !ok {
				t.Errorf("%s has no %s", api, method.Name)
			}
		}
		if !field.Type.Implements(api) {
			t.Errorf("%s does not implement %s", field.Type, api)
		}
	}
	for method := range reflect.TypeFor[*client.Client]().Methods() {
		if method.Name != "Raw" && !slices.Contains(noCalls, method.Name) {
			t.Errorf("Client.%s is new: if it sends nothing, add it to noCalls", method.Name)
		}
	}
}
