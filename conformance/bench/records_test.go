package main

import (
	"encoding/json"
	"testing"
)

func TestRecords(t *testing.T) {
	cases := []struct {
		name    string
		records Records
		fields  int // more than the sample has
	}{
		{name: "plain"},
		{name: "spread", records: Records{Spread: true}},
		{name: "undeclared", records: Records{Undeclared: true}, fields: 3},
		{name: "fault", records: Records{Fault: true}},
	}
	plain := 0
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text, err := c.records.list(1000)
			if err != nil {
				t.Fatal(err)
			}
			var list struct {
				Message []map[string]any `json:"message"`
				Status  string           `json:"status"`
			}
			if err := json.Unmarshal(text, &list); err != nil {
				t.Fatal(err)
			}
			if plain == 0 {
				plain = len(list.Message[0])
			}

			ids := map[any]bool{}
			for _, record := range list.Message {
				ids[record["id"]] = true
				if len(record) < plain+c.fields {
					t.Fatalf("a record has %d fields, want %d", len(record), plain+c.fields)
				}
			}
			if len(ids) != 1000 || list.Status != "success" {
				t.Errorf("%d identifiers, status %q", len(ids), list.Status)
			}
			_, isText := list.Message[999]["name"].(string)
			if isText == c.records.Fault {
				t.Errorf("the last name is %v", list.Message[999]["name"])
			}
			if each := len(text) / 1000; each < 1900 || each > 2100 {
				t.Errorf("a record has %d bytes", each)
			}
		})
	}
}

func TestSpreadIdentifiersAreFarApart(t *testing.T) {
	r := Records{Spread: true}
	seen := map[int]bool{}
	for i := range 100_000 {
		seen[r.id(i)] = true
	}
	if len(seen) != 100_000 {
		t.Errorf("%d identifiers in place of 100,000", len(seen))
	}
	if near := r.id(1) - r.id(0); near < 1000 && near > -1000 {
		t.Errorf("neighbours are %d apart", near)
	}
}
