package conformance

import (
	"cmp"
	"slices"
)

// The codes of findings. They are stable: a code keeps its meaning, and one
// that is no longer used is not used again for something else.
const (
	// JSON text, on either side.
	CodeJSONSyntax       = "json-syntax"
	CodeJSONTrailing     = "json-trailing-data"
	CodeJSONDuplicateKey = "json-duplicate-key"
	CodeJSONUnicode      = "json-invalid-unicode"
	CodeJSONControl      = "json-control-character"
	CodeJSONTooDeep      = "json-too-deep"

	// The body as a whole, on either side.
	CodeBodyTruncated   = "body-truncated"
	CodeBodyMissing     = "body-missing"
	CodeBodyUnexpected  = "body-unexpected"
	CodeBodyHTML        = "body-html"
	CodeBodyEncoding    = "body-encoding"
	CodeBodyForm        = "body-form"
	CodeContentType     = "content-type-undocumented"
	CodeContentTypeNone = "content-type-missing"
	CodeJSONMislabelled = "json-mislabelled"

	// Schema, on either side.
	CodeSchemaType       = "schema-type"
	CodeSchemaNull       = "schema-null"
	CodeSchemaRequired   = "schema-required"
	CodeSchemaEnum       = "schema-enum"
	CodeSchemaPattern    = "schema-pattern"
	CodeSchemaFormat     = "schema-format"
	CodeSchemaRange      = "schema-range"
	CodeSchemaLength     = "schema-length"
	CodeSchemaUnique     = "schema-unique"
	CodeSchemaUndeclared = "schema-undeclared"
	CodeSchemaAnyOf      = "schema-any-of"
	CodeSchemaNot        = "schema-not"
	CodeSchemaReadOnly   = "schema-read-only"
	CodeSchemaWriteOnly  = "schema-write-only"
	CodeTooManyFindings  = "too-many-findings"

	// The response.
	CodeStatusUndocumented = "status-undocumented"
	CodeStatusDefault      = "status-default"
	CodeResponseOther      = "response-other"
	CodeResponseStatus     = "response-status"
	CodeHeaderMissing      = "header-missing"
	CodeHeaderInvalid      = "header-invalid"

	// The request.
	CodeOperationUnknown      = "operation-unknown"
	CodeRequestMethod         = "request-method"
	CodeRequestPath           = "request-path"
	CodeParameterMissing      = "parameter-missing"
	CodeParameterInvalid      = "parameter-invalid"
	CodeParameterUndocumented = "parameter-undocumented"
	CodeCredentialMissing     = "credential-missing"
	CodeInvalidUnnoticed      = "invalid-unnoticed"

	// The contract and the expectation.
	CodeContractAmbiguous  = "contract-ambiguous"
	CodeExpectationUnknown = "expectation-unknown"

	// For programs that make the exchanges. The engine itself never reports
	// these.
	CodeNoResponse      = "no-response"
	CodeCaseExpectation = "case-expectation"
	CodeClientDecode    = "client-decode"
	CodeClientOutcome   = "client-outcome"

	// What a client does when its server has a bad day.
	CodeClientFailed        = "client-failed"
	CodeClientSilent        = "client-silent"
	CodeClientHung          = "client-hung"
	CodeClientCrashed       = "client-crashed"
	CodeClientFooled        = "client-fooled"
	CodeClientOutput        = "client-output"
	CodeClientRepeatedWrite = "client-repeated-write"
	CodeClientImpatient     = "client-impatient"
	CodeClientRedirected    = "client-redirected"
)

// Explanation says what a finding means and what to do about it.
type Explanation struct {
	Code    string `json:"code"`    // as findings have it
	Title   string `json:"title"`   // one line
	Meaning string `json:"meaning"` // in a few sentences
	// Fault says whose fault it is and what decides that.
	Fault string `json:"fault"`
	// Next is what to do.
	Next string `json:"next"`
}

// Explain returns what a code means. ok is false for an unknown code.
func Explain(code string) (explanation Explanation, ok bool) {
	i, ok := slices.BinarySearchFunc(explanations, code, func(e Explanation, code string) int {
		return cmp.Compare(e.Code, code)
	})
	if !ok {
		return Explanation{}, false
	}
	return explanations[i], true
}

// Codes lists every code, sorted.
func Codes() []string {
	codes := make([]string, len(explanations))
	for i, e := range explanations {
		codes[i] = e.Code
	}
	return codes
}
