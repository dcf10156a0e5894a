package runner

import (
	"errors"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// Mistake is one mistake in a case file.
type Mistake struct {
	File string
	Line int
	// Message says what is wrong, what was expected and what to do.
	Message string
}

// Error begins with the place, so that editors can jump to it.
func (m *Mistake) Error() string {
	return m.File + ":" + strconv.Itoa(m.Line) + ": " + m.Message
}

// mistakeOf gives the YAML library's own errors (unknown key, wrong type, broken
// YAML) the same form as ours.
func mistakeOf(file string, err error) *Mistake {
	if ours, ok := errors.AsType[*Mistake](err); ok {
		ours.File = file
		return ours
	}

	mistake := &Mistake{File: file, Line: 1, Message: firstLine(err.Error())}
	if theirs, ok := errors.AsType[yaml.Error](err); ok {
		mistake.Message = theirs.GetMessage()
		if token := theirs.GetToken(); token != nil && token.Position != nil {
			mistake.Line = token.Position.Line
		}
	}
	return mistake
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
