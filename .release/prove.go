package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// prover uses each package as its users do: it installs what is in dist into a
// fresh folder, without the tree that the packages were built from.
type prover struct {
	build *build
	dist  string
	work  string
	out   io.Writer
}

// proof uses one package. Its run returns a line that says what was proved.
type proof struct {
	name  string
	tools []string // commands that it needs
	run   func(ctx context.Context, p *prover, dir string) (string, error)
}

// skippedError reports that a proof cannot be made on this machine.
type skippedError struct{ reason string }

func (e skippedError) Error() string { return e.reason }

func proofs() []proof {
	return []proof{
		{name: "checksums", run: proveChecksums},
		{name: "archive", run: proveArchive},
		{name: "notices", run: proveNotices},
		{name: "go install", tools: []string{"go"}, run: proveGoInstall},
		{name: "image", run: proveImage},
		{name: "wheel", tools: []string{"python3"}, run: proveWheel},
		{name: "npm", tools: []string{"node", "npm"}, run: proveNPM},
		{name: "action", tools: []string{"bash", "jq", "tar", "sha256sum"}, run: proveAction},
	}
}

// all makes every proof and prints a summary.
func (p *prover) all(ctx context.Context, started time.Time) error {
	var failed, skipped []string
	proved := 0
	for i, proof := range proofs() {
		begun := time.Now()
		result, err := p.one(ctx, proof, filepath.Join(p.work, fmt.Sprint("proof", i)))
		seconds := time.Since(begun).Seconds()
		if skip, isSkip := errors.AsType[skippedError](err); isSkip {
			fmt.Fprintf(p.out, "skipped  %-10s  %s\n", proof.name, skip.reason)
			skipped = append(skipped, proof.name+" ("+skip.reason+")")
			continue
		}
		if err != nil {
			fmt.Fprintf(p.out, "FAILED   %-10s  %5.1f s  %v\n", proof.name, seconds, err)
			failed = append(failed, proof.name)
			continue
		}
		fmt.Fprintf(p.out, "proved   %-10s  %5.1f s  %s\n", proof.name, seconds, result)
		proved++
	}

	return p.summarize(proved, failed, skipped, time.Since(started))
}

func (p *prover) summarize(proved int, failed, skipped []string, took time.Duration) error {
	if len(skipped) > 0 {
		fmt.Fprintf(p.out, "packages: not proved on this machine: %s\n", strings.Join(skipped, ", "))
	}
	if len(skipped) > 0 && os.Getenv("REQUIRE_ALL") == "1" {
		failed = append(failed, "REQUIRE_ALL=1")
	}
	fmt.Fprintf(p.out, "packages: %d files, %d of %d proofs, %.0f s",
		len(p.build.packages), proved, len(proofs()), took.Seconds())
	if len(failed) > 0 {
		fmt.Fprintf(p.out, "; failed: %s\n", strings.Join(failed, ", "))
		return errFailed
	}
	fmt.Fprintln(p.out)

	return nil
}

// one makes one proof. Its time is limited: a test runner that hangs must not hold
// up a release.
func (p *prover) one(ctx context.Context, proof proof, dir string) (string, error) {
	for _, tool := range proof.tools {
		if _, err := exec.LookPath(tool); err != nil {
			return "", skippedError{"no " + tool}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()

	return proof.run(ctx, p, dir)
}

// find returns the path of the only package that matches a pattern.
func (p *prover) find(pattern string) (string, error) {
	matches, err := filepath.Glob(filepath.Join(p.dist, pattern))
	if err != nil {
		return "", err
	}
	if len(matches) != 1 {
		return "", fmt.Errorf("there are %d files %s in %s", len(matches), pattern, p.dist)
	}

	return matches[0], nil
}

// checkVersion runs a program, and fails unless it is the program that was built.
func (p *prover) checkVersion(ctx context.Context, dir, program string) error {
	output, err := in(dir).run(ctx, program, "version", "--json")
	if err != nil {
		return err
	}
	var reported struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal([]byte(output), &reported); err != nil {
		return fmt.Errorf("%s version: %w", program, err)
	}
	clean, _, _ := strings.Cut(reported.Version, "+")
	if clean != p.build.stamp.version.tag {
		return fmt.Errorf("%s has the version %s, want %s", program, reported.Version, p.build.stamp.version.tag)
	}

	return nil
}

// proveChecksums compares SHA256SUMS with every other file.
func proveChecksums(_ context.Context, p *prover, _ string) (string, error) {
	sums, err := os.ReadFile(filepath.Join(p.dist, "SHA256SUMS"))
	if err != nil {
		return "", err
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(sums)) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			return "", fmt.Errorf("SHA256SUMS has the line %q", line)
		}
		listed[name] = sum
	}
	entries, err := os.ReadDir(p.dist)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		if entry.Name() == "SHA256SUMS" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(p.dist, entry.Name()))
		if err != nil {
			return "", err
		}
		if sha256Hex(data) != listed[entry.Name()] {
			return "", fmt.Errorf("%s does not have the sum in SHA256SUMS", entry.Name())
		}
	}

	return fmt.Sprintf("%d files have the sums in SHA256SUMS", len(listed)), nil
}

// proveArchive unpacks the archive of this machine and runs the program.
func proveArchive(ctx context.Context, p *prover, dir string) (string, error) {
	host := p.build.host.platform
	archive, err := p.find(fmt.Sprintf("kapture-conformance_*_%s_%s.tar.gz", host.os, host.arch))
	if err != nil {
		return "", skippedError{"the build is not for this platform"}
	}
	if err := unpackTarGz(ctx, archive, dir); err != nil {
		return "", err
	}
	top := filepath.Join(dir, strings.TrimSuffix(filepath.Base(archive), ".tar.gz"))
	program := filepath.Join(top, host.program())
	if err := p.checkVersion(ctx, dir, program); err != nil {
		return "", err
	}
	if _, err := in(dir).run(ctx, program, "run", "--case", "customer-get-*"); err != nil {
		return "", err
	}

	commands, err := commandsOf(ctx, program)
	if err != nil {
		return "", err
	}
	for _, c := range commands {
		name := strings.TrimSuffix("kapture-conformance-"+c.name, "-") + ".1"
		page, err := os.ReadFile(filepath.Join(top, "man", "man1", name))
		if err != nil {
			return "", err
		}
		for _, part := range []string{".SH NAME", ".SH DESCRIPTION", ".SH OPTIONS"} {
			if !strings.Contains(string(page), part) {
				return "", fmt.Errorf("%s has no %s", name, part)
			}
		}
	}
	shells, err := proveCompletions(ctx, top)
	if err != nil {
		return "", err
	}

	return fmt.Sprintf("the program runs its cases; %d man pages; completions read by %s", len(commands), shells), nil
}

// proveCompletions lets each shell that is installed check the syntax of its
// script. PowerShell cannot do so without running the script.
func proveCompletions(ctx context.Context, top string) (string, error) {
	scripts := map[string]string{
		"bash": "kapture-conformance.bash",
		"zsh":  "_kapture-conformance",
		"fish": "kapture-conformance.fish",
		"pwsh": "kapture-conformance.ps1",
	}
	var read []string
	for shell, script := range scripts {
		path := filepath.Join(top, "completions", script)
		if _, err := os.Stat(path); err != nil {
			return "", err
		}
		if shell == "pwsh" {
			continue
		}
		if _, err := exec.LookPath(shell); err != nil {
			continue
		}
		if _, err := in(top).run(ctx, shell, "-n", path); err != nil {
			return "", err
		}
		read = append(read, shell)
	}
	slices.Sort(read)

	return strings.Join(read, ", "), nil
}

// proveNotices compares the notices and the bill of materials with the modules that
// the program says that it contains.
func proveNotices(ctx context.Context, p *prover, _ string) (string, error) {
	modules := 0
	for _, made := range p.build.programs {
		output, err := in("").run(ctx, "go", "version", "-m", made.path)
		if err != nil {
			return "", err
		}
		var listed bill
		if err := json.Unmarshal(made.sbom, &listed); err != nil {
			return "", err
		}
		components := map[string]bool{}
		for _, c := range listed.Components {
			components[c.Name+" "+c.Version] = true
		}
		for line := range strings.Lines(output) {
			fields := strings.Fields(line)
			if len(fields) < 3 || fields[0] != "dep" {
				continue
			}
			module := fields[1] + " " + fields[2]
			if !components[module] || !strings.Contains(string(made.notices), "\n"+module+": ") {
				const message = "%s contains %s, which its notices or its bill of materials leave out"
				return "", fmt.Errorf(message, made.platform, module)
			}
			delete(components, module)
			modules++
		}
		// Only the standard library, which is not a module, may be left.
		if len(components) != 1 {
			return "", fmt.Errorf("the bill of materials of %s lists too much: %v", made.platform, components)
		}
	}

	return fmt.Sprintf("notices and bills of materials name all %d modules of %d programs",
		modules, len(p.build.programs)), nil
}

// unpackTarGz unpacks an archive with tar, as a user does.
func unpackTarGz(ctx context.Context, archive, dir string) error {
	_, err := in(dir).run(ctx, "tar", "-xzf", archive)
	return err
}

// postTo sends a request to the mock, and fails unless the response is the one that
// Kapture documents.
func postTo(ctx context.Context, url string) error {
	body := strings.NewReader(`[{"phone":"9000000001"}]`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/search-customer-by-customer-id.html", body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Basic test-acme")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	output, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if !strings.Contains(string(output), "does not exist in our sytsem.") {
		return fmt.Errorf("HTTP %d, %s", res.StatusCode, output)
	}

	return nil
}
