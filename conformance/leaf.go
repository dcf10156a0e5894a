package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// leaf holds the keywords of a schema that concern a value without what is
// nested in it. Numbers are compared exactly: as decimals, the way they are
// written, and not as float64.
type leaf struct {
	enum   *enum
	format *format

	min, max, multipleOf       *big.Rat
	exclusiveMin, exclusiveMax bool

	minLength, maxLength int // maxLength is -1 without a bound
	pattern              *regexp.Regexp
	patternText          string // as the contract has it

	minItems, maxItems int
	unique             bool

	minProps, maxProps int
}

// leafProblem is a keyword that a value breaks.
type leafProblem struct {
	keyword string
	message string
}

// leafOf prepares the keywords of a schema, or returns nil if there are none.
func leafOf(s *openapi3.Schema) (*leaf, error) {
	pattern, err := compilePattern(s.Pattern)
	if err != nil {
		return nil, err
	}

	l := &leaf{
		format:       formatOf(s),
		min:          ratOf(s.Min),
		max:          ratOf(s.Max),
		multipleOf:   ratOf(s.MultipleOf),
		exclusiveMin: s.ExclusiveMin.IsTrue(),
		exclusiveMax: s.ExclusiveMax.IsTrue(),
		minLength:    intOf(s.MinLength),
		maxLength:    boundOf(s.MaxLength),
		pattern:      pattern,
		patternText:  s.Pattern,
		minItems:     intOf(s.MinItems),
		maxItems:     boundOf(s.MaxItems),
		unique:       s.UniqueItems,
		minProps:     intOf(s.MinProps),
		maxProps:     boundOf(s.MaxProps),
	}

	if len(s.Enum) > 0 {
		l.enum = newEnum(s.Enum)
	}
	if l.limitsNothing() {
		return nil, nil
	}
	return l, nil
}

// enum holds the values that a schema lists.
type enum struct {
	texts  map[string]bool
	others map[string]bool // by canonical
}

func newEnum(values []any) *enum {
	e := &enum{texts: map[string]bool{}, others: map[string]bool{}}
	for _, v := range values {
		if text, ok := v.(string); ok {
			e.texts[text] = true
		} else {
			e.others[canonical(v)] = true
		}
	}
	return e
}

// lists reports whether a value is one of the enum.
func (e *enum) lists(value any) bool {
	if text, ok := value.(string); ok {
		return e.texts[text]
	}
	return len(e.others) > 0 && e.others[canonical(value)]
}

// limitsNothing reports whether no keyword limits a value.
func (l *leaf) limitsNothing() bool {
	anyNumber := l.min == nil && l.max == nil && l.multipleOf == nil
	anyText := l.minLength == 0 && l.maxLength < 0 && l.pattern == nil
	anyArray := l.minItems == 0 && l.maxItems < 0 && !l.unique
	anyObject := l.minProps == 0 && l.maxProps < 0
	return l.enum == nil && l.format == nil && anyNumber && anyText && anyArray && anyObject
}

// ratOf reads a number of the contract. The loader keeps it as a float64; its
// shortest decimal form is what the author wrote, as long as that has at most
// fifteen digits.
func ratOf(f *float64) *big.Rat {
	if f == nil {
		return nil
	}
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(*f, 'g', -1, 64))
	return r
}

func intOf(n uint64) int { return int(min(n, math.MaxInt)) }

func boundOf(n *uint64) int {
	if n == nil {
		return -1
	}
	return intOf(*n)
}

// limitsTexts reports whether a keyword limits texts.
func (l *leaf) limitsTexts() bool {
	return l.minLength > 0 || l.maxLength >= 0 || l.pattern != nil || l.format != nil && l.format.text != nil
}

// limitsNumbers reports whether a keyword limits numbers.
func (l *leaf) limitsNumbers() bool {
	return l.min != nil || l.max != nil || l.multipleOf != nil || l.format != nil && l.format.number != nil
}

// fitsText reports whether a text breaks none of the keywords. It is checkText
// without the messages.
func (l *leaf) fitsText(text []byte) bool {
	if l.minLength > 0 || l.maxLength >= 0 {
		length := utf8.RuneCount(text)
		if length < l.minLength || l.maxLength >= 0 && length > l.maxLength {
			return false
		}
	}
	if l.pattern != nil && !l.pattern.Match(text) {
		return false
	}
	return l.format == nil || l.format.text == nil || l.format.text(string(text))
}

// check lists the keywords that a value breaks.
func (l *leaf) check(value any) []leafProblem {
	var problems []leafProblem
	if l.enum != nil && !l.enum.lists(value) {
		problems = append(problems, leafProblem{"enum", "the value is none of those that the contract lists"})
	}

	switch v := value.(type) {
	case json.Number:
		return append(problems, l.checkNumber(v)...)
	case string:
		return append(problems, l.checkText(v)...)
	case []any:
		return append(problems, l.checkArray(len(v), v)...)
	case longList:
		return append(problems, l.checkArray(v.size(), v)...)
	case map[string]any:
		return append(problems, l.checkObject(v)...)
	}
	return problems
}

func (l *leaf) checkNumber(n json.Number) []leafProblem {
	var problems []leafProblem
	found := func(keyword, message string) {
		problems = append(problems, leafProblem{keyword, message})
	}

	if l.format != nil && l.format.number != nil && !l.format.number(n) {
		found("format", "the value "+l.format.wants)
	}

	switch order := compare(n, l.min); {
	case l.min == nil:
	case order < 0:
		found("minimum", "number must be at least "+decimal(l.min))
	case order == 0 && l.exclusiveMin:
		found("exclusiveMinimum", "number must be more than "+decimal(l.min))
	}

	switch order := compare(n, l.max); {
	case l.max == nil:
	case order > 0:
		found("maximum", "number must be at most "+decimal(l.max))
	case order == 0 && l.exclusiveMax:
		found("exclusiveMaximum", "number must be less than "+decimal(l.max))
	}

	if l.multipleOf != nil && !isMultiple(n, l.multipleOf) {
		found("multipleOf", "number must be a multiple of "+decimal(l.multipleOf))
	}
	return problems
}

func (l *leaf) checkText(text string) []leafProblem {
	var problems []leafProblem
	found := func(keyword, message string) {
		problems = append(problems, leafProblem{keyword, message})
	}

	if l.minLength > 0 || l.maxLength >= 0 {
		length := utf8.RuneCountInString(text)
		if length < l.minLength {
			found("minLength", "minimum string length is "+strconv.Itoa(l.minLength))
		}
		if l.maxLength >= 0 && length > l.maxLength {
			found("maxLength", "maximum string length is "+strconv.Itoa(l.maxLength))
		}
	}
	if l.pattern != nil && !l.pattern.MatchString(text) {
		found("pattern", "the text does not match the pattern "+l.patternText)
	}
	if l.format != nil && l.format.text != nil && !l.format.text(text) {
		found("format", "the value "+l.format.wants)
	}
	return problems
}

func (l *leaf) checkArray(count int, array any) []leafProblem {
	var problems []leafProblem
	if count < l.minItems {
		problems = append(problems, leafProblem{"minItems", "minimum number of items is " + strconv.Itoa(l.minItems)})
	}
	if l.maxItems >= 0 && count > l.maxItems {
		problems = append(problems, leafProblem{"maxItems", "maximum number of items is " + strconv.Itoa(l.maxItems)})
	}
	if l.unique && hasDuplicate(inMemory(array).([]any)) {
		problems = append(problems, leafProblem{"uniqueItems", "duplicate items found"})
	}
	return problems
}

func (l *leaf) checkObject(object map[string]any) []leafProblem {
	var problems []leafProblem
	if len(object) < l.minProps {
		message := fmt.Sprintf("there must be at least %d properties", l.minProps)
		problems = append(problems, leafProblem{"minProperties", message})
	}
	if l.maxProps >= 0 && len(object) > l.maxProps {
		message := fmt.Sprintf("there must be at most %d properties", l.maxProps)
		problems = append(problems, leafProblem{"maxProperties", message})
	}
	return problems
}

// hasDuplicate reports whether two elements are equal.
func hasDuplicate(array []any) bool {
	seen := make(map[string]bool, len(array))
	for _, element := range array {
		key := canonical(element)
		if seen[key] {
			return true
		}
		seen[key] = true
	}
	return false
}

// canonical writes a JSON value so that equal values have equal texts: numbers
// are equal by their value, objects in any order of their fields.
func canonical(value any) string {
	var b strings.Builder
	writeCanonical(&b, value)
	return b.String()
}

func writeCanonical(b *strings.Builder, value any) {
	switch v := value.(type) {
	case longList:
		writeCanonical(b, inMemory(v))
	case string:
		b.WriteString(strconv.Quote(v))
	case []any:
		b.WriteByte('[')
		for _, element := range v {
			writeCanonical(b, element)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case map[string]any:
		b.WriteByte('{')
		for _, name := range slices.Sorted(maps.Keys(v)) {
			b.WriteString(strconv.Quote(name))
			b.WriteByte(':')
			writeCanonical(b, v[name])
			b.WriteByte(',')
		}
		b.WriteByte('}')
	default:
		if number, ok := exactAny(v); ok {
			b.WriteString(number.RatString())
		} else {
			fmt.Fprint(b, v) // a boolean, null, or a number beyond all bounds
		}
	}
}
