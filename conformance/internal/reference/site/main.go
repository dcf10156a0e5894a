// Command site writes the reference of the contract as a folder of web pages:
// make docs-site.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kapture-community/kapture-go/conformance/internal/reference"
	"github.com/kapture-community/kapture-go/spec"
)

func main() {
	to := flag.String("to", "dist/docs-site", "the folder to write")
	notes := flag.String("notes", "spec/README.md", "the file with the sources, the disagreements and what is unknown")
	flag.Parse()

	if err := write(*to, *notes); err != nil {
		fmt.Fprintln(os.Stderr, "docs-site:", err)
		os.Exit(1)
	}
}

func write(folder, notesFile string) error {
	notes, err := os.ReadFile(notesFile)
	if err != nil {
		return err
	}
	document, err := spec.Document()
	if err != nil {
		return err
	}
	site, err := reference.New(reference.Source{Document: document, Notes: notes})
	if err != nil {
		return err
	}
	if err := site.Write(folder); err != nil {
		return err
	}

	pages := 0
	size := 0
	for _, name := range site.Files() {
		size += len(site.File(name))
		if filepath.Ext(name) == ".html" {
			pages++
		}
	}
	fmt.Printf("docs-site: %d pages, %d bytes in %s; open index.html\n", pages, size, folder)
	return nil
}
