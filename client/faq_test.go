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
	d := newDesk(t, always(`{"message":{"category":[`+
		`{"id":5247,"name":"Pens","parentCategoryName":"Stationery","sort":1},{"id":"5248"}]}}`))
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
}

// The request for categories is an empty form, of a kind that any parser accepts.
func TestFAQCategoriesRequest(t *testing.T) {
	d := newDesk(t, always(`{"message":{"category":[]}}`))
	_, err := d.FAQ.Categories(t.Context())
	is(t, err, "")
	request := d.requests()[0]
	if request.path != "/get-all-faq-categories.html" {
		t.Errorf("sent to %s", request.path)
	}
	kind, params, err := mime.ParseMediaType(request.header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Fatalf("%v: %q", err, request.header.Get("Content-Type"))
	}
	part, err := multipart.NewReader(strings.NewReader(request.body), params["boundary"]).NextPart()
	if !errors.Is(err, io.EOF) {
		t.Errorf("part %v, error %v", part, err)
	}
}

func TestFAQCategoriesOutcomes(t *testing.T) {
	for response, code := range map[string]client.Code{
		sampleOf(t, "faq/categories-observed.response.json"):            "",
		sampleOf(t, "faq/contents-2024.response.invalid-auth-key.json"): client.ErrAuthKey,
		`{"message":{"category":[]}}`:                                   "",
		`{"message":{"category":null}}`:                                 "",
		`{"message":{}}`:                                                client.ErrUnexpectedResponse,
		`{"message":{"category":{}}}`:                                   client.ErrUnexpectedResponse,
		`{"message":null}`:                                              client.ErrUnexpectedResponse,
		`{"message":{"category":"none"}}`:                               client.ErrUnexpectedResponse,
		`{"message":[]}`:                                                client.ErrUnexpectedResponse,
		`{"message":"none"}`:                                            client.ErrTextResponse,
		`{}`:                                                            client.ErrUnexpectedResponse,
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

// indexes reads the start and the end of a window from a request.
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

// The page does not say whether a window includes its last index, where the first
// window begins, or how many contents a window may have at most. In all cases no
// content is lost or repeated, and the client stops asking.
func TestFAQContentsWindows(t *testing.T) {
	for name, serve := range map[string]func(start, end, n int) string{
		"without the last index":  contentsOf,
		"with the last index":     func(start, end, n int) string { return contentsOf(start, end+1, n) },
		"seven at most":           func(start, end, n int) string { return contentsOf(start, min(end, start+7), n) },
		"windows overlap by one":  func(start, end, n int) string { return contentsOf(start-1, end, n) },
		"the end is their number": func(start, end, n int) string { return contentsOf(start, start+end, n) },
	} {
		for _, n := range []int{0, 1, 5, 7, 19, 20, 21, 39, 40, 41, 43, 100} {
			d := newDesk(t, func(_ int, body string) string {
				start, end := indexes(t, body)
				return serve(start, end, n)
			})
			got, err := allOf(d.FAQ.Contents(t.Context(), client.TextID("5247")))
			// A server whose windows overlap looks like one that repeats them.
			isRepeated := strings.Contains(name, "overlap") && errors.Is(err, client.ErrRepeatedPage)
			if !isRepeated {
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
	filter := client.FAQFilter(func(q *client.FAQQuery) {
		q.EmployeeID = new("")
		q.CategoryID = "1" // is overwritten by the call, as are the indexes
		q.StartIndex = "7"
		q.EndIndex = "8"
	})
	got, err := allOf(d.FAQ.Contents(t.Context(), client.TextID("5247"), filter))
	sameJSON(t, d.requests()[0].body, sampleOf(t, "faq/contents-2024.request.json"))
	if len(got) != 1 || got[0].ID != client.NumberID(18909) || d.requests()[0].path != "/get-faq-contents.html" {
		t.Errorf("got %v", got)
	}
	// This server always sends the same window.
	is(t, err, client.ErrRepeatedPage)
	if len(d.requests()) != 2 {
		t.Errorf("%d requests", len(d.requests()))
	}
}

// The error of a window that fails names the window. What was read before it is
// yielded.
func TestFAQContentsOutcomes(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	for response, code := range map[string]client.Code{
		sampleOf(t, "faq/contents-2024.response.invalid-auth-key.json"):        client.ErrAuthKey,
		`{"message":{"contents":null}}`:                                        "",
		`{"message":{"contents":{}}}`:                                          client.ErrUnexpectedResponse,
		`{"message":{"contents":"none"},"status":"success"}`:                   client.ErrUnexpectedResponse,
		`{"message":"none","status":"success"}`:                                client.ErrTextResponse,
		`{"message":{"contents":[{"id":1}]},"status":"failed"}`:                client.ErrFailed,
		`{"message":{"contents":[{"id":1},`:                                    client.ErrTruncated,
		`{"message":{"contents":[` + deep + `]},"status":"success"}`:           client.ErrUndecodable,
		`{"message":{"contents":[{"id":1}]},"status":""}`:                      client.ErrUnexpectedResponse,
		`{"message":{"contents":[{"id":1}],"contents":[]},"status":"success"}`: client.ErrUndecodable,
	} {
		d := newDesk(t, eachOf(contentsOf(0, 20, 20), response))
		got, err := allOf(d.FAQ.Contents(t.Context(), client.TextID("5247")))
		is(t, err, code)
		if code == "" {
			continue
		}
		w, ok := errors.AsType[*client.WindowError](err)
		if !ok || w.Window.Offset != 20 || len(got) != 20+strings.Count(response, `{"id":1}`) {
			t.Errorf("%v after %d contents", err, len(got))
		}
	}
}

func TestFAQContentsEndWithTheLoop(t *testing.T) {
	d := newDesk(t, always(contentsOf(0, 20, 100)))
	for range d.FAQ.Contents(t.Context(), client.TextID("5247")) {
		break
	}
	if len(d.requests()) != 1 {
		t.Errorf("%d requests, want the one before the break", len(d.requests()))
	}
}

func TestFAQContentsOfNoCategory(t *testing.T) {
	d := newDesk(t, always(contentsOf(0, 20, 100)))
	_, err := allOf(d.FAQ.Contents(t.Context(), client.TextID(" ")))
	is(t, err, client.ErrInvalidRequest)
	if len(d.requests()) != 0 {
		t.Errorf("%d requests", len(d.requests()))
	}
}

func TestFAQFlow(t *testing.T) {
	srv := mock.Run(t)
	c := dialMock(t, srv, "faq", client.WithoutRetry())
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
