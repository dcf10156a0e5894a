package report

import (
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
)

// ColorMode says when text has colours.
type ColorMode string

// The modes. Auto asks the environment, see [ColorMode.Allows].
const (
	ColorAuto   ColorMode = "auto"
	ColorAlways ColorMode = "always"
	ColorNever  ColorMode = "never"
)

// Allows reports whether text may have colours. With [ColorAuto], NO_COLOR
// turns them off, FORCE_COLOR and CLICOLOR_FORCE turn them on, and otherwise a
// terminal has them that is not called dumb.
func (m ColorMode) Allows(terminal bool) bool {
	switch m {
	case ColorAlways:
		return true
	case ColorNever:
		return false
	}

	if os.Getenv("NO_COLOR") != "" {
		return false
	}
	for _, name := range []string{"FORCE_COLOR", "CLICOLOR_FORCE"} {
		value := os.Getenv(name)
		if value != "" && value != "0" && value != "false" {
			return true
		}
	}
	return terminal && os.Getenv("TERM") != "dumb"
}

// painter colours text, or leaves it as it is.
type painter bool

func (p painter) paint(colors text.Colors, s string) string {
	if !p || s == "" {
		return s
	}
	return escapeSequence(colors) + s + text.EscapeReset
}

// escapeSequence does not ask the library whether the process has a terminal:
// the caller has decided that.
func escapeSequence(colors text.Colors) string {
	codes := make([]string, len(colors))
	for i, c := range colors {
		codes[i] = strconv.Itoa(int(c))
	}
	return text.EscapeStart + strings.Join(codes, ";") + text.EscapeStop
}

func (p painter) bad(s string) string   { return p.paint(text.Colors{text.FgRed}, s) }
func (p painter) good(s string) string  { return p.paint(text.Colors{text.FgGreen}, s) }
func (p painter) warn(s string) string  { return p.paint(text.Colors{text.FgYellow}, s) }
func (p painter) faint(s string) string { return p.paint(text.Colors{text.Faint}, s) }
func (p painter) bold(s string) string  { return p.paint(text.Colors{text.Bold}, s) }

// Clean makes text from a body harmless on a terminal: it escapes line breaks,
// control characters and characters that change the direction of writing.
func Clean(s string) string {
	harmful := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
	if harmful < 0 {
		return s
	}

	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
