package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/documents"
	"github.com/kapture-community/kapture-go/spec"
)

func newDocs() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "docs FILE...",
		Short: "List the facts of the vendor's documents that the contract lacks",
		Long: `docs reads pages of the vendor as they are, broken JSON too ("-" is the standard
input), and lists which paths, JSON members, rows of tables, messages, error
names and HTTP codes the contract does not have, or has otherwise: at which line
of the page, and where in spec/ it is to be entered (-> keyword at file:line).
What the contract leaves out on purpose stands in spec/left-out.yaml with its
reason. HTTP methods, headers, and the values in samples and their types are not
compared: look at those yourself.

Beside the list, as hints, it names what the contract has from a page of that
title and the page does not state: members, rows and messages that the vendor
took away, or that this copy lacks.

When the documents change, run it on the new copies: the list is the work.

Exit codes: 0 nothing is lacking (there may be hints), 1 facts are lacking or a
line could not be read, 2 it could not run.`,
		Example: `  kapture-conformance docs documents/*.txt
  kapture-conformance docs --format json new-page.txt
  pbpaste | kapture-conformance docs -`,
		Args: someFiles("docs", "a page"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("format", format, "text", "json"); err != nil {
				return err
			}
			result, err := compareDocuments(args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			write := result.WriteText
			if format == "json" {
				write = result.WriteJSON
			}
			if err := write(cmd.OutOrStdout()); err != nil {
				return err
			}
			if format == "text" { // beside the list, so that a page without news is not met with silence
				if err := result.WriteHints(cmd.ErrOrStderr()); err != nil {
					return err
				}
				fmt.Fprintln(cmd.ErrOrStderr(), result.Summary())
			}
			if !result.OK() {
				return errFindings
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "how to print the list: text or json")
	return cmd
}

// readPage reads a file, or what is piped in.
func readPage(file string, stdin io.Reader) (*documents.Page, error) {
	if file == "-" {
		return documents.Read("standard input", stdin)
	}
	return documents.ReadFile(file)
}

func compareDocuments(files []string, stdin io.Reader) (*documents.Report, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, fmt.Errorf("the contract does not load: %w", err)
	}
	raw, err := spec.FS.ReadFile(spec.LeftOut)
	if err != nil {
		return nil, err
	}
	leftOut, err := documents.ParseLeftOut("spec/"+spec.LeftOut, raw)
	if err != nil {
		return nil, err
	}
	var pages []*documents.Page
	for _, file := range files {
		page, err := readPage(file, stdin)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	result := documents.Compare(doc, leftOut, pages...)
	for i := range result.Missing {
		authored(&result.Missing[i].Where)
	}
	for i := range result.Gone {
		authored(&result.Gone[i].Where)
	}
	return result, nil
}

// authored names a place in the authored files as findings do.
func authored(where *string) {
	if *where != "" {
		*where = "spec/" + *where
	}
}
