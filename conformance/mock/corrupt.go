package mock

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// encoded is a response as JSON. An oversized one gets its padding while it is
// written, so that nobody has to hold it in memory.
type encoded struct {
	status       int
	body         []byte
	firstElement int // where the first element of the list ends; 0: there is no list
	pad          int // how many bytes of padding
	padAt        int
}

// encode writes the tree, with what a fault changes in it.
func (r response) encode(fault Fault) encoded {
	e := encoded{status: r.status}
	tree := whole(r.body)
	switch fault.Kind {
	case TruncatedBetweenElements:
		tree, _ = markFirst(tree, &e.firstElement)
	case FailureAfterList:
		tree = failAfter(tree)
	case PhantomElements:
		tree = withPhantoms(tree)
	case TextIdentifiers:
		tree = withTextIdentifiers(tree)
	}

	e.body = encode(tree)
	switch fault.Kind {
	case DuplicateKeys:
		e.body = insert(e.body, openingBrace(e.body), duplicate(tree))
	case InvalidUTF8:
		e.body = insert(e.body, innermost(tree, e.body), "\"mock\":\"\xff\xfe\",")
	case DeepNesting:
		levels := cmp.Or(fault.Size, 100_000)
		nested := strings.Repeat("[", levels) + strings.Repeat("]", levels)
		e.body = insert(e.body, innermost(tree, e.body), `"mock":`+nested+",")
	case Oversized:
		if at := innermost(tree, e.body); at >= 0 {
			e.body = insert(e.body, at, `"mock":"",`)
			e.pad = cmp.Or(fault.Size, 64<<20)
			e.padAt = at + len(`"mock":"`)
		}
	}
	return e
}

// insert puts text at an offset, or nowhere if the offset is below 0.
func insert(body []byte, at int, text string) []byte {
	if at < 0 || text == "" {
		return body
	}
	return slices.Concat(body[:at], []byte(text), body[at:])
}

// openingBrace returns the offset after the first brace, -1 if no object with
// fields begins there.
func openingBrace(body []byte) int {
	i := bytes.IndexByte(body, '{')
	if i < 0 || i+1 >= len(body) || body[i+1] == '}' {
		return -1
	}
	return i + 1
}

// duplicate is the outcome a second time, with the other value.
func duplicate(tree any) string {
	o, ok := tree.(object)
	if list, isList := tree.([]any); isList && len(list) > 0 {
		o, ok = list[0].(object)
	}
	if !ok || len(o) == 0 {
		return ""
	}

	for _, name := range []string{"status", "Status"} {
		if _, there := o.get(name); there {
			return string(appendText(nil, name)) + `:"failed",`
		}
	}
	return string(appendText(nil, o[0].name)) + `:null,`
}

// innermost returns the offset after the opening brace of the first element of
// the response's list, or of the response itself.
func innermost(tree any, body []byte) int {
	var end int
	if t, ok := markFirst(tree, &end); ok {
		encode(t) // sets end
		element := encode(firstElement(tree))
		if len(element) > len("{}") && element[0] == '{' {
			return end - len(element) + 1
		}
	}
	return openingBrace(body)
}

// markFirst marks the first element of the response's list. The list is the
// response itself, its message, or inside its message.
func markFirst(tree any, end *int) (any, bool) {
	switch t := tree.(type) {
	case []any:
		if len(t) > 0 {
			return append([]any{marked{t[0], end}}, t[1:]...), true
		}
	case object:
		for i, f := range t {
			if !mayHoldList(f) {
				continue
			}
			if value, ok := markFirst(f.value, end); ok {
				out := slices.Clone(t)
				out[i].value = value
				return out, true
			}
		}
	}
	return tree, false
}

func firstElement(tree any) any {
	switch t := tree.(type) {
	case []any:
		if len(t) > 0 {
			return t[0]
		}
	case object:
		for _, f := range t {
			if !mayHoldList(f) {
				continue
			}
			if element := firstElement(f.value); element != nil {
				return element
			}
		}
	}
	return nil
}

func mayHoldList(f field) bool {
	_, isList := f.value.([]any)
	return isList || f.name == "message"
}

// failAfter turns a success into a failure that follows everything else.
func failAfter(tree any) any {
	o, ok := tree.(object)
	if !ok {
		return tree
	}

	out := object{}
	for _, f := range o {
		if f.name != "status" && f.name != "Status" {
			out = append(out, f)
		}
	}
	return append(out, field{"status", "failed"})
}

// withPhantoms puts elements that are not records after the first record of the
// response's list.
func withPhantoms(tree any) any {
	switch t := tree.(type) {
	case []any:
		if len(t) > 0 {
			return slices.Insert(slices.Clone(t), 1, nil, any(object{}), 7, "none", false, any([]any{}))
		}
	case object:
		out := slices.Clone(t)
		for i, f := range t {
			if mayHoldList(f) {
				out[i].value = withPhantoms(f.value)
			}
		}
		return out
	}
	return tree
}

// withTextIdentifiers writes numbers whose names end in id as texts: id, cmId,
// customer_id, taskId.
func withTextIdentifiers(tree any) any {
	switch t := tree.(type) {
	case []any:
		out := make([]any, len(t))
		for i, element := range t {
			out[i] = withTextIdentifiers(element)
		}
		return out
	case object:
		out := slices.Clone(t)
		for i, f := range t {
			out[i].value = withTextIdentifiers(f.value)
			if strings.HasSuffix(strings.ToLower(f.name), "id") {
				out[i].value = numberAsText(out[i].value)
			}
		}
		return out
	}
	return tree
}

func numberAsText(v any) any {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case json.Number:
		return v.String()
	}
	return v
}
