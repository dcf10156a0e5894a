package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/spec/contract"
)

func newVersion() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program and of its contract",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return printBuild(cmd.OutOrStdout())
			}
			return printVersion(cmd.OutOrStdout())
		},
	}

	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON, with the commit and the Go version")
	return cmd
}

func printVersion(out io.Writer) error {
	about := contractInfo()
	_, err := fmt.Fprintf(out, "kapture-conformance %s, contract %s %s\n", version(), about.Title, about.Version)

	return err
}

// build says which build this is. Its field names are stable.
type build struct {
	Version  string `json:"version"`
	Contract info   `json:"contract"`
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"` // of the commit
	Modified bool   `json:"modified"`       // not all of it is in the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func printBuild(out io.Writer) error {
	this := build{
		Version: version(), Contract: contractInfo(),
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}

	if known, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range known.Settings {
			switch setting.Key {
			case "vcs.revision":
				this.Commit = setting.Value
			case "vcs.time":
				this.Time = setting.Value
			case "vcs.modified":
				this.Modified = setting.Value == "true"
			}
		}
	}

	return json.NewEncoder(out).Encode(this)
}

// info is what the contract says about itself. It comes from the generated
// tables: loading the document for two words takes ten times as long as the rest
// of the program's start, and `version` is what installers call.
type info struct {
	Title   string `json:"title"`
	Version string `json:"version"`
}

func contractInfo() info {
	return info{Title: contract.Kapture().Title, Version: contract.Kapture().Version}
}

// version is the module's, as the Go toolchain knows it.
func version() string {
	known, ok := debug.ReadBuildInfo()
	if !ok || known.Main.Version == "" {
		return "(devel)"
	}

	return known.Main.Version
}
