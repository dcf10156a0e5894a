package mock_test

import (
	"fmt"
	"testing"
)

// contentIDs lists the questions of a window.
func (c caller) contentIDs(query string) []string {
	c.t.Helper()
	got := c.post("getFAQContents", "[{"+query+"}]")
	var out []string
	for _, x := range at(c.t, got.value, "message", "contents").([]any) {
		out = append(out, fmt.Sprint(at(c.t, x, "id")))
	}
	return out
}

func TestFAQWindows(t *testing.T) {
	_, c := start(t)
	tests := []struct {
		query string
		count int
		first string
	}{
		{query: `"category_id":"5247"`, count: 20, first: "18909"},
		{query: `"category_id":5247,"start_index":"20","end_index":"40"`, count: 5, first: "18929"},
		{query: `"category_id":"5247","start_index":"24","end_index":"25"`, count: 1, first: "18933"},
		{query: `"category_id":"5247","start_index":"25","end_index":"45"`},
		{query: `"category_id":"5247","start_index":"9","end_index":"3"`},
		{query: `"category_id":"5247","start_index":"30","end_index":"3"`},
		{query: `"category_id":"5248"`},
		{query: `"category_id":"1"`},
		{query: `"category_id":"5247","employee_id":"7"`},
		{query: `"category_id":"5247","start_date":"2001-01-01","end_date":"2001-01-02"`},
		{query: `"category_id":"5247","start_date":"2001-01-01","end_date":"2999-01-02"`, count: 20, first: "18909"},
		{query: `"category_id":"5247","start_index":"0","end_index":"9223372036854775807"`, count: 25, first: "18909"},
	}
	for _, test := range tests {
		got := c.contentIDs(test.query)
		if len(got) != test.count || test.count > 0 && got[0] != test.first {
			t.Errorf("%s gave %v, want %d from %s", test.query, got, test.count, test.first)
		}
	}
}

func TestRefusedFAQQueries(t *testing.T) {
	const badDays = "kapture mock: start_date and end_date must be two days, the first not after the second"
	_, c := start(t)
	for query, want := range map[string]string{
		``:                                       "kapture mock: category_id is missing",
		`"category_id":"5247","start_index":"x"`: `kapture mock: start_index is "x"; it must be a number`,
		`"category_id":"5247","start_date":"x"`:  badDays,
		`"category_id":false`:                    "Invalid Json.",
		`"category_id":[5247]`:                   "Invalid Json.",
		`"category_id":"5247","end_index":{}`:    "Invalid Json.",
	} {
		c.post("getFAQContents", "[{"+query+"}]").want(t, 400, failed(want))
	}
}

func TestAddedQuestions(t *testing.T) {
	srv, c := start(t)
	w := srv.World("acme")
	id, err := w.AddCategory("Inks", "Stationery")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddContent(id, "Q?", "A."); err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddContent(1, "Q?", "A."); err == nil {
		t.Error("a question was added to an unknown category")
	}

	if got := c.contentIDs(fmt.Sprintf(`"category_id":"%d"`, id)); len(got) != 1 {
		t.Errorf("the added category has %v", got)
	}
	if list := at(t, c.post("getFAQCategories", "").value, "message", "category").([]any); len(list) != 3 {
		t.Errorf("%d categories, want 3", len(list))
	}
}
