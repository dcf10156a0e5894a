package cases

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// A JSON pointer (RFC 6901) names a place in a body: /customer/customer_id,
// /message/0/id. "" is the whole body.

func splitPointer(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	if pointer[0] != '/' {
		return nil, fmt.Errorf("%q is no JSON pointer; it must begin with a slash, as in /customer/customer_id", pointer)
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
			if value, ok = parent[part]; !ok {
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

// setAt puts a value at pointer and returns the changed whole. Objects on the
// way are made where they lack; array elements must be there.
func setAt(whole any, pointer string, value any) (any, error) {
	parts, err := splitPointer(pointer)
	if err != nil {
		return nil, err
	}
	return setParts(whole, parts, pointer, value)
}

func setParts(whole any, parts []string, pointer string, value any) (any, error) {
	if len(parts) == 0 {
		return value, nil
	}
	switch parent := whole.(type) {
	case nil:
		return setParts(map[string]any{}, parts, pointer, value)
	case map[string]any:
		changed, err := setParts(parent[parts[0]], parts[1:], pointer, value)
		if err != nil {
			return nil, err
		}
		parent[parts[0]] = changed
		return parent, nil
	case []any:
		i, err := strconv.Atoi(parts[0])
		if err != nil || i < 0 || i > len(parent) {
			return nil, fmt.Errorf("%s: the array has no element %q; it has %d, counted from 0", pointer, parts[0], len(parent))
		}
		if i == len(parent) {
			parent = append(parent, nil)
		}
		if parent[i], err = setParts(parent[i], parts[1:], pointer, value); err != nil {
			return nil, err
		}
		return parent, nil
	}
	return nil, fmt.Errorf("%s: %q cannot be set inside a %s", pointer, parts[0], jsonvalue.Shape(whole))
}

// removeAt takes the value at pointer out and returns the changed whole.
func removeAt(whole any, pointer string) (any, error) {
	cut := strings.LastIndexByte(pointer, '/')
	if cut < 0 {
		return nil, fmt.Errorf("%q is no JSON pointer to a member; it must begin with a slash, as in /customer_name", pointer)
	}
	parent, ok := lookUp(whole, pointer[:cut])
	last, _ := splitPointer(pointer[cut:])
	if ok {
		switch parent := parent.(type) {
		case map[string]any:
			if _, ok := parent[last[0]]; ok {
				delete(parent, last[0])
				return whole, nil
			}
		case []any:
			if i, err := strconv.Atoi(last[0]); err == nil && i >= 0 && i < len(parent) {
				return setAt(whole, pointer[:cut], append(append([]any{}, parent[:i]...), parent[i+1:]...))
			}
		}
	}
	return nil, fmt.Errorf("%s: there is nothing to remove; name a member that the sample has", pointer)
}

// shapeOf describes a value without showing it.
func shapeOf(value any, present bool) string {
	if !present {
		return "absent"
	}
	return jsonvalue.Shape(value)
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, okX := new(big.Float).SetPrec(256).SetString(a.String()) // 70 digits: longer than any identifier
	y, okY := new(big.Float).SetPrec(256).SetString(b.String())
	return okX && okY && x.Cmp(y) == 0
}

func cloneJSON(value any) any {
	switch value := value.(type) {
	case map[string]any:
		clone := make(map[string]any, len(value))
		for name, member := range value {
			clone[name] = cloneJSON(member)
		}
		return clone
	case []any:
		clone := make([]any, len(value))
		for i, element := range value {
			clone[i] = cloneJSON(element)
		}
		return clone
	}
	return value
}
