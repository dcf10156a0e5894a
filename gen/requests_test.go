package gen_test

import (
	"cmp"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/wire"
)

// requests are types that callers fill, each with the JSON of its zero value:
// nothing, or only what is mandatory. A field that is written although nobody set
// it would erase what Kapture has.
var requests = []struct {
	zero any
	want string
}{
	{gen.LegacyContactRequest{}, `{"email":"","name":"","phone":""}`},
	{gen.ContactInfo{}, `{}`},
	{gen.CustomerEnquiry{}, `{}`},
	{gen.CustomerInfo{}, `{}`},
	{gen.CustomerLookup{}, `{}`},
	{gen.LegacyCustomerRequest{}, `{}`},
	{gen.CustomerQuery{}, `{"cm_id":"","createEndDate":"","createStartDate":""}`},
	{gen.CustomerSearch{}, `{"customer_id":""}`},
	{gen.CustomerRequest{}, `{"customer_info":{}}`},
	{gen.CustomerWindow{}, `{"end_date":"","start_date":""}`},
	{gen.EnquiryInfo{}, `{}`},
	{gen.EnquiryProduct{}, `{}`},
	{gen.EnquiryRequest{}, `{}`},
	{gen.FAQQuery{}, `{"category_id":"","end_index":"","start_index":""}`},
	{gen.LegacyCustomerAdd{}, `{"email":"","name":"","phone":""}`},
	{gen.LegacyCustomerUpdate{}, `{"customer_id":""}`},
	{gen.LegacyTicketFields{}, `{"due_date":"","ticket_details":"","title":"","type":""}`},
	{gen.OrderInfo{}, `{}`},
	{gen.OrderProduct{}, `{}`},
	{gen.LegacyOrderRequest{}, `{}`},
	{gen.OrderQuery{}, `{"cmId":""}`},
	{gen.OrderRequest{}, `{"customer_info":{}}`},
	{gen.ProductRequest{}, `{"name":""}`},
	{gen.TicketRequest{}, `{"title":""}`},
	{gen.TicketLookup{}, `{"ticket_ids":""}`},
	{gen.TicketQuery{}, `{}`},
	{gen.TicketUpdate{}, `{"sub_status":"","ticket_id":""}`},
	{gen.TicketWindow{}, `{"end_date":"","start_date":""}`},
}

func TestTheZeroValueOfARequestIsEmpty(t *testing.T) {
	for _, request := range requests {
		name := reflect.TypeOf(request.zero).Name()
		got, err := json.Marshal(request.zero)
		if err != nil || string(got) != request.want {
			t.Errorf("the zero value of %s is sent as %s (%v), want %s", name, got, err, request.want)
		}
	}
}

// The tag of a field decides whether its zero value is sent. In every type that
// callers fill, only the fields that the contract requires are.
func TestOnlyRequiredFieldsAreSentUnset(t *testing.T) {
	required := requiredFields(t)
	types := fieldsSentUnset(t)
	if len(types) < len(requests) {
		t.Errorf("found only %d types with AdditionalProperties", len(types))
	}
	for name, sent := range types {
		if !slices.Equal(sent, required[name]) {
			t.Errorf("%s sends %q when they are not set; the contract requires %q", name, sent, required[name])
		}
	}
}

// fieldsSentUnset lists, for each type that takes fields of the tenant, the names
// of the fields that are sent although they have their zero values.
func fieldsSentUnset(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "kapture.gen.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}

	types := map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		declared, isType := n.(*ast.TypeSpec)
		if !isType {
			return true
		}
		if structure, isStruct := declared.Type.(*ast.StructType); isStruct {
			sent, takesMore := sentUnset(structure)
			if takesMore {
				types[declared.Name.Name] = sent
			}
		}
		return true
	})
	return types
}

// sentUnset lists the fields of one type that are sent although they have their
// zero values, and reports whether the type takes fields of the tenant.
func sentUnset(structure *ast.StructType) (sent []string, takesMore bool) {
	sent = []string{}
	for _, field := range structure.Fields.List {
		if len(field.Names) == 1 && field.Names[0].Name == "AdditionalProperties" {
			takesMore = true
			continue
		}
		if field.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(field.Tag.Value)
		name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if !strings.Contains(options, "omit") {
			sent = append(sent, name)
		}
	}
	slices.Sort(sent)
	return sent, takesMore
}

// goName is an entry of the overlay that gives a schema another name in Go.
var goName = regexp.MustCompile(`target: \$\.components\.schemas\.(\w+)\n\s+update: \{x-go-name: (\w+)\}`)

// requiredFields lists the fields that the contract requires, by the schema's name
// in Go.
func requiredFields(t *testing.T) map[string][]string {
	t.Helper()
	overlay, err := os.ReadFile("overlay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	inGo := map[string]string{}
	for _, match := range goName.FindAllStringSubmatch(string(overlay), -1) {
		inGo[match[1]] = match[2]
	}

	bundle, err := os.ReadFile("../spec/dist/kapture.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]struct{ Required []string }
		}
	}
	if err := json.Unmarshal(bundle, &document); err != nil {
		t.Fatal(err)
	}
	required := map[string][]string{}
	for name, schema := range document.Components.Schemas {
		fields := slices.Clone(schema.Required)
		slices.Sort(fields)
		required[cmp.Or(inGo[name], name)] = fields
	}
	return required
}

// What is set is sent, empty values too.
func TestWhatIsSetIsSent(t *testing.T) {
	for name, test := range map[string]struct {
		request any
		want    string
	}{
		"an empty text": {gen.CustomerInfo{Remarks: new("")}, `{"remarks":""}`},
		"false":         {gen.CustomerInfo{Individual: new(false)}, `{"individual":false}`},
		"a number of 0": {
			gen.CustomerQuery{ZoneID: new(int64(0))},
			`{"cm_id":"","createEndDate":"","createStartDate":"","zone_id":0}`,
		},
		"an identifier":       {gen.CustomerInfo{CustomerID: wire.NumberID(7)}, `{"customer_id":7}`},
		"an empty identifier": {gen.CustomerInfo{CustomerID: wire.TextID("")}, `{"customer_id":""}`},
		"a flag that is false": {
			gen.CustomerQuery{IsIndividual: wire.BoolFlag(false)},
			`{"cm_id":"","createEndDate":"","createStartDate":"","isIndividual":false}`,
		},
		"an empty list": {
			gen.CustomerRequest{ContactInfo: []gen.ContactInfo{}},
			`{"contact_info":[],"customer_info":{}}`,
		},
		"an empty map": {gen.CustomerInfo{AdditionalFields: gen.TenantFields{}}, `{"additional_fields":{}}`},
		"a list": {
			gen.CustomerRequest{ContactInfo: []gen.ContactInfo{{}}},
			`{"contact_info":[{}],"customer_info":{}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(test.request)
			if err != nil || string(got) != test.want {
				t.Errorf("it is sent as %s (%v), want %s", got, err, test.want)
			}
		})
	}
}
