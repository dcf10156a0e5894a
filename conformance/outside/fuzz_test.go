package outside

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// odd are bodies that fit no operation, or only one that they are not sent to.
var odd = []string{
	``, `null`, `7`, `"x"`, `[]`, `{}`, `[{}]`, `[null]`, `[[]]`, `[{},{}]`,
	`{"customer_info":null}`,
	`{"customer_info":{"customer_name":{},"phone":[]}}`,
	`[{"customer_id":700000001,"kapture_customer_id":700000001,"customer_name":7,"name":true,"phone":9000000001,` +
		`"email":1.5,"email_id":2}]`,
	`{"customer_id":700000001,"kapture_customer_id":"700000001","customer_name":"\u0000\ud800","name":"<>&\u2028",` +
		`"phone":"6000000001","zone":"9223372036854775807","gender":"x"}`,
	`{"customer_info":{"customer_name":"A","phone":"1","customer_id":"700000001","organization":"true","zone":"2",` +
		`"address":"\"\\"},"contact_info":[{"contact_person_phone":1,"title":{}}]}`,
	`[{"title":{"a":1},"x":[{"y":[1,{"z":null}]}],"":{"":""},"ticket_id":713516551148,"sub_status":"CL",` +
		`"comment":"<script>"}]`,
	`[{"title":"T","email_id":"A","x":[{}],"y":{},"z":[]}]`,
	`{"ticket_ids":713516551148,"conversation_type":"notes"}`,
	`{"ticket_ids":"713516551148,713516551149","conversation_type":"chat"}`,
	`[{"start_date":"2000-01-01","end_date":"2999-12-31"}]`,
	`{"start_date":"2000-01-01 00:00:00","end_date":"2999-12-31 23:59:59"}`,
	`[{"customer_code":"1"}]`,
	`[{"start_date":"2024-04-19","end_date":"2024-04-19","limit":"1","offset":"1"}]`,
	`{"cm_id":1000298,"createStartDate":"2024-04-19","createEndDate":"2024-04-19","limit":"2"}`,
	`[{"category_id":5247,"start_index":"3","end_index":"1"}]`,
	`{"cmId":"1","name":"x"}`,
}

// sent is one request of FuzzResponsesFitTheContract.
type sent struct{ operation, key, body string }

const goodKey = "test-acme"

// world is the part of a test key that names its world.
var world = regexp.MustCompile(`^test-[^-]+`)

// sentFrom turns an exchange of the cases into a request to the world of goodKey.
func sentFrom(e exchange) sent {
	query, _ := url.ParseQuery(e.query)
	key, _ := strings.CutPrefix(e.header.Get("Authorization"), "Basic ")
	key = cmp.Or(key, query.Get("auth_key"))
	return sent{
		operation: e.Operation,
		key:       world.ReplaceAllString(key, goodKey),
		body:      cmp.Or(string(e.request), query.Get("ticket_fields")),
	}
}

// firstOf returns the first successful request of each operation that only reads,
// or of each that writes, in the order in which the cases send them.
func firstOf(contract *Contract, all []exchange, reads bool) []sent {
	var first []sent
	seen := map[string]bool{}
	for _, e := range all {
		s := sentFrom(e)
		succeeded := e.status == http.StatusOK && e.Invalid == "" && !strings.Contains(e.Component, "Failure")
		if contract.Operations[e.Operation].Idempotent != reads || !succeeded || s.key != goodKey || seen[e.Operation] {
			continue
		}
		seen[e.Operation] = true
		first = append(first, s)
	}
	return first
}

// Any request to any operation, with any key, gets a response that fits the
// contract, and so do the reads after it. Every input starts with the same
// records, so that an input that fails once fails again.
func FuzzResponsesFitTheContract(f *testing.F) {
	contract := load(f)
	operations := slices.Sorted(maps.Keys(contract.Operations))
	all := exchanges(f)
	writes := firstOf(contract, all, false)
	reads := firstOf(contract, all, true)
	if len(writes) < 5 || len(reads) < 5 {
		f.Fatalf("%d writes and %d reads", len(writes), len(reads))
	}

	seeds := map[sent]bool{}
	for _, e := range all {
		s := sentFrom(e)
		if !seeds[s] {
			f.Add(slices.Index(operations, s.operation), s.key, s.body)
		}
		seeds[s] = true
	}
	for i := range operations {
		for _, body := range odd {
			f.Add(i, goodKey, body)
		}
		f.Add(i, "", `[]`)
		f.Add(i, goodKey+"-forbidden", `{}`)
		f.Add(i, goodKey+"-only.nothing", `[{"customer_id":""}]`)
	}

	f.Fuzz(func(t *testing.T, which int, key, body string) {
		k, err := mock.New(mock.WithClock(now))
		if err != nil {
			t.Fatal(err)
		}
		made := sent{operations[max(which, 0)%len(operations)], key, body}
		for _, s := range slices.Concat(writes, []sent{made}, reads) {
			op := contract.Operations[s.operation]
			query := url.Values{"auth_key": {s.key}, "api_id": {"35"}, "ticket_fields": {s.body}}
			req := httptest.NewRequest(http.MethodPost, op.Path+"?"+query.Encode(), strings.NewReader(s.body))
			req.Header.Set("Authorization", "Basic "+s.key)
			recorder := httptest.NewRecorder()
			k.ServeHTTP(recorder, req)
			if err := contract.CheckResponse(op, recorder.Code, recorder.Body.Bytes()); err != nil {
				t.Errorf("%v\nresponse: %s\nrequest: %s", err, recorder.Body, fmt.Sprintf("%q", s))
			}
		}
	})
}
