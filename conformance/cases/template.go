package cases

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// kolkata is the clock that the records of Kapture are read on. It has had no
// summer time since 1945, so a fixed zone is exact.
var kolkata = time.FixedZone("IST", 5*60*60+30*60)

// placeholder is ${name} or ${name:number}.
var placeholder = regexp.MustCompile(`\$\{([A-Za-z0-9_.+-]+)(:number)?\}`)

// keyPlaceholder stands for the key itself, in a query string alone.
const keyPlaceholder = "${key}"

// vars are the values that placeholders of one case stand for.
type vars struct {
	seed  string
	name  string // the case
	start time.Time
	given map[string]string
	saved map[string]any
}

func newVars(seed, name string, start time.Time, given map[string]string) *vars {
	return &vars{seed: seed, name: name, start: start.In(kolkata), given: given, saved: map[string]any{}}
}

// dayForms are the placeholders for moments. Days are those of India.
var dayForms = map[string]func(time.Time) string{
	"today":     func(t time.Time) string { return t.Format(time.DateOnly) },
	"yesterday": func(t time.Time) string { return t.AddDate(0, 0, -1).Format(time.DateOnly) },
	"tomorrow":  func(t time.Time) string { return t.AddDate(0, 0, 1).Format(time.DateOnly) },
	"now":       func(t time.Time) string { return t.Format(time.DateTime) },
	"month":     func(t time.Time) string { return strconv.Itoa(int(t.Month()) - 1) }, // of calendar objects: January is 0
}

// uniques make values that no other case and no other run has, so that a live
// tenant's duplicate rules are not met by accident. Same seed, same values.
var uniques = map[string]func(n uint64) string{
	"phone": func(n uint64) string { return fmt.Sprintf("9%09d", n%1_000_000_000) },
	"email": func(n uint64) string { return fmt.Sprintf("conformance-%012x@example.com", n&0xffff_ffff_ffff) },
	"name":  func(n uint64) string { return fmt.Sprintf("Conformance %08x", n&0xffff_ffff) },
	"code":  func(n uint64) string { return fmt.Sprintf("CONF%010d", n%10_000_000_000) },
	"text":  func(n uint64) string { return fmt.Sprintf("conformance %012x", n&0xffff_ffff_ffff) },
}

// known says whether a placeholder has a meaning; saved are the names that
// earlier steps keep.
func known(name string, saved map[string]bool) bool {
	if _, ok := dayForms[name]; ok {
		return true
	}
	if kind, ok := strings.CutPrefix(name, "unique."); ok {
		kind, _, _ = strings.Cut(kind, ".") // unique.phone.2 is a second one
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
		for _, member := range value {
			names = append(names, placeholdersIn(member)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func wholePlaceholder(text string) bool {
	loc := placeholder.FindStringIndex(text)
	return loc != nil && loc[0] == 0 && loc[1] == len(text)
}

// fill puts values in the place of placeholders, in texts at any depth. The
// result is a text, unless the whole text is ${name:number}.
func (v *vars) fill(value any) (any, error) {
	switch value := value.(type) {
	case string:
		if match := placeholder.FindStringSubmatch(value); match != nil && match[0] == value && match[2] != "" {
			text, err := v.value(match[1])
			if err != nil {
				return nil, err
			}
			if !json.Valid([]byte(text)) {
				return nil, fmt.Errorf("%s is no number here", value)
			}
			return json.Number(text), nil
		}
		var failed error
		filled := placeholder.ReplaceAllStringFunc(value, func(match string) string {
			text, err := v.value(placeholder.FindStringSubmatch(match)[1])
			if err != nil && failed == nil {
				failed = err
			}
			return text
		})
		return filled, failed
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
		for name, member := range value {
			var err error
			if filled[name], err = v.fill(member); err != nil {
				return nil, err
			}
		}
		return filled, nil
	}
	return value, nil
}

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
