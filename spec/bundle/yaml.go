package main

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// ambiguous are the words that YAML 1.1, which many languages still read, takes
// for booleans and nulls.
var ambiguous = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|~)$`)

// plain are the texts that every version of YAML reads as text.
var plain = regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9_./ ()'-]*[A-Za-z0-9_./()'-]$|^[A-Za-z$]$`)

// yamlWriter writes an ordered document in block style. JSON is YAML, so scalars
// are written as in JSON, which keeps numbers exact, and a text is quoted where
// any version of YAML would read something else. The encoder of goccy/go-yaml
// quotes less (it leaves 1e3 and = as they are) and cannot be made to quote a
// key.
type yamlWriter struct{ out bytes.Buffer }

// block writes a value. The current line is indented already.
func (w *yamlWriter) block(value any, indent string) error {
	switch value := value.(type) {
	case object:
		for i, f := range value {
			if i > 0 {
				w.out.WriteString("\n" + indent)
			}
			if err := w.field(f, indent); err != nil {
				return err
			}
		}
		return nil
	case []any:
		for i, element := range value {
			if i > 0 {
				w.out.WriteString("\n" + indent)
			}
			w.out.WriteString("- ")
			if err := w.element(element, indent+"  "); err != nil {
				return err
			}
		}
		return nil
	default:
		return w.scalar(value)
	}
}

// field writes a name and its value: composed ones in lines of their own.
func (w *yamlWriter) field(f field, indent string) error {
	if err := w.scalar(f.name); err != nil {
		return err
	}
	w.out.WriteByte(':')
	if isComposed(f.value) {
		w.out.WriteString("\n" + indent + "  ")
	} else {
		w.out.WriteByte(' ')
	}
	return w.element(f.value, indent+"  ")
}

// element writes a value that is not the document, so it may be empty.
func (w *yamlWriter) element(value any, indent string) error {
	if isComposed(value) {
		return w.block(value, indent)
	}
	return w.scalar(value)
}

// isComposed reports whether a value takes separate lines. Empty objects and
// lists do not: block style cannot write them.
func isComposed(value any) bool {
	switch value := value.(type) {
	case object:
		return len(value) > 0
	case []any:
		return len(value) > 0
	default:
		return false
	}
}

func (w *yamlWriter) scalar(value any) error {
	text, isText := value.(string)
	if isText && plain.MatchString(text) && !ambiguous.MatchString(text) {
		w.out.WriteString(text)
		return nil
	}

	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	w.out.Write(bytes.TrimSuffix(quoted.Bytes(), []byte("\n")))
	return nil
}
