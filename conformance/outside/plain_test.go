package outside

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/kapture-community/kapture-go/spec"
)

// TestWhatFitsTheContractFitsThePlainOne proves that the bundle for generators is
// only weaker than the contract: each sample and each body of the conformance
// cases that fits a schema of the contract fits that schema of the plain and the
// slim bundle. It tries every body with every schema, and every exchange with its
// operation.
func TestWhatFitsTheContractFitsThePlainOne(t *testing.T) {
	contract := load(t)
	recorded := exchanges(t)
	bodies := bodiesOf(t, recorded)

	for _, name := range []string{"kapture-plain.json", "kapture-slim.json"} {
		weaker, err := Load("../../spec/dist/" + name)
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, pointer := range schemasOf(t, name) {
			for _, body := range bodies {
				if contract.Check(pointer, body) != nil {
					continue
				}
				compared++
				if err := weaker.Check(pointer, body); err != nil {
					t.Errorf("%s: what fits %s of the contract does not fit here: %v\n%s", name, pointer, err, body)
				}
			}
		}
		if compared < len(bodies) {
			t.Errorf("%s: only %d of %d bodies fit a schema", name, compared, len(bodies))
		}

		for _, e := range recorded {
			if err := fitsStill(contract, weaker, e); err != nil {
				t.Errorf("%s: %s: what fits %s of the contract does not fit here: %v", name, e.Step, e.Operation, err)
			}
		}
		t.Logf("%s: %d bodies, %d fits compared", name, len(bodies), compared)
	}
}

// fitsStill reports why the request or the response of an exchange, if it fits its
// operation of the contract, does not fit that of the weaker bundle.
func fitsStill(contract, weaker *Contract, e exchange) error {
	op := contract.Operations[e.Operation]
	same, known := weaker.ByPath(e.path)
	if !known || same.ID != op.ID {
		return fmt.Errorf("no operation %s at %s", op.ID, e.path)
	}

	if op.Request != "" && contract.Check(op.Request, e.request) == nil {
		if err := weaker.Check(same.Request, e.request); err != nil {
			return fmt.Errorf("the request: %w", err)
		}
	}
	if contract.CheckResponse(op, e.status, e.response) == nil {
		if err := weaker.CheckResponse(same, e.status, e.response); err != nil {
			return fmt.Errorf("the response: %w", err)
		}
	}
	return nil
}

// bodiesOf returns each different body of the samples and of the exchanges of the
// conformance cases, and each different object inside one.
func bodiesOf(t *testing.T, recorded []exchange) [][]byte {
	t.Helper()
	seen := map[string]bool{}
	add := func(body []byte) {
		var value any
		if json.Unmarshal(body, &value) == nil {
			addParts(seen, value)
		}
	}

	samples, err := fs.Glob(spec.FS, "samples/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range samples {
		sample, err := spec.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		add(sample)
	}
	for _, e := range recorded {
		add(e.request)
		add(e.response)
	}

	var bodies [][]byte
	for _, body := range slices.Sorted(maps.Keys(seen)) {
		bodies = append(bodies, []byte(body))
	}
	return bodies
}

// addParts adds a value and all objects and lists inside it.
func addParts(seen map[string]bool, value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, child := range value {
			addParts(seen, child)
		}
	case []any:
		for _, child := range value {
			addParts(seen, child)
		}
	default:
		return
	}
	text, err := json.Marshal(value)
	if err == nil {
		seen[string(text)] = true
	}
}

// schemasOf lists the component schemas of a bundle that the contract has too.
func schemasOf(t *testing.T, name string) []string {
	t.Helper()
	raw, err := os.ReadFile("../../spec/dist/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var bundle struct {
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&bundle); err != nil {
		t.Fatal(err)
	}

	var pointers []string
	for _, component := range slices.Sorted(maps.Keys(bundle.Components.Schemas)) {
		pointers = append(pointers, Component(component))
	}
	return pointers
}
