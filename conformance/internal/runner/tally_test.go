package runner

import (
	"testing"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	kapture "github.com/kapture-community/kapture-go/spec/contract"
)

// A body that mayHave rejects never has the text of a documented failure.
func TestMayHaveIsTrueWhereADocumentedFailureIs(t *testing.T) {
	outcomes := []outcome{
		{kapture.Outcome{Field: "message", Message: "Invalid Auth Key"}},
		{kapture.Outcome{Field: "Message", Pattern: "^[0-9]+ is invalid$"}},
		{kapture.Outcome{Field: "reason", Message: "€ \u2028 and \"quotes\""}},
	}
	tests := map[string]struct {
		body     string
		rejected bool // nothing is decoded
	}{
		"the text": {body: `{"message":"Invalid Auth Key"}`},
		"after others": {
			body: `{"a":{"message":1},"b":[{"c":"}"}],"n":-1.5, "message" : "Invalid Auth Key"}`,
		},
		"in a list of one":           {body: ` [ {"status":"failed","message":"Invalid Auth Key"} ]`},
		"a pattern":                  {body: `{"Message":"12 is invalid"}`},
		"no text of the pattern":     {body: `{"Message":"twelve is invalid"}`},
		"an escaped name":            {body: `{"\u006dessage":"Invalid Auth Key"}`},
		"an escaped text":            {body: `{"message":"\u0049nvalid Auth Key"}`},
		"escapes that are needed":    {body: `{"reason":"€ \u2028 and \"quotes\""}`},
		"the last of two counts":     {body: `{"message":"x","message":"Invalid Auth Key"}`},
		"a broken character":         {body: "{\"message\":\"\xff\"}"},
		"broken syntax":              {body: `{"message" "Invalid Auth Key"}`},
		"another text":               {body: `{"message":"success"}`, rejected: true},
		"the text under a name":      {body: `{"status":"Invalid Auth Key"}`, rejected: true},
		"the text further in":        {body: `{"a":{"message":"Invalid Auth Key"}}`, rejected: true},
		"the text in a second place": {body: `[{"a":1},{"message":"Invalid Auth Key"}]`, rejected: true},
		"no text":                    {body: `{"message":12}`, rejected: true},
		"a list of lists":            {body: `[[{"message":"Invalid Auth Key"}]]`, rejected: true},
		"a text only":                {body: `"Invalid Auth Key"`, rejected: true},
		"an empty object":            {body: `{}`, rejected: true},
		"an empty list":              {body: `[]`, rejected: true},
		"nothing":                    {body: ``, rejected: true},
		"the beginning":              {body: `{"a":`, rejected: true},
		"another beginning":          {body: `{"a":{"b":"c`, rejected: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := mayHave([]byte(test.body), outcomes); got == test.rejected {
				t.Errorf("mayHave is %v, want %v", got, !test.rejected)
			}
			body, err := jsonvalue.Decode([]byte(test.body))
			for _, o := range outcomes {
				if test.rejected && err == nil && o.says(body) {
					t.Errorf("the body has %q, and is rejected", o.Message)
				}
			}
		})
	}
}
