package mock_test

import (
	"fmt"
	"testing"
)

func TestFAQWindows(t *testing.T) {
	srv, c := start(t)
	ids := func(body string) []string {
		var out []string
		for _, x := range at(t, c.post("getFAQContents", "[{"+body+"}]").value, "message", "contents").([]any) {
			out = append(out, fmt.Sprint(at(t, x, "id")))
		}
		return out
	}
	for body, want := range map[string]struct {
		n     int
		first string
	}{
		`"category_id":"5247"`: {20, "18909"},
		`"category_id":5247,"start_index":"20","end_index":"40"`:   {5, "18929"},
		`"category_id":"5247","start_index":"24","end_index":"25"`: {1, "18933"},
		`"category_id":"5247","start_index":"25","end_index":"45"`: {0, ""},
		`"category_id":"5247","start_index":"9","end_index":"3"`:   {0, ""},
		`"category_id":"5247","start_index":"30","end_index":"3"`:  {0, ""},
		`"category_id":"5248"`:                   {0, ""},
		`"category_id":"1"`:                      {0, ""},
		`"category_id":"5247","employee_id":"7"`: {0, ""},
		`"category_id":"5247","start_date":"2001-01-01","end_date":"2001-01-02"`:   {0, ""},
		`"category_id":"5247","start_date":"2001-01-01","end_date":"2999-01-02"`:   {20, "18909"},
		`"category_id":"5247","start_index":"0","end_index":"9223372036854775807"`: {25, "18909"},
	} {
		if got := ids(body); len(got) != want.n || want.n > 0 && got[0] != want.first {
			t.Errorf("%s gave %v, want %d from %s", body, got, want.n, want.first)
		}
	}
	for _, body := range []string{`{}`, `{"category_id":"5247","start_index":"x"}`, `{"category_id":"5247","start_date":"x"}`} {
		if got := c.post("getFAQContents", "["+body+"]"); got.status != 400 {
			t.Errorf("%s was answered %d %s", body, got.status, got.text)
		}
	}
	w := srv.World("acme")
	id, err := w.AddCategory("Inks", "Stationery")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddContent(id, "Q?", "A."); err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddContent(1, "Q?", "A."); err == nil {
		t.Error("a content was added to an unknown category")
	}
	if got := ids(fmt.Sprintf(`"category_id":"%d"`, id)); len(got) != 1 {
		t.Errorf("the added category has %v", got)
	}
	if list := at(t, c.post("getFAQCategories", "").value, "message", "category").([]any); len(list) != 3 {
		t.Errorf("%d categories", len(list))
	}
}
