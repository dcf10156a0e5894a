package conformance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// JSON Schema's patterns are JavaScript's regular expressions. Go's differ in a
// few characters and lack look-ahead, look-behind and back references.

// The characters of \s and those that "." does not match, as the inside of a
// class.
const (
	blanks     = `\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
	lineBreaks = `\n\r\x{2028}\x{2029}`
)

// compilePattern compiles a pattern of the contract. "" is none.
func compilePattern(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	translated, err := goPattern(pattern)
	if err == nil {
		var compiled *regexp.Regexp
		compiled, err = regexp.Compile(translated)
		if err == nil {
			return compiled, nil
		}
	}
	return nil, fmt.Errorf("the pattern %q cannot be checked: %w; write it without look-ahead, look-behind, "+
		"back references and flags", pattern, err)
}

// goPattern translates a pattern, or says what has no counterpart.
func goPattern(pattern string) (string, error) {
	var out strings.Builder
	inClass := false

	for rest := pattern; rest != ""; {
		used := 1
		switch c := rest[0]; {
		case c == '\\':
			text, length, err := goEscape(rest, inClass)
			if err != nil {
				return "", err
			}
			out.WriteString(text)
			used = length
		case c == '.' && !inClass:
			out.WriteString("[^" + lineBreaks + "]")
		case c == '[' && inClass:
			out.WriteString(`\[`) // JavaScript has no classes in classes
		case c == '(' && strings.HasPrefix(rest, "(?") && !inClass && !isPlainGroup(rest):
			return "", fmt.Errorf("%.3q is not supported", rest)
		default:
			inClass = c == '[' || inClass && c != ']'
			out.WriteByte(c)
		}

		rest = rest[used:]
	}
	return out.String(), nil
}

var namedGroup = regexp.MustCompile(`^\(\?<[A-Za-z_]`)

// isPlainGroup reports whether a group that begins with "(?" only groups.
func isPlainGroup(rest string) bool {
	return strings.HasPrefix(rest, "(?:") || namedGroup.MatchString(rest)
}

var unicodeEscape = regexp.MustCompile(`^\\u(?:([0-9A-Fa-f]{4})|\{([0-9A-Fa-f]{1,6})\})`)

// goEscape translates an escape, and returns how many bytes it has.
func goEscape(rest string, inClass bool) (text string, length int, err error) {
	if parts := unicodeEscape.FindStringSubmatch(rest); parts != nil {
		return `\x{` + parts[1] + parts[2] + `}`, len(parts[0]), nil
	}
	if len(rest) < 2 {
		return "", 0, fmt.Errorf("it ends with a backslash")
	}

	c := rest[1]
	switch {
	case c == 's' && inClass:
		return blanks, 2, nil
	case c == 's':
		return "[" + blanks + "]", 2, nil
	case c == 'S' && !inClass:
		return "[^" + blanks + "]", 2, nil
	case c == 'b' && inClass:
		return `\x08`, 2, nil
	case c == 'c' && len(rest) > 2:
		return fmt.Sprintf(`\x%02x`, rest[2]&0x1f), 3, nil
	case c == '0':
		return `\x00`, 2, nil
	case isOneOf(c, "dDwWbBtnvfrx"), isOneOf(c, "pP") && strings.HasPrefix(rest[2:], "{"):
		return rest[:2], 2, nil
	case isOneOf(c, `^$\.*+?()[]{}|/-,:;=!<>"'#%&@~`+" `"):
		return rest[:2], 2, nil
	}
	return "", 0, fmt.Errorf("the escape %s is not supported", strconv.Quote(rest[:2]))
}

func isOneOf(c byte, list string) bool { return strings.IndexByte(list, c) >= 0 }
