package mock

import (
	"cmp"
	"net/http"
)

// page is a part of a list, as indexes.
type page struct{ from, to int }

// page cuts a page out of so many records, by limit and offset. A request
// without a limit gets otherwise.
func (c *call) page(query fields, records, otherwise int) (page, error) {
	limit, err := c.count(query, "limit", otherwise)
	if err != nil {
		return page{}, err
	}
	offset, err := c.count(query, "offset", 0)
	if err != nil {
		return page{}, err
	}

	if c.fault.Kind == OverlappingPages {
		offset -= offset / max(limit, 1) // as if one record were inserted before every page
	}
	return c.fault.page(offset, limit, records), nil
}

// count reads a limit or an offset. A limit of 0 is rejected.
func (c *call) count(query fields, name string, otherwise int) (int, error) {
	s := query.text(name)
	if s == "" {
		return otherwise, nil
	}

	n, ok := number(s)
	if !ok || n < 0 || name == "limit" && n == 0 {
		return 0, c.ownFailure(http.StatusBadRequest, "%s is %q; it must be a number", name, clip(s))
	}
	return int(min(n, 1<<31)), nil
}

// page is the page that a faulty server gives in place of the one that was asked
// for.
func (f Fault) page(offset, limit, records int) page {
	switch f.Kind {
	case PageCap:
		limit = min(limit, cmp.Or(f.Size, 1))
	case RepeatingPages:
		offset = 0
	case ShortPages:
		if limit > 1 && offset/limit%2 == 1 {
			limit = (limit + 1) / 2
		}
	case RepeatedPage:
		if offset >= limit {
			offset -= limit
		}
	case ShortRepeat:
		if offset >= limit && offset > 0 {
			second := offset == limit
			offset--
			if second {
				limit = 1
			}
		}
	}

	from := min(offset, records)
	return page{from, min(from+limit, records)}
}
