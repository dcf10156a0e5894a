package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// wideRecord returns a contract with one wide record, as CRM responses have
// them, and a body of about 2 kB that fits it.
func wideRecord(tb testing.TB) (*openapi3.T, []byte) {
	tb.Helper()
	anyText := map[string]any{"type": "string"}
	properties := map[string]any{}
	body := map[string]any{}
	for i := range 60 {
		name := fmt.Sprintf("someField%02d", i)
		switch i % 4 {
		case 0, 1:
			properties[name] = anyText
			body[name] = fmt.Sprintf("a text of usual length %d", i)
		case 2:
			properties[name] = map[string]any{"type": "integer", "format": "int64"}
			body[name] = 700000000 + i
		case 3:
			properties[name] = map[string]any{"type": "boolean"}
			body[name] = i%8 == 3
		}
	}

	object := func(properties map[string]any, required ...string) map[string]any {
		return map[string]any{"type": "object", "properties": properties, "required": required}
	}
	ref := func(name string) map[string]any { return map[string]any{"$ref": "#/components/schemas/" + name} }
	word := func(w string) map[string]any { return map[string]any{"type": "string", "enum": []string{w}} }
	contract := map[string]any{
		"openapi": "3.0.3", "info": map[string]any{"title": "t", "version": "1"},
		"paths": map[string]any{"/x": map[string]any{"post": map[string]any{
			"operationId": "x",
			"responses": map[string]any{"200": map[string]any{"description": "d", "content": map[string]any{
				"application/json": map[string]any{"schema": ref("Response")},
			}}},
		}}},
		"components": map[string]any{"schemas": map[string]any{
			"Response": map[string]any{"oneOf": []any{ref("Found"), ref("Failure")}},
			"Found":    object(map[string]any{"record": ref("Record"), "status": word("success")}, "record", "status"),
			"Failure":  object(map[string]any{"message": anyText, "status": word("failed")}, "message", "status"),
			"Record":   object(properties, "someField00", "someField01"),
		}},
	}

	raw, err := json.Marshal(contract)
	if err != nil {
		tb.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"status": "success", "record": body})
	if err != nil {
		tb.Fatal(err)
	}
	return doc, text
}

// BenchmarkCheck compares a whole check with kin-openapi's ValidateResponse
// of the same response, in one run.
func BenchmarkCheck(b *testing.B) {
	doc, body := wideRecord(b)
	b.Run("check", func(b *testing.B) {
		c, err := NewChecker(doc)
		if err != nil {
			b.Fatal(err)
		}
		ex := Exchange{Operation: "x", Expect: Expect{Response: "Found"}, Response: Response{
			Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body,
		}}
		if r := c.Check(b.Context(), ex); !r.OK() {
			b.Fatal(r.Findings)
		}
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			c.Check(b.Context(), ex)
		}
	})
	b.Run("kin", func(b *testing.B) {
		item := doc.Paths.Value("/x")
		input := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{
				Request: &http.Request{Method: http.MethodPost},
				Route: &routers.Route{
					Spec:      doc,
					Path:      "/x",
					PathItem:  item,
					Method:    http.MethodPost,
					Operation: item.Post,
				},
			},
			Status: 200, Header: http.Header{"Content-Type": {"application/json"}},
			Options: &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true},
		}
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			input.Body = io.NopCloser(bytes.NewReader(body))
			if err := openapi3filter.ValidateResponse(b.Context(), input); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			dec := json.NewDecoder(bytes.NewReader(body))
			dec.UseNumber()
			var v any
			if err := dec.Decode(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
