package cases

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
)

// contract is what the cases need of the contract: its operations with their
// uses and documented outcomes, its samples, and the engine that checks.
type contract struct {
	doc        *openapi3.T
	checker    *conformance.Checker
	samples    fs.FS // rooted at the samples' folder
	operations map[string]*operation
	hash       string
}

type operation struct {
	conformance.OperationInfo
	idempotent bool
	uses       []use
	failures   []outcome
	successes  []outcome
	statuses   map[string]bool // documented HTTP statuses
	answers    []string
}

// use is one of the several uses of one URL, from x-uses.
type use struct {
	Name       string `json:"name"`
	Generation string `json:"generation"`
	Request    string `json:"request"`
	Answer     string `json:"answer"`
}

func (u use) String() string { return u.Name + " (" + u.Generation + ")" }

// outcome is a documented failure or success, from x-failures or x-successes.
type outcome struct {
	Name    string `json:"name"`
	Code    string `json:"code"` // of a failure
	Message string `json:"message"`
	Pattern string `json:"pattern"`
	Member  string `json:"member"`
	Status  string `json:"status"`
	HTTP    []int  `json:"http"`
	Answer  string `json:"answer"`

	pattern *regexp.Regexp
}

// says reports whether a body carries the outcome's text.
func (o *outcome) says(body any) bool {
	if list, ok := body.([]any); ok && len(list) > 0 {
		body = list[0] // one page answers a list of one
	}
	text, ok := lookUp(body, joinPointer("", o.Member))
	message, isText := text.(string)
	if !ok || !isText {
		return false
	}
	if o.pattern != nil {
		return o.pattern.MatchString(message)
	}
	return message == o.Message
}

// readContract collects what the cases need.
func readContract(doc *openapi3.T, checker *conformance.Checker, specFS fs.FS) (*contract, error) {
	samples, err := fs.Sub(specFS, "samples")
	if err != nil {
		return nil, err
	}
	hash, err := hashOf(specFS)
	if err != nil {
		return nil, err
	}
	c := &contract{hash: hash, doc: doc, checker: checker, samples: samples, operations: map[string]*operation{}}
	for _, info := range checker.Operations() {
		item := doc.Paths.Value(info.Path)
		if item == nil {
			return nil, fmt.Errorf("cases: the contract names %s without a path item", info.Path)
		}
		declared := item.GetOperation(strings.ToUpper(info.Method))
		op := &operation{OperationInfo: info, statuses: map[string]bool{}, answers: checker.Answers(info.ID)}
		for status := range declared.Responses.Map() {
			op.statuses[status] = true
		}
		for extension, target := range map[string]any{
			"x-idempotent": &op.idempotent, "x-uses": &op.uses, "x-failures": &op.failures, "x-successes": &op.successes,
		} {
			if err := readExtension(declared.Extensions, extension, target); err != nil {
				return nil, fmt.Errorf("cases: %s of %s: %w", extension, info.ID, err)
			}
		}
		for _, outcomes := range [][]outcome{op.failures, op.successes} {
			for i := range outcomes {
				if outcomes[i].Pattern == "" {
					continue
				}
				if outcomes[i].pattern, err = regexp.Compile(outcomes[i].Pattern); err != nil {
					return nil, fmt.Errorf("cases: pattern of %s at %s: %w", outcomes[i].Name, info.ID, err)
				}
			}
		}
		c.operations[info.ID] = op
	}
	return c, nil
}

// readExtension decodes an extension through JSON, so that what the loader
// adds to it (origins) is passed over.
func readExtension(extensions map[string]any, name string, target any) error {
	value, ok := extensions[name]
	if !ok {
		return nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, target)
}

func (c *contract) operationIDs() []string { return slices.Sorted(maps.Keys(c.operations)) }

// operationOf is the operation that a step of a case is about, nil if the
// contract has none of that name.
func (c *contract) operationOf(of *Case, step *Step) *operation {
	if step.Operation.Given() {
		return c.operations[step.Operation.Value]
	}
	return c.operations[of.Operation.Value]
}

func (o *operation) use(name, generation string) (use, bool) {
	for _, u := range o.uses {
		if u.Name == name && u.Generation == generation {
			return u, true
		}
	}
	return use{}, false
}

func (o *operation) failure(name string) (*outcome, bool) { return byName(o.failures, name) }
func (o *operation) success(name string) (*outcome, bool) { return byName(o.successes, name) }

func byName(outcomes []outcome, name string) (*outcome, bool) {
	for i := range outcomes {
		if outcomes[i].Name == name {
			return &outcomes[i], true
		}
	}
	return nil, false
}

func outcomeNames(outcomes []outcome) []string {
	names := make([]string, len(outcomes))
	for i := range outcomes {
		names[i] = outcomes[i].Name
	}
	return names
}

func (c *contract) sample(name string) ([]byte, error) {
	return fs.ReadFile(c.samples, name)
}

// sampleNames lists every sample, sorted.
func (c *contract) sampleNames() ([]string, error) {
	var names []string
	err := fs.WalkDir(c.samples, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(name, ".json") {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

func hashOf(specFS fs.FS) (string, error) {
	names, err := fs.Glob(specFS, "*.yaml")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range names { // Glob sorts
		raw, err := fs.ReadFile(specFS, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(raw), raw)
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))[:16], nil
}
