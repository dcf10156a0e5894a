package mock

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/kapture-community/kapture-go/spec"
)

// Paths and failure texts are read from the contract, so that they stand once.

// failure is one documented failure of an operation.
type failure struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Member  string `json:"member"`
	Status  string `json:"status"`
	HTTP    []int  `json:"http"`
}

func (f failure) answer(http int) answer {
	status := "status"
	if f.Member == "Message" {
		status = "Status"
	}
	return answer{http, object{{f.Member, f.Message}, {status, f.Status}}}
}

// contract is what the mock takes from the description.
type contract struct {
	operation map[string]string             // path -> operation
	failures  map[string]map[string]failure // operation -> name -> failure
}

var theContract = sync.OnceValues(readContract)

func readContract() (*contract, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, err
	}
	out := &contract{operation: map[string]string{}, failures: map[string]map[string]failure{}}
	for _, path := range doc.Paths.Keys() {
		op := doc.Paths.Value(path).Post
		if op == nil {
			continue
		}
		raw, err := json.Marshal(op.Extensions["x-failures"])
		if err != nil {
			return nil, fmt.Errorf("mock: x-failures of %s: %w", op.OperationID, err)
		}
		var listed []failure
		if err := json.Unmarshal(raw, &listed); err != nil {
			return nil, fmt.Errorf("mock: x-failures of %s: %w", op.OperationID, err)
		}
		named := map[string]failure{}
		for _, f := range listed {
			named[f.Name] = f
		}
		out.operation[path] = op.OperationID
		out.failures[op.OperationID] = named
	}
	return out, nil
}

// knows says whether the contract has the operation.
func (c *contract) knows(operation string) bool {
	_, ok := c.failures[operation]
	return ok
}

func (c *contract) operations() []string { return slices.Sorted(maps.Values(c.operation)) }
