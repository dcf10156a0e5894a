package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/documents"
	"github.com/kapture-community/kapture-go/conformance/internal/propose"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/spec"
)

type docsFlags struct {
	format   string
	strict   bool
	proposal proposalFlags
}

func newDocs() *cobra.Command {
	f := &docsFlags{}
	cmd := &cobra.Command{
		Use:   "docs FILE...",
		Short: "List the facts of a vendor page that the contract lacks",
		Long: `docs reads vendor pages as they are: text, Markdown or HTML, with broken JSON
("-" is the standard input). It lists the paths, methods, headers that carry a
key, JSON fields with their types, rows of tables, messages, error names and
HTTP codes that the contract does not have, or has differently: with the line of
the page, and the place in spec/ to enter them (-> keyword at file:line; for a
new operation the file of its resource).

spec/left-out.yaml lists what the contract leaves out on purpose, with the
reason.

In addition to the list it prints hints: what the contract has from a page of
that title and the page does not state. The vendor removed these fields, rows
and messages, or this copy lacks them.

When the documents change, run it on the new copies: the list is what to enter.

--propose writes drafts of that into a new directory, as far as the pages give
it: samples with made-up values, fragments of the contract and cases. Nothing is
applied, and everything is marked for review.

Exit codes: 0 nothing is missing, 1 facts are missing or a line could not be
read, with --strict also if there are hints, 2 it could not run.`,
		Example: `  kapture-conformance docs documents/*.txt
  kapture-conformance docs --format json new-page.txt
  pbpaste | kapture-conformance docs -
  kapture-conformance docs --propose proposal --generation 2027 new-page.txt`,
		Args: someFiles("docs", "a page"),
		RunE: f.run,
	}

	cmd.Flags().StringVar(&f.format, "format", "text", "how to print the list: text or json")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "end with exit code 1 if there are hints, for a scheduled job")
	f.proposal.register(cmd)
	return cmd
}

func (f *docsFlags) run(cmd *cobra.Command, files []string) error {
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	if err := f.proposal.check(); err != nil {
		return err
	}

	pages, err := readPages(files, cmd.InOrStdin())
	if err != nil {
		return err
	}
	doc, err := spec.Document()
	if err != nil {
		return doesNotLoad(err)
	}
	result, err := compareDocuments(doc, pages)
	if err != nil {
		return err
	}

	if err := f.print(cmd, result); err != nil {
		return err
	}
	if err := f.proposal.write(cmd.ErrOrStderr(), doc, result, pages); err != nil {
		return err
	}
	if !result.OK() || f.strict && result.HasHints() {
		return errFindings
	}
	return nil
}

// print prints the list, and for people the hints and a summary: a page without
// news must not end in silence.
func (f *docsFlags) print(cmd *cobra.Command, result *documents.Report) error {
	if f.format == "json" {
		return result.WriteJSON(cmd.OutOrStdout())
	}

	if err := result.WriteText(cmd.OutOrStdout()); err != nil {
		return err
	}
	if err := result.WriteHints(cmd.ErrOrStderr()); err != nil {
		return err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), result.Summary())
	return nil
}

// proposalFlags say where a proposal is written.
type proposalFlags struct{ dir, generation string }

func (f *proposalFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "propose", "",
		"write samples, fragments of the contract and cases into `DIR`, which must be new or empty")
	cmd.Flags().StringVar(&f.generation, "generation", "",
		"the `YEAR` of the pages, with --propose: no page has a date")
}

var generationForm = regexp.MustCompile(`^20\d\d(-\d\d)?$`)

func (f *proposalFlags) check() error {
	switch {
	case f.dir == "" && f.generation != "":
		return errors.New("--generation is for --propose; add it, or leave --generation out")
	case f.dir == "":
		return nil
	case f.generation == "":
		return errors.New("--propose needs --generation: no page has a date; give the year in which it was read, " +
			"such as 2027")
	case !generationForm.MatchString(f.generation):
		return fmt.Errorf("--generation is %q; it must be a year, or two, such as 2027 or 2026-27", f.generation)
	}
	return propose.Free(f.dir)
}

func (f *proposalFlags) write(log io.Writer, doc *openapi3.T, result *documents.Report, pages []*documents.Page) error {
	if f.dir == "" {
		return nil
	}

	taken := func(name string) bool { return doc.Components.Schemas[name] != nil }
	proposal := propose.New(result, pages, propose.Options{Generation: f.generation, Taken: taken})
	if len(proposal.Files) == 0 {
		fmt.Fprintln(log, "nothing to propose: the contract has what the pages state")
		return nil
	}
	if err := proposal.Write(f.dir); err != nil {
		return fmt.Errorf("--propose: %w", err)
	}

	fmt.Fprintf(log, "proposed in %s: begin with README.md\n", report.Clean(f.dir))
	return nil
}

// readPage reads a file, or what is piped in.
func readPage(file string, stdin io.Reader) (*documents.Page, error) {
	if file == "-" {
		return documents.Read("standard input", stdin)
	}
	return documents.ReadFile(file)
}

func readPages(files []string, stdin io.Reader) ([]*documents.Page, error) {
	var pages []*documents.Page
	for _, file := range files {
		page, err := readPage(file, stdin)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

func compareDocuments(doc *openapi3.T, pages []*documents.Page) (*documents.Report, error) {
	raw, err := spec.FS.ReadFile(spec.LeftOut)
	if err != nil {
		return nil, err
	}
	leftOut, err := documents.ParseLeftOut("spec/"+spec.LeftOut, raw)
	if err != nil {
		return nil, err
	}

	result := documents.Compare(doc, leftOut, pages...)
	for i := range result.Missing {
		authored(&result.Missing[i].Where)
	}
	for i := range result.Gone {
		authored(&result.Gone[i].Where)
	}
	for i := range result.Ties {
		authored(&result.Ties[i].Home)
	}
	return result, nil
}

// authored names a place in the authored files as findings do.
func authored(where *string) {
	if *where != "" {
		*where = "spec/" + *where
	}
}
