package page

import (
	"fmt"
	"html/template"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// functions are those of the templates that need nothing of a page.
var functions = template.FuncMap{
	"clean":   report.Clean,
	"plural":  words.Plural,
	"clock":   func(t time.Time) string { return t.Format(time.TimeOnly) },
	"took":    took,
	"bytes":   size,
	"explain": explain,
}

// took writes a duration with three digits at most.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

func size(bytes int64) string {
	if bytes < 10_000 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	return fmt.Sprintf("%.1f kB", float64(bytes)/1000)
}

func explain(code string) conformance.Explanation {
	explanation, _ := conformance.Explain(code)
	return explanation
}
