package runner

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/gen/jsontoken"
	kapture "github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
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

// operation is what the engine and the contract know of an operation.
type operation struct {
	conformance.OperationInfo
	described kapture.Operation
	failures  []outcome
	successes []outcome
	responses []string // components that a response may be
}

// outcome is a documented failure or success, from x-failures or x-successes.
type outcome struct{ kapture.Outcome }

// says reports whether a body has the outcome's text.
func (o *outcome) says(body any) bool {
	if list, ok := body.([]any); ok && len(list) > 0 {
		body = list[0] // one page returns a list of one
	}
	text, ok := lookUp(body, joinPointer("", o.Field))
	message, isText := text.(string)
	return ok && isText && o.Matches(message)
}

// mayHave reports whether a body may have the text of one of the outcomes. It
// reads only the top of the body and decodes nothing: nearly every response has no
// such text. Where decoding could change what is compared, it says yes.
func mayHave(body []byte, outcomes []outcome) bool {
	token := jsontoken.Next(body, 0)
	if token.Kind == jsontoken.BeginArray {
		token = jsontoken.Next(body, token.Stop)
	}
	if token.Kind != jsontoken.BeginObject {
		return false
	}

	at := token.Stop
	for {
		name := jsontoken.Next(body, at)
		if name.Kind == jsontoken.Comma {
			at = name.Stop
			continue
		}
		if name.Kind == jsontoken.EndObject || name.Kind == jsontoken.End {
			return false
		}

		colon := jsontoken.Next(body, name.Stop)
		isPlain := name.Kind == jsontoken.Text && name.Flags == 0 && colon.Kind == jsontoken.Colon
		if !isPlain {
			return true
		}
		value := jsontoken.Next(body, colon.Stop)
		isText := value.Kind == jsontoken.Text
		if isText && slices.ContainsFunc(outcomes, func(o outcome) bool { return o.mayBe(body, name, value) }) {
			return true
		}
		_, at = jsontoken.Value(body, colon.Stop)
	}
}

// mayBe reports whether a field of a body may have the text of the outcome.
func (o *outcome) mayBe(body []byte, name, value jsontoken.Token) bool {
	if string(inside(body, name)) != o.Field {
		return false
	}
	text := inside(body, value)
	isCertain := o.Pattern == "" && value.Flags == 0 && utf8.Valid(text)
	return !isCertain || string(text) == o.Message
}

// inside is a text without its quotes.
func inside(body []byte, text jsontoken.Token) []byte { return body[text.Start+1 : text.Stop-1] }

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
	described, err := fromdoc.Contract(doc)
	if err != nil {
		return nil, fmt.Errorf("conformance cases: %w", err)
	}

	c := &contract{hash: hash, doc: doc, checker: checker, samples: samples, operations: map[string]*operation{}}
	for _, info := range checker.Operations() {
		declared, known := described.ByID(info.ID)
		if !known {
			return nil, fmt.Errorf("conformance cases: the contract has no operation %s", info.ID)
		}
		c.operations[info.ID] = &operation{
			OperationInfo: info,
			described:     declared,
			failures:      outcomes(declared.Failures),
			successes:     outcomes(declared.Successes),
			responses:     checker.Responses(info.ID),
		}
	}
	return c, nil
}

func outcomes(described []kapture.Outcome) []outcome {
	var list []outcome
	for _, d := range described {
		list = append(list, outcome{d})
	}
	return list
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

// decodedSample returns a sample as a decoded JSON value.
func (c *contract) decodedSample(name string) (any, error) {
	raw, err := c.sample(name)
	if err != nil {
		return nil, err
	}
	value, err := jsonvalue.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("sample %s: %w", name, err)
	}
	return value, nil
}

// fits reports whether a body fits a component.
func (c *contract) fits(component string, body []byte, side conformance.Side) bool {
	return len(c.checker.CheckComponent(component, body, side).Findings) == 0
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
