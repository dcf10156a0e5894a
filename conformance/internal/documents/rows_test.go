package documents

import (
	"slices"
	"strings"
	"testing"
)

// The description of a row is kept, in each form of table: its first line.
func TestDescriptionsOfRows(t *testing.T) {
	for name, test := range map[string]struct {
		lines []string
		want  []string
	}{
		"a row a line": {
			lines: []string{
				"Name Mandatory Type Description",
				"phone Yes Text The phone of it",
				"size No The size",
				"colour No Text",
			},
			want: []string{"phone: The phone of it", "size: The size", "colour: "},
		},
		"a row a line, which ends as a title does": {
			lines: []string{
				"Name Mandatory Type Description",
				"Key Yes String The key of the configured API",
				"Size No Number The size of an API",
				"Host Required varchar Address of the API",
			},
			want: []string{
				"Key: The key of the configured API",
				"Size: The size of an API",
				"Host: Address of the API",
			},
		},
		"a row a line, by type": {
			lines: []string{"Parameter Data Type Description", "Due Date datetime When it ends (optional)"},
			want:  []string{"Due Date: When it ends (optional)"},
		},
		"bars": {
			lines: []string{"| Name | Type | Description |", "|---|---|---|", "| phone | Text | The phone of it |"},
			want:  []string{"phone: The phone of it"},
		},
		"a cell a line": {
			lines: []string{
				"NameMandatoryTypeDescription",
				"phone", "Yes", "Text", "The phone of it", "and more",
				"size", "No", "Number",
				"colour", "No", "Text", "Its colour",
			},
			want: []string{"phone: The phone of it", "size: ", "colour: Its colour"},
		},
		"a cell a line, in the middle": {
			lines: []string{"NameDescriptionMandatoryType", "phone", "The phone of it", "Yes", "Text"},
			want:  []string{"phone: The phone of it"},
		},
		"tags": {
			lines: []string{
				"<table><tr><th>Name</th><th>Type</th><th>Description</th></tr>" +
					"<tr><td>phone</td><td>Text</td><td>The <b>phone</b></td></tr></table>",
			},
			want: []string{"phone: The phone"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, fact := range readPage(t, strings.Join(test.lines, "\n")).Facts() {
				if fact.Kind == KindField {
					got = append(got, fact.Value+": "+fact.About)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
