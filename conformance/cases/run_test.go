package cases

import (
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/conformance/report"
)

// noon is a moment at which no day begins or ends.
func noon() time.Time { return time.Date(2025, 7, 15, 12, 0, 0, 0, kolkata) }

// onMock are the options for a fresh mock.
func onMock(t *testing.T, options ...mock.Option) Options {
	t.Helper()
	server := mock.Run(t, append([]mock.Option{mock.WithClock(noon)}, options...)...)
	return Options{BaseURL: server.URL, Keys: MockKeys{}, Clock: noon, Seed: "test", ShowValues: true}
}

func TestSuitePassesAgainstTheMock(t *testing.T) {
	set := embedded(t)
	run, err := Run(t.Context(), set, onMock(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range run.Cases {
		if c.Status != report.Passed {
			t.Errorf("%s (%s): %s %s", c.Name, c.File, c.Status, c.Reason)
		}
		for _, f := range c.Findings {
			t.Errorf("    %s: %s %s %q expected %s, got %s %s: %s", f.Exchange, f.Code, f.Operation, f.Pointer, f.Expected, f.Actual, f.Value, f.Message)
		}
	}
	s := run.Summary()
	t.Logf("%d cases, %d exchanges, failures %v, members %v", s.Cases, s.Exchanges, s.Failures, s.Members)
}
