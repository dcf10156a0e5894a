package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
	"github.com/kapture-community/kapture-go/gen"
)

// FAQService has the calls about frequently asked questions (2024). The path of
// Search FAQ Content, which the vendor's menu names, is unknown.
type FAQService struct{ c *Client }

// Categories returns all categories of questions, in Message.Category
// (observed: the page of this call could not be obtained). It sends an empty
// form. The caller that was observed sends a session cookie in addition to its
// key, so a tenant may need one: see [WithHTTPClient].
//
// No failure of this call is documented.
func (s *FAQService) Categories(ctx context.Context) (*FAQCategories, error) {
	return do[FAQCategories](ctx, s.c, &call{
		op:          OpGetFAQCategories,
		request:     gen.NewGetFAQCategoriesRequestWithBody,
		contentType: "multipart/form-data; boundary=kapture-go-form",
		body:        json.RawMessage("--kapture-go-form--\r\n"),
		expected:    expected{objects: []string{"message"}, statusOptional: true, check: hasCategories},
	})
}

// hasCategories rejects a response without the list of categories, and one with
// something else in it than categories.
func hasCategories(s *success) error {
	list := rawjson.Field(s.fields["message"], "category")
	if string(list) == "null" {
		s.notes = append(s.notes, nullList("message", "category"))
		return nil
	}
	if !bytes.HasPrefix(list, []byte("[")) {
		return s.noList()
	}

	n := 0
	for element := range rawjson.Elements(list) {
		if s.ctx.Err() != nil {
			return s.failure(s.ctx, s.ctx.Err())
		}
		at := fmt.Sprint("/message/category/", n)
		n++
		if !rawjson.HasFields(element) {
			return s.badElement(element, notRecord(at))
		}
		if id := idIn(rawjson.Field(element, "id")); !id.Valid() {
			return s.badElement(element, at+": its id cannot be read")
		}
	}
	return nil
}

// FAQFilter narrows what Contents asks for by setting fields of the query: the
// author (EmployeeID), the days of creation (StartDate, EndDate), or the
// tenant's own fields. Contents sets the category and the indexes itself.
func FAQFilter(set func(*FAQQuery)) PullOption {
	return func(o *pullOptions) { o.faq = append(o.faq, set) }
}

// faqPageSize is how many contents are asked for at a time.
const faqPageSize = 20

// Contents yields the questions and answers of a category; Categories returns
// the ids. It requests 20 at a time unless [WithPageSize] says otherwise. Each
// is yielded once, as it arrives; those that were yielded remain valid when an
// error follows. [FAQFilter] narrows what is requested. The options about days
// do not apply.
//
// Whether the last index belongs to a window is not documented, so the next
// window begins after the last record received, and the first empty window is
// the end. The error of a window is a *[WindowError], with the index in Offset.
//
// Documented failures: [ErrAuthKey].
func (s *FAQService) Contents(ctx context.Context, categoryID ID, opts ...PullOption) iter.Seq2[*FAQContent, error] {
	if strings.TrimSpace(categoryID.String()) == "" {
		return errorOnly[FAQContent](invalid(OpGetFAQContents, "Contents: empty category ID; Categories lists them"))
	}
	o := pullOptionsOf(opts)
	var query FAQQuery
	for _, set := range o.faq {
		set(&query)
	}
	query.CategoryID = textOf(categoryID)

	p := &puller[FAQContent, *FAQContent]{
		client:   s.c,
		options:  o,
		op:       OpGetFAQContents,
		request:  gen.NewGetFAQContentsRequestWithBody,
		pageSize: o.pageSizeOr(faqPageSize),
		list:     listing{path: []string{"message", "contents"}, idField: "id", statusOptional: true},
		body: func(w Window, pageSize int) any {
			page := query
			page.StartIndex = strconv.Itoa(w.Offset)
			page.EndIndex = strconv.Itoa(w.Offset + pageSize)
			return []FAQQuery{page}
		},
	}
	return p.all(ctx)
}
