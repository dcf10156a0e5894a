package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance"
)

func newDrift() *cobra.Command {
	var overlay bool
	var basePath string
	cmd := &cobra.Command{
		Use:   "drift FILE...",
		Short: "List what recorded answers have that the contract lacks",
		Long: `drift reads recordings ("kapture-conformance proxy --record", or HAR files) and
lists the members of answers that the contract does not declare, with their
shapes and never with their values. --overlay writes them as an OpenAPI overlay,
a proposal for the authored files: whether a member belongs into the contract is
for a person to decide, and its evidence is "observed".

Exit codes: 0 nothing is lacking, 1 members are lacking, 2 it could not run.`,
		Example: `  kapture-conformance drift today.ndjson
  kapture-conformance drift --overlay today.ndjson > proposal.yaml`,
		Args: someFiles("drift", "a recording"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := newJudge(false, basePath)
			if err != nil {
				return err
			}
			var lacking []lack
			for _, name := range args {
				for ex, err := range readRecording(name) {
					if err != nil {
						return err
					}
					result, _ := j.check(cmd.Context(), ex)
					lacking = gather(lacking, result.Drift)
				}
			}
			if j.checked == 0 {
				return nothingChecked(args)
			}
			slices.SortFunc(lacking, func(a, b lack) int { return cmp.Or(cmp.Compare(a.schema, b.schema), cmp.Compare(a.name, b.name)) })
			if overlay {
				err = writeOverlay(cmd.OutOrStdout(), lacking)
			} else {
				err = writeLacking(cmd.OutOrStdout(), lacking)
			}
			if err == nil && len(lacking) > 0 {
				err = errFindings
			}
			return err
		},
	}
	basePathFlag(cmd, &basePath)
	cmd.Flags().BoolVar(&overlay, "overlay", false, "write an OpenAPI overlay that adds the members")
	return cmd
}

// lack is a member that answers have and a schema does not.
type lack struct {
	schema, name, location, near, pointer string
	types                                 []string
	count                                 int
}

// gather adds the drift of answers; what a tenant adds to requests is its own.
func gather(lacking []lack, drift []conformance.Drift) []lack {
	for _, d := range drift {
		if d.Side != conformance.SideResponse || d.Schema == "" {
			continue
		}
		i := slices.IndexFunc(lacking, func(l lack) bool { return l.schema == d.Schema && l.name == d.Name })
		if i < 0 {
			i = len(lacking)
			lacking = append(lacking, lack{schema: d.Schema, name: d.Name, location: d.Location, near: d.Near, pointer: d.Pointer})
		}
		l := &lacking[i]
		l.count += max(d.Count, 1)
		if kind := typeOf(d.Shape); !slices.Contains(l.types, kind) {
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

func writeLacking(out io.Writer, lacking []lack) error {
	if len(lacking) == 0 {
		_, err := fmt.Fprintln(out, "the contract declares every member of the recorded answers")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SCHEMA\tMEMBER\tTYPE\tSEEN\tWHERE\tNEAR")
	for _, l := range lacking {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\n", l.schema, strconv.Quote(l.name), strings.Join(l.types, " or "), l.count, l.location, l.near)
	}
	return table.Flush()
}

// writeOverlay writes an OpenAPI overlay 1.0. Names are written as JSON, which
// YAML reads whatever they hold.
func writeOverlay(out io.Writer, lacking []lack) error {
	var b strings.Builder
	b.WriteString("overlay: 1.0.0\ninfo:\n  title: Members seen in answers\n  version: 0.0.0\nactions:")
	if len(lacking) == 0 {
		b.WriteString(" []")
	}
	b.WriteByte('\n')
	for _, l := range lacking {
		fmt.Fprintf(&b, "  # %s, seen %d times, for example at %s\n", l.location, l.count, strconv.Quote(l.pointer))
		fmt.Fprintf(&b, "  - target: $.components.schemas[%s].properties\n    update:\n      %s:\n", strconv.Quote(l.schema), strconv.Quote(l.name))
		types := slices.DeleteFunc(slices.Clone(l.types), func(kind string) bool { return kind == "null" })
		if len(types) == 1 {
			fmt.Fprintf(&b, "        type: %s\n", types[0])
			if types[0] == "array" {
				b.WriteString("        items: {}\n")
			}
		} else if len(types) > 1 {
			fmt.Fprintf(&b, "        description: Seen as %s.\n", strings.Join(types, " and as "))
		}
		if len(types) < len(l.types) && len(types) == 1 {
			b.WriteString("        nullable: true\n")
		}
		b.WriteString("        x-evidence: {observed: [recorded answers]}\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}
