package main

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

type driftFlags struct {
	overlay  bool
	basePath string
}

func newDrift() *cobra.Command {
	f := &driftFlags{}
	cmd := &cobra.Command{
		Use:   "drift FILE...",
		Short: "List what a tenant's responses have and the contract lacks",
		Long: `drift reads recordings ("kapture-conformance proxy --record", or HAR files) and
JSON reports of "run --base-url", and lists the fields of responses that the
contract does not declare, with their shapes and never with their values. It
also lists the facts that no page states and that the responses confirmed or
contradicted. Give it what a tenant sent: a mock confirms what it was made from.

--overlay writes both as an OpenAPI overlay: it adds the fields with the
evidence "observed", and raises inferred facts that were confirmed to
"observed". It is a proposal for the authored files: review it.

Exit codes: 0 nothing is missing, 1 fields are missing or a fact is
contradicted, 2 it could not run.`,
		Example: `  kapture-conformance drift today.ndjson
  kapture-conformance run --base-url https://acme.kapturecrm.com \
    --report live.json
  kapture-conformance drift --overlay live.json today.ndjson > proposal.yaml`,
		Args: someFiles("drift", "a recording"),
		RunE: f.run,
	}

	basePathFlag(cmd, &f.basePath)
	cmd.Flags().BoolVar(&f.overlay, "overlay", false,
		"write an OpenAPI overlay that adds the fields and raises confirmed facts")
	return cmd
}

func (f *driftFlags) run(cmd *cobra.Command, names []string) error {
	j, err := newJudge(false, f.basePath)
	if err != nil {
		return err
	}
	shown, err := gatherAll(cmd, j, names)
	if err != nil {
		return err
	}

	write := writeShown
	if f.overlay {
		write = writeOverlay
	}
	if err := write(cmd.OutOrStdout(), shown); err != nil {
		return err
	}

	isNews := len(shown.lacking) > 0 || report.CountFacts(shown.facts, report.Contradicted) > 0
	if isNews {
		return errFindings
	}
	return nil
}

// drifted is what responses show of the contract.
type drifted struct {
	lacking []lack
	facts   []report.Fact
}

// gatherAll reads reports and recordings.
func gatherAll(cmd *cobra.Command, j *judge, names []string) (drifted, error) {
	var all drifted
	var recordings []string
	for _, name := range names {
		saved, err := readSaved(name)
		switch {
		case err != nil:
			return all, err
		case saved == nil:
			recordings = append(recordings, name)
			continue
		case saved.Contract.Hash != j.tally.Hash():
			return all, fmt.Errorf("%s is a report by another contract, %s; make it again with this version",
				name, saved.Contract.Hash)
		}

		all.addSaved(saved)
		if len(saved.Facts) == 0 {
			fmt.Fprintf(cmd.ErrOrStderr(),
				"%s settles no facts: it is not a report of \"run --base-url\" against a tenant\n", name)
		}
	}

	if len(recordings) > 0 {
		if err := all.addRecordings(cmd, j, recordings); err != nil {
			return all, err
		}
	}
	slices.SortFunc(all.lacking, func(a, b lack) int {
		return cmp.Or(cmp.Compare(a.schema, b.schema), cmp.Compare(a.name, b.name))
	})
	return all, nil
}

func (d *drifted) addSaved(saved *report.Saved) {
	for _, c := range saved.Cases {
		d.lacking = gather(d.lacking, c.Drift)
	}
	d.facts = report.MergeFacts(d.facts, saved.Facts)
}

func (d *drifted) addRecordings(cmd *cobra.Command, j *judge, names []string) error {
	broken, err := j.replay(cmd, names, func(result conformance.Result) {
		d.lacking = gather(d.lacking, result.Drift)
	})
	if err != nil {
		return err
	}
	if j.checked == 0 {
		return nothingChecked(names, broken)
	}

	d.facts = report.MergeFacts(d.facts, j.tally.Facts())
	return nil
}

// readSaved reads a JSON report, nil if a file is not one.
func readSaved(name string) (*report.Saved, error) {
	if name == standardInput {
		return nil, nil
	}
	saved, err := report.ReadSaved(name)
	if err != nil {
		return nil, cannotRead(name, err)
	}
	return saved, nil
}

// lack is a field that responses have and a schema does not.
type lack struct {
	schema, name, location, near, pointer string
	types                                 []string
	count                                 int
}

// gather adds the drift of responses; what a tenant adds to requests is its own.
func gather(lacking []lack, drift []conformance.Drift) []lack {
	for _, d := range drift {
		if d.Side != conformance.SideResponse || d.Schema == "" {
			continue
		}

		i := slices.IndexFunc(lacking, func(l lack) bool { return l.schema == d.Schema && l.name == d.Name })
		if i < 0 {
			i = len(lacking)
			lacking = append(lacking, lack{
				schema:   d.Schema,
				name:     d.Name,
				location: d.Location,
				near:     d.Near,
				pointer:  d.Pointer,
			})
		}

		l := &lacking[i]
		l.count += max(d.Count, 1)
		kind := typeOf(d.Shape)
		if !slices.Contains(l.types, kind) {
			l.types = append(l.types, kind)
		}
	}
	return lacking
}

// typeOf is the JSON type of a shape such as string(11).
func typeOf(shape string) string {
	end := strings.IndexAny(shape, "({[")
	if end < 0 {
		end = len(shape)
	}
	return shape[:end]
}

// writeShown lists the fields that the contract lacks, and the facts that were
// settled.
func writeShown(out io.Writer, all drifted) error {
	if err := writeLacking(out, all.lacking); err != nil {
		return err
	}

	for _, outcome := range []report.Settled{report.Contradicted, report.Confirmed} {
		for _, f := range all.facts {
			if f.Outcome != outcome {
				continue
			}
			if _, err := fmt.Fprintln(out, report.Clean(factLine(f))); err != nil {
				return err
			}
		}
	}
	return nil
}

func factLine(f report.Fact) string {
	line := fmt.Sprintf("%s: %s", f.Outcome, f)
	if f.Why != "" {
		line += ": " + f.Why
	}
	if f.Location != "" {
		line += "  " + f.Location
	}
	return line
}

func writeLacking(out io.Writer, lacking []lack) error {
	if len(lacking) == 0 {
		_, err := fmt.Fprintln(out, "the contract declares every field of the recorded responses")
		return err
	}

	rows := [][]string{{"SCHEMA", "FIELD", "TYPE", "SEEN", "WHERE", "NEAR"}}
	for _, l := range lacking {
		types := strings.Join(l.types, " or ")
		rows = append(rows, []string{l.schema, strconv.Quote(l.name), types, strconv.Itoa(l.count), l.location, l.near})
	}

	return report.Table(out, rows)
}

// hiddenName matches what is shown in place of a name that looks like a value.
var hiddenName = regexp.MustCompile(`^\([0-9]+ characters?\)$`)

// isHidden reports whether a name is not known: nobody sent what is shown.
func isHidden(name string) bool {
	return hiddenName.MatchString(name) || strings.Contains(name, redacted)
}

// writeOverlay writes an OpenAPI overlay 1.0. Names are written as JSON texts:
// those are YAML for any name.
func writeOverlay(out io.Writer, all drifted) error {
	var b strings.Builder
	b.WriteString("overlay: 1.0.0\ninfo:\n  title: What responses show\n  version: 0.0.0\nactions:")
	raised := raisedFacts(all.facts)
	addsFields := slices.ContainsFunc(all.lacking, func(l lack) bool { return !isHidden(l.name) })
	if len(raised.actions) == 0 && !addsFields {
		b.WriteString(" []")
	}
	b.WriteByte('\n')

	for _, l := range all.lacking {
		l.writeAction(&b)
	}
	b.WriteString(strings.Join(raised.actions, ""))
	b.WriteString(strings.Join(raised.comments, ""))

	_, err := io.WriteString(out, b.String())
	return err
}

// writeAction writes the action of an overlay that adds the field, or a comment
// if the name of the field is not known.
func (l lack) writeAction(b *strings.Builder) {
	times := words.Plural(l.count, "time")
	if isHidden(l.name) {
		const text = "  # %s has names that look like values, such as identifiers (seen %s): " +
			"consider additionalProperties for %s\n"
		fmt.Fprintf(b, text, l.location, times, strconv.Quote(l.schema))
		return
	}

	fmt.Fprintf(b, "  # %s, seen %s, for example at %s\n", l.location, times, strconv.Quote(l.pointer))
	fmt.Fprintf(b, "  - target: $.components.schemas[%s].properties\n    update:\n      %s:\n",
		strconv.Quote(l.schema), strconv.Quote(l.name))
	l.writeType(b)
	b.WriteString("        x-evidence: {observed: [recorded responses]}\n")
}

// writeType writes the schema of the field. OpenAPI 3.0 has no way to allow
// several types, and writes null as nullable.
func (l lack) writeType(b *strings.Builder) {
	types := slices.DeleteFunc(slices.Clone(l.types), func(kind string) bool { return kind == "null" })
	switch {
	case len(types) == 0:
		return
	case len(types) > 1:
		fmt.Fprintf(b, "        description: Seen as %s.\n", strings.Join(types, " and as "))
		return
	}

	fmt.Fprintf(b, "        type: %s\n", types[0])
	if types[0] == "array" {
		b.WriteString("        items: {}\n")
	}
	if len(types) < len(l.types) {
		b.WriteString("        nullable: true\n")
	}
}

// raised are the parts of an overlay that are about facts: actions, and comments
// on what only a person can decide.
type raised struct{ actions, comments []string }

// raisedFacts raises what was inferred and is confirmed to observed. A response
// that operations share is raised only if all of them confirmed it.
func raisedFacts(facts []report.Fact) raised {
	var r raised
	done := map[string]bool{} // targets
	for _, f := range facts {
		about := report.Clean(f.String())
		isSharedAndNotConfirmed := func(o report.Fact) bool {
			return o.Target == f.Target && o.Outcome != report.Confirmed
		}

		switch {
		case f.Outcome == report.Contradicted:
			const format = "  # contradicted: %s, at %s: %s\n"
			r.comments = append(r.comments, fmt.Sprintf(format, about, f.Location, report.Clean(f.Why)))
		case f.Outcome != report.Confirmed || f.Evidence != conformance.Inferred || done[f.Target]:
			// Nothing is known, or nothing is left to raise.
		case slices.ContainsFunc(facts, isSharedAndNotConfirmed):
			const format = "  # confirmed: %s, at %s; other operations share it and did not show it\n"
			r.comments = append(r.comments, fmt.Sprintf(format, about, f.Location))
		default:
			const format = "  # confirmed: %s, at %s\n  - target: %s\n" +
				"    update:\n      x-evidence: {observed: [responses of a tenant]}\n"
			done[f.Target] = true
			r.actions = append(r.actions, fmt.Sprintf(format, about, f.Location, f.Target))
		}
	}
	return r
}
