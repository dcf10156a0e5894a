package runner

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// india is the time zone of Kapture's records.
var india = client.India

// placeholder is ${name} or ${name:number}.
var placeholder = regexp.MustCompile(`\$\{([A-Za-z0-9_.+-]+)(:number)?\}`)

// keyPlaceholder is the key itself. Only a query string may contain it.
const keyPlaceholder = "${key}"

// vars are the values of the placeholders of one case.
type vars struct {
	seed  string
	name  string // the case
	start time.Time
	given map[string]string
	saved map[string]any
	// showValues lets expectations show what the placeholders represent.
	showValues bool
}

func newVars(seed, name string, start time.Time, given map[string]string) *vars {
	return &vars{
		seed:  seed,
		name:  name,
		start: start.In(india),
		given: given,
		saved: map[string]any{},
	}
}

// dayForms are the placeholders for points in time. Days are those of India.
var dayForms = map[string]func(time.Time) string{
	"today":     func(t time.Time) string { return t.Format(time.DateOnly) },
	"yesterday": func(t time.Time) string { return t.AddDate(0, 0, -1).Format(time.DateOnly) },
	"tomorrow":  func(t time.Time) string { return t.AddDate(0, 0, 1).Format(time.DateOnly) },
	"now":       func(t time.Time) string { return t.Format(time.DateTime) },
	// In calendar objects January is 0.
	"month": func(t time.Time) string { return strconv.Itoa(int(t.Month()) - 1) },
}

// uniques make values that no other case and no other run has, so that no case
// breaks a live tenant's rules on duplicates by accident. The same seed gives the
// same values.
var uniques = map[string]func(n uint64) string{
	"phone": func(n uint64) string { return fmt.Sprintf("9%09d", n%1_000_000_000) },
	"email": func(n uint64) string { return fmt.Sprintf("conformance-%012x@example.com", n&0xffff_ffff_ffff) },
	"name":  func(n uint64) string { return fmt.Sprintf("Conformance %08x", n&0xffff_ffff) },
	"code":  func(n uint64) string { return fmt.Sprintf("CONF%010d", n%10_000_000_000) },
	"text":  func(n uint64) string { return fmt.Sprintf("conformance %012x", n&0xffff_ffff_ffff) },
}

// known reports whether a placeholder has a meaning. saved are the names under
// which earlier steps keep values.
func known(name string, saved map[string]bool) bool {
	if _, ok := dayForms[name]; ok {
		return true
	}

	if kind, ok := strings.CutPrefix(name, "unique."); ok {
		kind, _, _ = strings.Cut(kind, ".") // unique.phone.2 is another phone
		_, ok := uniques[kind]
		return ok
	}

	if name, ok := strings.CutPrefix(name, "given."); ok {
		_, ok := mockGiven[name]
		return ok
	}
	return saved[name]
}

// placeholdersIn lists the placeholders in a JSON value.
func placeholdersIn(value any) []string {
	var names []string
	switch value := value.(type) {
	case string:
		for _, match := range placeholder.FindAllStringSubmatch(value, -1) {
			names = append(names, match[1])
		}
	case []any:
		for _, element := range value {
			names = append(names, placeholdersIn(element)...)
		}
	case map[string]any:
		for _, field := range value {
			names = append(names, placeholdersIn(field)...)
		}
	}

	slices.Sort(names)
	return slices.Compact(names)
}

// allMadeUp reports whether the run makes up the values of all these
// placeholders, so that none of them is a customer's.
func allMadeUp(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		_, isDay := dayForms[name]
		return !isDay && !strings.HasPrefix(name, "unique.")
	})
}

// isPlaceholder reports whether the whole text is one placeholder.
func isPlaceholder(text string) bool {
	found := placeholder.FindString(text)
	return found != "" && found == text
}

// fill replaces placeholders by their values, in texts at any depth. The result
// for a text is a text, unless the whole text is ${name:number}.
func (v *vars) fill(value any) (any, error) {
	switch value := value.(type) {
	case string:
		return v.fillText(value)
	case []any:
		filled := make([]any, len(value))
		for i, element := range value {
			var err error
			if filled[i], err = v.fill(element); err != nil {
				return nil, err
			}
		}
		return filled, nil
	case map[string]any:
		filled := make(map[string]any, len(value))
		for name, field := range value {
			var err error
			if filled[name], err = v.fill(field); err != nil {
				return nil, err
			}
		}
		return filled, nil
	}
	return value, nil
}

func (v *vars) fillText(template string) (any, error) {
	match := placeholder.FindStringSubmatch(template)
	if match != nil && match[0] == template && match[2] != "" {
		text, err := v.value(match[1])
		if err != nil {
			return nil, err
		}
		if !json.Valid([]byte(text)) {
			return nil, fmt.Errorf("%s is not a number here", template)
		}
		return json.Number(text), nil
	}

	var failed error
	filled := placeholder.ReplaceAllStringFunc(template, func(match string) string {
		text, err := v.value(placeholder.FindStringSubmatch(match)[1])
		if err != nil && failed == nil {
			failed = err
		}
		return text
	})
	return filled, failed
}

// value returns the text of one placeholder.
func (v *vars) value(name string) (string, error) {
	if form, ok := dayForms[name]; ok {
		return form(v.start), nil
	}

	if kind, ok := strings.CutPrefix(name, "unique."); ok {
		base, _, _ := strings.Cut(kind, ".")
		if form, ok := uniques[base]; ok {
			hash := fnv.New64a()
			fmt.Fprintf(hash, "%s\x00%s\x00%s", v.seed, v.name, kind)
			return form(mix(hash.Sum64())), nil
		}
	}

	if given, ok := strings.CutPrefix(name, "given."); ok {
		if text, ok := v.given[given]; ok {
			return text, nil
		}
	}

	if value, ok := v.saved[name]; ok {
		return jsonvalue.Text(value), nil
	}
	return "", fmt.Errorf("${%s} has no value here", name)
}

// mix spreads the low entropy of an FNV hash over all bits.
func mix(n uint64) uint64 {
	n ^= n >> 33
	n *= 0xff51afd7ed558ccd
	n ^= n >> 33
	n *= 0xc4ceb9fe1a85ec53
	return n ^ n>>33
}
