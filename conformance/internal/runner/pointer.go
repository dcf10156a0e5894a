package runner

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// A JSON pointer (RFC 6901) names a place in a body: /customer/customer_id,
// /message/0/id. The empty pointer is the whole body.

func splitPointer(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	if pointer[0] != '/' {
		return nil, fmt.Errorf("%q is not a JSON pointer; it must begin with a slash, as in /customer/customer_id",
			pointer)
	}

	parts := strings.Split(pointer[1:], "/")
	for i, part := range parts {
		parts[i] = jsonvalue.Unescape(part)
	}
	return parts, nil
}

func joinPointer(base, part string) string {
	return base + "/" + jsonvalue.Escape(part)
}

// lookUp returns the value at pointer.
func lookUp(value any, pointer string) (found any, ok bool) {
	parts, err := splitPointer(pointer)
	if err != nil {
		return nil, false
	}

	for _, part := range parts {
		switch parent := value.(type) {
		case map[string]any:
			value, ok = parent[part]
			if !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(parent) {
				return nil, false
			}
			value = parent[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// setAt puts a value at pointer and returns the changed whole. It creates
// objects that are missing on the way, and at most one new array element.
func setAt(whole any, pointer string, value any) (any, error) {
	parts, err := splitPointer(pointer)
	if err != nil {
		return nil, err
	}
	whole, err = setParts(whole, parts, value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pointer, err)
	}
	return whole, nil
}

func setParts(whole any, parts []string, value any) (any, error) {
	if len(parts) == 0 {
		return value, nil
	}

	switch parent := whole.(type) {
	case nil:
		return setParts(map[string]any{}, parts, value)
	case map[string]any:
		changed, err := setParts(parent[parts[0]], parts[1:], value)
		if err != nil {
			return nil, err
		}
		parent[parts[0]] = changed
		return parent, nil
	case []any:
		i, err := strconv.Atoi(parts[0])
		if err != nil || i < 0 || i > len(parent) {
			return nil, fmt.Errorf("the array has no element %q; it has %d, counted from 0", parts[0], len(parent))
		}
		if i == len(parent) {
			parent = append(parent, nil)
		}
		if parent[i], err = setParts(parent[i], parts[1:], value); err != nil {
			return nil, err
		}
		return parent, nil
	}
	return nil, fmt.Errorf("%q cannot be set inside a %s", parts[0], jsonvalue.Shape(whole))
}

// removeAt removes the value at pointer and returns the changed whole.
func removeAt(whole any, pointer string) (any, error) {
	cut := strings.LastIndexByte(pointer, '/')
	if cut < 0 {
		const hint = "it must begin with a slash, as in /customer_name"
		return nil, fmt.Errorf("%q is not a JSON pointer to a field; %s", pointer, hint)
	}
	last, err := splitPointer(pointer[cut:])
	if err != nil {
		return nil, err
	}

	parent, _ := lookUp(whole, pointer[:cut])
	switch parent := parent.(type) {
	case map[string]any:
		if _, ok := parent[last[0]]; ok {
			delete(parent, last[0])
			return whole, nil
		}
	case []any:
		if i, err := strconv.Atoi(last[0]); err == nil && i >= 0 && i < len(parent) {
			return setAt(whole, pointer[:cut], slices.Concat(parent[:i], parent[i+1:]))
		}
	}
	return nil, fmt.Errorf("%s: there is nothing to remove; name a field that the sample has", pointer)
}
