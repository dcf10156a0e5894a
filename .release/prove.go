package main

import (
	"context"
	"encoding/json"
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

// prover uses each package as its users would: it installs what is in dist in a
// fresh folder, and knows nothing of the tree that it was built from.
type prover struct {
	built *built
	dist  string
	work  string
	out   io.Writer
}

// proof is one package in use. Its run returns a line about what was seen.
type proof struct {
	name  string
	tools []string // programs that it needs
	run   func(ctx context.Context, p *prover, dir string) (string, error)
}

// errSkipped says that a proof cannot be made on this machine.
type errSkipped struct{ reason string }

func (e errSkipped) Error() string { return e.reason }

func proofs() []proof {
	return []proof{
		{name: "checksums", run: proveChecksums},
		{name: "archive", run: proveArchive},
		{name: "papers", run: provePapers},
		{name: "go install", tools: []string{"go"}, run: proveGoInstall},
		{name: "image", run: proveImage},
		{name: "wheel", tools: []string{"python3"}, run: proveWheel},
		{name: "npm", tools: []string{"node", "npm"}, run: proveNPM},
		{name: "action", tools: []string{"bash", "jq", "tar", "sha256sum"}, run: proveAction},
	}
}

// all makes every proof, and ends with the figure.
func (p *prover) all(ctx context.Context, started time.Time) error {
	var failed, skipped []string
	proved := 0
	for i, proof := range proofs() {
		begun := time.Now()
		seen, err := p.one(ctx, proof, filepath.Join(p.work, fmt.Sprint("proof", i)))
		seconds := time.Since(begun).Seconds()
		if reason, isSkip := err.(errSkipped); isSkip { //nolint:errorlint // it is never wrapped
			fmt.Fprintf(p.out, "skipped  %-10s  %s\n", proof.name, reason)
			skipped = append(skipped, proof.name+" ("+reason.reason+")")
			continue
		}
		if err != nil {
			fmt.Fprintf(p.out, "FAILED   %-10s  %5.1f s  %v\n", proof.name, seconds, err)
			failed = append(failed, proof.name)
			continue
		}
		fmt.Fprintf(p.out, "proved   %-10s  %5.1f s  %s\n", proof.name, seconds, seen)
		proved++
	}

	return p.sumUp(proved, failed, skipped, time.Since(started))
}

func (p *prover) sumUp(proved int, failed, skipped []string, took time.Duration) error {
	if len(skipped) > 0 {
		fmt.Fprintf(p.out, "packages: not proved on this machine: %s\n", strings.Join(skipped, ", "))
	}
	missing := len(skipped) > 0 && os.Getenv("REQUIRE_ALL") == "1"
	if missing {
		failed = append(failed, "REQUIRE_ALL=1")
	}
	fmt.Fprintf(p.out, "packages: %d files, %d of %d proofs, %.0f s",
		len(p.built.packages), proved, len(proofs()), took.Seconds())
	if len(failed) > 0 {
		fmt.Fprintf(p.out, "; failed: %s\n", strings.Join(failed, ", "))
		return errFailed
	}
	fmt.Fprintln(p.out)

	return nil
}

func (p *prover) one(ctx context.Context, proof proof, dir string) (string, error) {
	for _, tool := range proof.tools {
		if _, err := exec.LookPath(tool); err != nil {
			return "", errSkipped{"no " + tool}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()

	return proof.run(ctx, p, dir)
}

// find gives the path of the one package that matches a pattern.
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

// saysVersion runs a program, and fails unless it is the one that was built.
func (p *prover) saysVersion(ctx context.Context, dir, program string) error {
	said, err := in(dir).run(ctx, program, "version", "--json")
	if err != nil {
		return err
	}
	var about struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal([]byte(said), &about); err != nil {
		return fmt.Errorf("%s version: %w", program, err)
	}
	clean, _, _ := strings.Cut(about.Version, "+")
	if clean != p.built.about.version.tag {
		return fmt.Errorf("%s has the version %s, want %s", program, about.Version, p.built.about.version.tag)
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
	host := p.built.host.platform
	archive, err := p.find(fmt.Sprintf("kapture-conformance_*_%s_%s.tar.gz", host.os, host.arch))
	if err != nil {
		return "", errSkipped{"the build is not for this platform"}
	}
	if err := unpackTarGz(ctx, archive, dir); err != nil {
		return "", err
	}
	top := filepath.Join(dir, strings.TrimSuffix(filepath.Base(archive), ".tar.gz"))
	program := filepath.Join(top, host.program())
	if err := p.saysVersion(ctx, dir, program); err != nil {
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

// proveCompletions lets each shell that is here read its script.
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
		if _, err := exec.LookPath(shell); err != nil || shell == "pwsh" {
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

// provePapers compares the notices and the bill of materials with what the
// program itself says that it contains.
func provePapers(ctx context.Context, p *prover, _ string) (string, error) {
	modules := 0
	for _, made := range p.built.programs {
		said, err := in("").run(ctx, "go", "version", "-m", made.path)
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
		for line := range strings.Lines(said) {
			fields := strings.Fields(line)
			if len(fields) < 3 || fields[0] != "dep" {
				continue
			}
			module := fields[1] + " " + fields[2]
			if !components[module] || !strings.Contains(string(made.notices), "\n"+module+": ") {
				return "", fmt.Errorf("%s contains %s, which its papers leave out", made.platform, module)
			}
			delete(components, module)
			modules++
		}
		if len(components) != 1 { // the standard library is not a module of the build
			return "", fmt.Errorf("the bill of materials of %s lists too much: %v", made.platform, components)
		}
	}

	return fmt.Sprintf("notices and bills of materials name all %d modules of %d programs",
		modules, len(p.built.programs)), nil
}

// unpackTarGz unpacks an archive with tar, as a user does.
func unpackTarGz(ctx context.Context, archive, dir string) error {
	_, err := in(dir).run(ctx, "tar", "-xzf", archive)
	return err
}

// postTo sends one request of the contract, and fails unless the mock responds
// to it as Kapture would.
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
	said, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if !strings.Contains(string(said), "does not exist in our sytsem.") {
		return fmt.Errorf("HTTP %d, %s", res.StatusCode, said)
	}

	return nil
}
