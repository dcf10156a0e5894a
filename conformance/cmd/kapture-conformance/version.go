package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/spec"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program and of its contract",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			doc, err := spec.Document()
			if err != nil {
				return fmt.Errorf("the contract does not load: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "kapture-conformance %s, contract %s %s\n", version(), doc.Info.Title, doc.Info.Version)
			return nil
		},
	}
}

// version is the module's, as the Go toolchain knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
