package report

import (
	"bytes"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	rows := [][]string{
		{"CASE", "LIVE", "ABOUT"},
		{"add-customer", "never", "The body of the page adds a customer with a contact."},
		{"é", "", "Short."},
	}
	tests := map[string]struct {
		width int
		want  string
	}{
		"no limit": {0, `
CASE          LIVE   ABOUT
add-customer  never  The body of the page adds a customer with a contact.
é                    Short.
`},
		"a narrow terminal": {48, `
CASE          LIVE   ABOUT
add-customer  never  The body of the page adds a
                     customer with a contact.
é                    Short.
`},
		"a very narrow one": {32, `
CASE          LIVE   ABOUT
add-customer
    never, The body of the page
    adds a customer with a
    contact.
é                    Short.
`},
	}
	for name, test := range tests {
		if got := tableText(rows, test.width); got != test.want[1:] {
			t.Errorf("%s:\n%s\nwant:%s", name, got, test.want)
		}
	}

	var b bytes.Buffer
	if err := Table(&b, rows); err != nil || strings.Count(b.String(), "\n") != len(rows) {
		t.Errorf("for another program each row is one line: %v\n%s", err, &b)
	}
}
