package client

import (
	"context"
	"encoding/json"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/rawjson"
)

// FAQService has the calls about frequently asked questions (2024). The path of Search FAQ Content, which the vendor's
// menu names, is not known.
type FAQService struct{ c *Client }

// FAQQuery says which contents are wanted.
type FAQQuery = gen.FAQQuery

// Categories returns all categories of questions, in Message.Category (observed: no page of this call could be read).
// It sends an empty form; the caller that was seen sends a session's cookie beside its key, so a tenant may want one:
// see [WithHTTPClient].
func (s *FAQService) Categories(ctx context.Context) (*FAQCategories, error) {
	x := newExchange(OpGetFAQCategories)
	x.contentType = "multipart/form-data; boundary=kapture-go-form"
	return call[FAQCategories](ctx, s.c, x, s.c.gen.GetFAQCategoriesWithBody, json.RawMessage("--kapture-go-form--\r\n"),
		due{members: []string{"message"}, statusless: true, more: func(r *reply) error {
			_, err := x.elements(rawjson.Member(r.members["message"], "category"))
			return err
		}})
}

// FAQOption narrows what Contents asks for by setting members of the query: the author (EmployeeID), the days of
// creation (StartDate, EndDate), the tenant's own. The category and the indexes are the call's own.
type FAQOption func(*FAQQuery)

// Contents yields the questions and answers of a category, whose id Categories gives, 20 at a time. Each is yielded
// once, by its id, as it comes; those that were yielded stay good when an error follows.
//
// Whether the last index belongs to a window is not documented, so the next window begins behind what came, and the
// last is the one that is empty. One that brings nothing new, unless it is the end of the one before, is
// [ErrRepeatedPage]. Errors are *[WindowError], with the index in Offset.
func (s *FAQService) Contents(ctx context.Context, categoryID string, opts ...FAQOption) iter.Seq2[*FAQContent, error] {
	var query gen.FAQQuery
	for _, opt := range opts {
		opt(&query)
	}
	if query.CategoryID = categoryID; strings.TrimSpace(categoryID) == "" {
		return only[FAQContent](invalid(OpGetFAQContents, "Contents needs the id of a category; Categories lists them"))
	}
	p := &puller[FAQContent, *FAQContent]{
		c: s.c, op: OpGetFAQContents, send: s.c.gen.GetFAQContentsWithBody, where: listing{path: []string{"message", "contents"}, id: "id", statusless: true}, limit: 20,
		request: func(_ time.Time, limit, offset int) any {
			window := query
			window.StartIndex, window.EndIndex = strconv.Itoa(offset), strconv.Itoa(offset+limit)
			return []gen.FAQQuery{window}
		},
	}
	return p.all(ctx)
}
