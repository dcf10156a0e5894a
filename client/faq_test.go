package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestFAQCategories(t *testing.T) {
	d := newDesk(t,
		always(`{"message":{"category":[{"id":5247,"name":"Pens","parentCategoryName":"Stationery","sort":1},`+
			`{"id":"5248"}]}}`))
	got, err := d.FAQ.Categories(t.Context())
	is(t, err, "")
	list := got.Message.Category
	if len(list) != 2 || list[0].ID.String() != "5247" || list[1].ID.String() != "5248" ||
		list[0].ParentCategoryName != "Stationery" {
		t.Errorf("got %s", got)
	}
	if string(got.Undeclared()["/message/category/0/sort"]) != "1" {
		t.Errorf("undeclared %s", got.Undeclared())
	}

	// The request is a form that any parser accepts, and it is empty.
	kind, params, err := mime.ParseMediaType(d.requests()[0].header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Fatalf("%v: %q", err, d.requests()[0].header.Get("Content-Type"))
	}
	part, err := multipart.NewReader(strings.NewReader(d.requests()[0].body), params["boundary"]).NextPart()
	if !errors.Is(err, io.EOF) {
		t.Errorf("part %v, error %v", part, err)
	}
	if d.requests()[0].path != "/get-all-faq-categories.html" {
		t.Errorf("sent to %s", d.requests()[0].path)
	}

	for response, code := range map[string]client.Code{
		sampleOf(t, "faq/categories-observed.response.json"): "",
		`{"message":{"category":[]}}`:                        "",
		`{"message":{}}`:                                     client.ErrUnexpectedResponse,
		`{"message":{"category":null}}`:                      "",
		`{"message":{"category":{}}}`:                        client.ErrUnexpectedResponse,
		`{"message":null}`:                                   client.ErrUnexpectedResponse,
		`{"message":{"category":"none"}}`:                    client.ErrUnexpectedResponse,
		`{"message":[]}`:                                     client.ErrUnexpectedResponse,
		`{"message":"none"}`:                                 client.ErrTextResponse,
		`{}`:                                                 client.ErrUnexpectedResponse,
		sampleOf(t, "faq/contents-2024.response.invalid-auth-key.json"): client.ErrAuthKey,
	} {
		d := newDesk(t, always(response))
		_, err := d.FAQ.Categories(t.Context())
		is(t, err, code)
	}
}

// contentsOf returns the contents from start to end of a server that has n.
func contentsOf(start, end, n int) string {
	var list []string
	for id := max(start, 0); id < min(end, n); id++ {
		list = append(list, fmt.Sprintf(`{"id":%d,"title":"A question"}`, 18909+id))
	}
	return `{"message":{"contents":[` + strings.Join(list, ",") + `]},"status":"success"}`
}

func indexes(t *testing.T, body string) (start, end int) {
	t.Helper()
	var queries []client.FAQQuery
	if err := json.Unmarshal([]byte(body), &queries); err != nil || len(queries) != 1 {
		t.Errorf("%v in %s", err, body)
		return 0, 0
	}
	start, _ = strconv.Atoi(queries[0].StartIndex)
	end, _ = strconv.Atoi(queries[0].EndIndex)
	return start, end
}

// The page does not say whether the last index belongs to a window, where the
// first begins, or how many contents a window may have at most. In all cases no
// content is lost or repeated, and the client stops asking.
func TestFAQContentsWindows(t *testing.T) {
	for name, serve := range map[string]func(start, end, n int) string{
		"the end does not belong to it": func(start, end, n int) string { return contentsOf(start, end, n) },
		"the end belongs to it":         func(start, end, n int) string { return contentsOf(start, end+1, n) },
		"seven at most": func(start, end, n int) string {
			return contentsOf(start, min(end, start+7), n)
		},
		"they overlap by one":         func(start, end, n int) string { return contentsOf(start-1, end, n) },
		"the end is a number of them": func(start, end, n int) string { return contentsOf(start, start+end, n) },
	} {
		for _, n := range []int{0, 1, 5, 7, 19, 20, 21, 39, 40, 41, 43, 100} {
			d := newDesk(t, func(_ int, body string) string {
				start, end := indexes(t, body)
				return serve(start, end, n)
			})
			got, err := allOf(d.FAQ.Contents(t.Context(), client.TextID("5247")))
			// A server whose pages overlap cannot be told from one that repeats them.
			repeats := strings.Contains(name, "overlap") && errors.Is(err, client.ErrRepeatedPage)
			if !repeats {
				is(t, err, "")
			}
			for i, content := range got {
				if content.ID != client.NumberID(int64(18909+i)) {
					t.Fatalf("%s, %d contents: the %dth is %s", name, n, i, content)
				}
			}
			if len(got) != n || len(d.requests()) > n+3 {
				t.Errorf("%s: %d of %d contents in %d requests", name, len(got), n, len(d.requests()))
			}
		}
	}
}

func TestFAQContents(t *testing.T) {
	d := newDesk(t, always(sampleOf(t, "faq/contents-2024.response.cut.json")))
	got, err := allOf(d.FAQ.Contents(t.Context(), client.TextID("5247"), client.FAQFilter(func(q *client.FAQQuery) {
		q.EmployeeID = new("")
		q.CategoryID, q.StartIndex, q.EndIndex = "1", "7", "8" // are set by the call
	})))
	sameJSON(t, d.requests()[0].body, sampleOf(t, "faq/contents-2024.request.json"))
	if len(got) != 1 || got[0].ID != client.NumberID(18909) || d.requests()[0].path != "/get-faq-contents.html" {
		t.Errorf("got %v", got)
	}
	// This server always sends the same window.
	is(t, err, client.ErrRepeatedPage)
	if len(d.requests()) != 2 {
		t.Errorf("%d requests", len(d.requests()))
	}

	for response, code := range map[string]client.Code{
		sampleOf(t, "faq/contents-2024.response.invalid-auth-key.json"): client.ErrAuthKey,
		`{"message":{"contents":{}}}`:                                   client.ErrUnexpectedResponse,
		`{"message":{"contents":null}}`:                                 "",
		`{"message":{"contents":"none"},"status":"success"}`:            client.ErrUnexpectedResponse,
		`{"message":"none","status":"success"}`:                         client.ErrTextResponse,
		`{"message":{"contents":[{"id":1}]},"status":"failed"}`:         client.ErrFailed,
		`{"message":{"contents":[{"id":1},`:                             client.ErrTruncated,
		`{"message":{"contents":[` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `]},"status":"success"}`: client.ErrUndecodable,
		`{"message":{"contents":[{"id":1}]},"status":""}`:                                                           client.ErrUnexpectedResponse,
		`{"message":{"contents":[{"id":1}],"contents":[]},"status":"success"}`:                                      client.ErrUndecodable,
	} {
		d := newDesk(t, eachOf(contentsOf(0, 20, 20), response))
		got, err := allOf(d.FAQ.Contents(t.Context(), client.TextID("5247")))
		is(t, err, code)
		if code == "" {
			continue
		}
		w := (*client.WindowError)(nil)
		if !errors.As(err, &w) || w.Window.Offset != 20 || len(got) != 20+strings.Count(response, `{"id":1}`) {
			t.Errorf("%v after %d contents", err, len(got))
		}
	}

	d = newDesk(t, always(contentsOf(0, 20, 100)))
	for range d.FAQ.Contents(t.Context(), client.TextID("5247")) {
		break
	}
	_, err = allOf(d.FAQ.Contents(t.Context(), client.TextID(" ")))
	is(t, err, client.ErrInvalidRequest)
	if len(d.requests()) != 1 {
		t.Errorf("%d requests, want the one before the break", len(d.requests()))
	}
}

func TestFAQFlow(t *testing.T) {
	srv := mock.Run(t)
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken(srv.World("faq").Key()),
		client.WithoutRetry())
	is(t, err, "")
	categories, err := c.FAQ.Categories(t.Context())
	is(t, err, "")
	var sizes []int
	for _, category := range categories.Message.Category {
		contents, err := allOf(c.FAQ.Contents(t.Context(), category.ID))
		is(t, err, "")
		sizes = append(sizes, len(contents))
	}
	if !slices.Equal(sizes, []int{25, 0}) {
		t.Errorf("contents %v", sizes)
	}
	for _, kind := range []mock.Kind{mock.PageCap, mock.OverlappingPages} {
		srv.ClearFaults()
		is(t, srv.SetFault("getFAQContents", mock.Fault{Kind: kind, Size: 4}), "")
		contents, err := allOf(c.FAQ.Contents(t.Context(), client.TextID("5247")))
		is(t, err, "")
		if len(contents) != 25 {
			t.Errorf("%s: %d contents", kind, len(contents))
		}
	}
}
