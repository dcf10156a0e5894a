package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// fromFlags let the mock serve a recording in place of the embedded Kapture.
type fromFlags struct {
	from     []string
	ignore   []string
	headers  []string
	basePath string
}

func (f *fromFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.from, "from", nil, "serve the recording in `FILE`, see above; can be repeated")
	flags.StringArrayVar(&f.ignore, "ignore", nil,
		"with --from: the value of the field or parameter `NAME` may differ; can be repeated")
	flags.StringArrayVar(&f.headers, "secret-header", nil,
		"with --from: one more header with a credential, by its `NAME`; can be repeated")
	basePathFlag(cmd, &f.basePath)
}

// servesRecordings are the flags that a recording can be served with.
var servesRecordings = []string{
	"addr", "allow-remote", "base-path", "body-time", "check", "cors", "coverage", "exit-with-stdin", "format", "from",
	"http2", "ignore", "max-body", "quiet", "ready-file", "secret-header", "show-values",
}

// checkFlags rejects flags that have no effect on what is served.
func (f *fromFlags) checkFlags(cmd *cobra.Command) error {
	var wrong error
	isRecording := len(f.from) > 0
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		switch {
		case isRecording && !slices.Contains(servesRecordings, flag.Name):
			wrong = fmt.Errorf("--%s changes the embedded Kapture, and --from serves a recording as it is; "+
				"leave out one of them", flag.Name)
		case !isRecording && slices.Contains([]string{"base-path", "ignore", "secret-header"}, flag.Name):
			wrong = fmt.Errorf("--%s is for recordings; name one with --from", flag.Name)
		}
	})
	return wrong
}

// recordingTalk reports on a recording that is served, as talk does on requests.
type recordingTalk struct {
	*talk
	player  *player
	misfits int // entries that break the contract
	left    int // entries that cannot be played
}

// aboutEntry is what is said about one entry. Its field names are stable.
type aboutEntry struct {
	Entry string `json:"entry"`
	// Problem is "unreadable", "no response", "no longer fits" or "never played".
	Problem  string                `json:"problem"`
	Text     string                `json:"text"`
	Findings []conformance.Finding `json:"findings,omitempty"`
}

func (t *recordingTalk) about(said aboutEntry) {
	if t.asJSON {
		t.object(said)
		return
	}

	lines := report.Clean(said.Problem+": "+said.Text) + "\n"
	for _, finding := range said.Findings {
		lines += report.Clean("  "+atLength(finding)) + "\n"
	}
	t.print(lines)
}

// play serves recordings until it is stopped. lines report on the requests.
func (f *mockFlags) play(cmd *cobra.Command, lines *talk) (*recordingTalk, error) {
	lines.elsewhere = nil
	t := &recordingTalk{
		talk: lines,
		player: &player{
			finder:     credentialFinder{headers: f.headers},
			ignored:    f.ignore,
			showValues: f.showValues,
			limits:     f.limits.WithDefaults(),
			origins:    f.origins,
		},
	}
	for _, name := range f.from {
		var list []entry
		for one, err := range readRecording(name, cmd.InOrStdin()) {
			if err != nil {
				return nil, err
			}
			list = append(list, one)
		}
		inTheirOrder(list)
		for _, one := range list {
			t.load(cmd, one)
		}
	}
	if len(t.player.entries) == 0 {
		const advice = "recordings are made by `kapture-conformance proxy --record`, or are HAR files"
		return nil, fmt.Errorf("%s: there is no entry to serve; %s", strings.Join(f.from, ", "), advice)
	}
	t.player.observers = append(t.player.observers, t.observe)
	if !f.quiet {
		t.list()
	}
	return t, nil
}

// inTheirOrder sorts the entries of a file by the time at which they began: a
// proxy writes each one when it has been checked, which may be in another order.
// If a time is not known, they keep the order of the file.
func inTheirOrder(list []entry) {
	if slices.ContainsFunc(list, func(one entry) bool { return one.broken == nil && one.at.IsZero() }) {
		return
	}
	slices.SortStableFunc(list, func(a, b entry) int { return a.at.Compare(b.at) })
}

// load takes an entry of a recording, and says what is wrong with it.
func (t *recordingTalk) load(cmd *cobra.Command, one entry) {
	if one.broken != nil {
		t.left++
		t.about(aboutEntry{Entry: one.Name, Problem: "unreadable", Text: one.broken.Error()})
		return
	}

	result := t.judge.look(cmd.Context(), one.Exchange, one.unknown)
	isForeign := result.Operation == "" && len(result.Findings) == 0
	if isForeign && one.unknown.others {
		return // of another server: a browser records them all
	}
	if one.Response.Status < http.StatusOK {
		t.left++
		t.about(aboutEntry{Entry: one.Name, Problem: "no response", Text: one.Name +
			" has none that can be served again"})
		return
	}

	t.player.add(one, result.Operation)
	if len(result.Findings) > 0 {
		t.misfits++
		added := t.player.entries[len(t.player.entries)-1]
		t.about(aboutEntry{Entry: one.Name, Problem: "no longer fits", Text: added.String(), Findings: result.Findings})
	}
}

// list prints what is served.
func (t *recordingTalk) list() {
	if t.asJSON {
		return
	}
	counts := map[string]int{}
	for _, one := range t.player.entries {
		counts[fmt.Sprintf("  %s  %s", one.request.line(), one.operation)]++
	}
	var b strings.Builder
	for _, line := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "%s: %s\n", report.Clean(line), entries(counts[line]))
	}
	b.WriteString("Any key will do; the responses are those of the recording.\n")
	t.print(b.String())
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// sum says what was played when the server has ended. Its error says whether
// the recording and the requests no longer agree.
func (t *recordingTalk) sum() error {
	never := t.player.neverPlayed()
	for _, one := range never {
		t.about(aboutEntry{Entry: one.name, Problem: "never played", Text: one.String()})
	}

	all := len(t.player.entries)
	parts := []string{fmt.Sprintf("played %d of %s", all-len(never), entries(all))}
	if t.player.changed > 0 {
		parts = append(parts, words.Plural(t.player.changed, "changed request"))
	}
	if t.misfits > 0 {
		parts = append(parts, entries(t.misfits)+" that no longer fit the contract")
	}
	if t.left > 0 {
		parts = append(parts, entries(t.left)+" that could not be played")
	}
	t.say("kapture mock: " + strings.Join(parts, ", "))

	if t.player.changed > 0 || t.misfits > 0 {
		return errFindings
	}
	return nil
}
