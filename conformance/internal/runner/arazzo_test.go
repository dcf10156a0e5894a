package runner

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// writtenFlows writes a case file as Arazzo and reads it again.
func writtenFlows(t *testing.T, arazzo Arazzo, file string) arazzoDocument {
	t.Helper()
	set, err := loadFile(t, file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := arazzo.Write(set)
	if err != nil {
		t.Fatal(err)
	}
	var document arazzoDocument
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document
}

// twoSteps is a case that gets a customer after it has added one. The second
// step expects the given fields.
func twoSteps(fields ...string) string {
	return caseHead + `      - call: Customers.Add
        operation: addUpdateCustomer
        sample: customers/add-2024.request.json
        set: {/customer_info/remarks: 'on ${today}'}
        expect: {response: CustomerUpserted}
        save: {customer: /customer/customer_id, message: /message}
      - call: Customers.Get
        sample: customers/get-2024.request.json
        set: {/0/kapture_customer_id: '${customer}'}
        expect:
          response: CustomerFound
          fields:
            ` + strings.Join(fields, "\n            ") + "\n"
}

func TestArazzoExpectsWhatACaseExpects(t *testing.T) {
	for _, row := range []struct {
		field     string
		condition string // "" where a filter cannot say it
	}{
		{field: `/status: success`, condition: `@['status'] == "success"`},
		{field: `/Customer Details/id: '${customer}'`,
			condition: `@['Customer Details']['id'] == {$steps.addUpdateCustomer1.outputs.customer}`},
		{field: `/Customer Details/contacts/0/age: 0`,
			condition: `value(@['Customer Details']['contacts'][0]['age']) == 0`},
		{field: `/Customer Details/contacts: {length: 2}`, condition: `length(@['Customer Details']['contacts']) == 2`},
		{field: `/a~1b: {present: true}`, condition: `@['a/b']`},
		{field: `/a: {present: false}`, condition: `!@['a']`},
		{field: `/a: {not: 1}`, condition: `@['a'] != 1`},
		{field: `/a: {matches: '^x$'}`, condition: `search(@['a'], "^x$")`},
		{field: `/a: {one_of: [null, b]}`, condition: `@['a'] == null || @['a'] == "b"`},
		{field: `/a: {contains: {/b: 1, /c: '${today}'}}`,
			condition: `@['a'][?@['b'] == 1 && @['c'] == {$inputs.today}]`},
		// What filters cannot compare: objects, parts of a text, and two types.
		{field: `/a: {equals: {b: 1}}`},
		{field: `/a: {one_of: [1, [2]]}`},
		{field: `/a: 'id ${customer}'`},
		{field: `/Customer Details/name: '${customer}'`},
	} {
		flows := writtenFlows(t, Arazzo{}, twoSteps(row.field)).Workflows
		var expected []arazzoCriterion
		if row.condition != "" {
			expected = []arazzoCriterion{{
				Context: "$response.body", Type: "jsonpath", Condition: "$[?" + row.condition + "]",
			}}
		}
		if got := flows[0].Steps[1].Criteria; !reflect.DeepEqual(got, expected) {
			t.Errorf("%s: expected %q, got %q", row.field, row.condition, got)
		}
	}
}

func TestArazzoSendsWhatACaseSends(t *testing.T) {
	flow := writtenFlows(t, Arazzo{Contract: "kapture.json"}, twoSteps("/status: success")).Workflows[0]
	added := flow.Steps[0]
	remarks, _ := lookUp(added.Body.Payload, "/customer_info/remarks")
	if remarks != "on {$inputs.today}" {
		t.Errorf("the first step sends %q", remarks)
	}
	if added.Outputs["customer"] != "$response.body#/customer/customer_id" {
		t.Errorf("the first step keeps %q", added.Outputs)
	}
	id, _ := lookUp(flow.Steps[1].Body.Payload, "/0/kapture_customer_id")
	if id != "$steps.addUpdateCustomer1.outputs.customer" {
		t.Errorf("the second step sends %q", id)
	}
	if _, needed := flow.Inputs["properties"].(map[string]any)["today"]; !needed {
		t.Errorf("the inputs lack the day: %v", flow.Inputs)
	}
	if flow.Live != "never" || flow.Parameters[0].Value != "Basic {$inputs.key}" {
		t.Errorf("x-live %q, key %q", flow.Live, flow.Parameters[0].Value)
	}
}

func TestArazzoExpectsDocumentedTexts(t *testing.T) {
	file := caseHead + goodStep + `        expect: {failure: not-found, http: 404}
` + goodStep
	criteria := writtenFlows(t, Arazzo{}, file).Workflows[0].Steps[0].Criteria
	expected := []arazzoCriterion{
		{Condition: "$statusCode == 404"},
		{Context: "$response.body", Type: "jsonpath",
			Condition: `$[?@['Customer Details'] == "Information given by you does not exist in our sytsem."]`},
	}
	if !reflect.DeepEqual(criteria, expected) {
		t.Errorf("expected %q, got %q", expected, criteria)
	}
}

// One response is a list of one.
func TestArazzoExpectsTextsInLists(t *testing.T) {
	file := caseHead + goodStep + `      - call: Legacy.PushOrder
        operation: pushOrder
        sample: orders/push-2019-20.request.json
        expect: {success: added, response: OrdersPushed}
`
	criteria := writtenFlows(t, Arazzo{}, file).Workflows[0].Steps[1].Criteria
	expected := []arazzoCriterion{{Context: "$response.body", Type: "jsonpath",
		Condition: `$[?value(@[0]['message']) == "Order Added Successfully"]`}}
	if !reflect.DeepEqual(criteria, expected) {
		t.Errorf("expected %q, got %q", expected, criteria)
	}
}

func TestArazzoGivesEachFlowAWorld(t *testing.T) {
	file := strings.Replace(twoSteps("/a: 1"), "name: a", "name: a-b", 1)
	flow := writtenFlows(t, Arazzo{Worlds: true}, file).Workflows[0]
	if flow.Parameters[0].Value != "Basic {$inputs.key}_a_b" {
		t.Errorf("the flow sends the key %q", flow.Parameters[0].Value)
	}
}

// What Arazzo or a client-made body cannot say is left out as a whole: half a
// flow would prove something else.
func TestArazzoLeavesCasesOut(t *testing.T) {
	for name, file := range map[string]string{
		"one step":             caseHead + goodStep,
		"another key":          caseHead + goodStep + goodStep + "        key: wrong\n",
		"served":               caseHead + goodStep + goodStep + "        serve: customers/get-2024.response.json\n",
		"a blank in a pointer": caseHead + goodStep + "        save: {a: /Customer Details/id}\n" + goodStep,
		"two requests":         caseHead + goodStep + goodStep + "        expect: {exchanges: 2}\n",
		"not JSON": caseHead + goodStep + `      - send: true
        raw: '{'
        invalid: broken JSON
        expect: {failure: not-found}
`,
	} {
		set, err := loadFile(t, file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if isFlow(set.contract, set.Cases[0]) {
			t.Errorf("%s: the case is written as a flow", name)
		}
	}
}

func TestArazzoInputsAreThoseOfTheWorkflows(t *testing.T) {
	var inputs map[string]any
	text := ArazzoInputs("test-a", time.Date(2024, time.January, 31, 20, 0, 0, 0, time.UTC))
	if err := json.Unmarshal([]byte(text), &inputs); err != nil {
		t.Fatal(err)
	}
	if inputs["today"] != "2024-02-01" || inputs["month"] != 1.0 || inputs["key"] != "test-a" {
		t.Errorf("the inputs are %v", inputs)
	}

	set := embedded(t)
	written, err := Arazzo{}.Write(set)
	if err != nil {
		t.Fatal(err)
	}
	var document arazzoDocument
	if err := yaml.Unmarshal(written, &document); err != nil {
		t.Fatal(err)
	}
	for _, flow := range document.Workflows {
		for _, name := range flow.Inputs["required"].([]any) {
			if _, given := inputs[name.(string)]; !given {
				t.Errorf("%s needs the input %s", flow.ID, name)
			}
		}
	}
}
