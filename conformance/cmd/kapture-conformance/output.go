package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/report"
)

// outputFlags say how a result is printed.
type outputFlags struct {
	format     string
	reportFile string
	verbose    bool
}

func (f *outputFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.format, "format", "text", "how to print the result: text, json or junit")
	cmd.Flags().StringVar(&f.reportFile, "report", "", "write the result to `FILE.html` too, one self-contained page")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "list everything that was checked, not only what has findings")
}

func (f *outputFlags) check() error { return oneOf("format", f.format, "text", "json", "junit") }

// write prints the result, and says by its error whether there are findings.
func (f *outputFlags) write(out io.Writer, html *page, run *report.Run) error {
	if html != nil {
		if err := errors.Join(report.HTML(html, run), html.keep()); err != nil {
			return fmt.Errorf("writing %s: %w", f.reportFile, err)
		}
	}
	if err := f.print(out, run); err != nil {
		return err
	}
	if !run.OK() {
		return errFindings
	}
	return nil
}

func (f *outputFlags) print(out io.Writer, run *report.Run) error {
	switch f.format {
	case "json":
		return report.JSON(out, run)
	case "junit":
		return report.JUnit(out, run)
	}
	return report.Text(out, run, report.Options{Color: colourful(out), Verbose: f.verbose})
}

// colourful reports whether out is a terminal that wants colours.
func colourful(out io.Writer) bool {
	return report.Terminal(out) && os.Getenv("NO_COLOR") == ""
}

// showValuesFlag is that of every command that judges bodies.
func showValuesFlag(cmd *cobra.Command, show *bool) {
	cmd.Flags().BoolVar(show, "show-values", false, "let findings show what bodies held; a customer's data may be among it")
}

// page is a report in the making. It takes its name when it is whole, so that a
// run which ends early leaves an older report as it was.
type page struct {
	*os.File
	name string
}

// openReport creates the file first: a run must not end in a file that cannot
// be written.
func openReport(name string) (*page, error) {
	if name == "" {
		return nil, nil
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return nil, cannotWrite("report", name, errors.New("it is a folder"))
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, cannotWrite("report", name, err)
	}
	return &page{file, name}, nil
}

// cannotWrite names the file that was asked for: what the system says may be
// about another, the one that was to become it.
func cannotWrite(flag, name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--%s: %s cannot be written: there is no folder %s; make it, or name a file in another one", flag, name, filepath.Dir(name))
	}
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		err = of.Err
	}
	return fmt.Errorf("--%s: %s cannot be written: %w; name a file in a folder that can be written", flag, name, err)
}

func (p *page) keep() error {
	if err := errors.Join(p.Chmod(0o644), p.File.Close()); err != nil {
		return err
	}
	return os.Rename(p.Name(), p.name)
}

// discard removes what was not kept.
func (p *page) discard() {
	if p == nil {
		return
	}
	_ = p.File.Close()
	_ = os.Remove(p.Name())
}
