package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Bench runs rows.
type Bench struct {
	Quick bool
	// Rounds is how many rounds a row has at first.
	Rounds int
	// Self is this program, Program the one that it measures, Work the directory
	// for what a run needs and Root that of the repository.
	Self, Program, Work, Root string
	Log                       io.Writer

	servers map[string]*Process
	built   map[string]bool // what buildOnce has made
	peers   error           // why there are no npm peers
}

// The numbers of rounds.
const (
	rounds     = 7
	moreRounds = 8
)

// rowTime bounds one row, so that a peer that hangs does not end everything.
const rowTime = 8 * time.Minute

// What may be missing in a quick run.
var (
	errNPM       = errors.New("the quick run has no npm peers")
	errToolchain = errors.New("the Go version cannot be had")
)

// shorter returns a size, or that of the quick run.
func (b *Bench) shorter(full, quick int) int {
	if b.Quick {
		return quick
	}
	return full
}

// run measures a row and judges it.
func (b *Bench) run(ctx context.Context, row Row, misses []Miss) []Result {
	ctx, cancel := context.WithTimeout(ctx, rowTime)
	defer cancel()
	b.servers = map[string]*Process{}
	defer b.stopServers()

	began := time.Now()
	measured := &measuredRow{row: row}
	wanted := b.Rounds
	if row.Once || b.Quick {
		wanted = 1
	}
	b.measure(ctx, measured, wanted)
	if !b.Quick && needsMore(row, measured.rounds, misses) {
		b.measure(ctx, measured, moreRounds)
	}

	results := judge(row, measured.rounds, measured.failures, misses)
	fmt.Fprintf(b.Log, "%s: %d rounds in %.0f s\n", row.Name, len(measured.rounds), time.Since(began).Seconds())
	for _, r := range results {
		fmt.Fprintln(b.Log, "  "+r.line(b.Quick))
	}
	return results
}

// measuredRow is a row in the making.
type measuredRow struct {
	row      Row
	rounds   []Round
	failures []failure
}

// measure adds rounds. In each, ours and its peers take turns, so that what
// disturbs the machine for a while disturbs neighbours alike. What fails once is
// left out from then on, and its targets are not measured.
func (b *Bench) measure(ctx context.Context, m *measuredRow, n int) {
	for range n {
		if reasonOf(Target{}, m.failures) != nil {
			return
		}
		round := Round{Peers: map[string]Measurement{}}
		ours, err := m.row.Ours(ctx, b)
		if err != nil {
			m.failures = append(m.failures, failure{reason: err})
			return
		}

		round.Ours = ours
		for _, peer := range m.row.Peers {
			if reasonOf(Target{Peer: peer.Name}, m.failures) != nil {
				continue
			}
			measured, err := b.measurePeer(ctx, peer)
			if err != nil {
				m.failures = append(m.failures, failure{peer: peer.Name, reason: err})
				continue
			}
			round.Peers[peer.Name] = measured
		}
		m.rounds = append(m.rounds, round)
	}
}

func (b *Bench) measurePeer(ctx context.Context, peer Peer) (Measurement, error) {
	if peer.NPM && b.Quick {
		return nil, errNPM
	}
	if peer.NPM && b.peers != nil {
		return nil, b.peers
	}
	return peer.Measure(ctx, b)
}

// server returns a server that runs until the row ends. It is started by the
// first call with its name.
func (b *Bench) server(ctx context.Context, name string, program func() (Program, error)) (*Process, error) {
	if running := b.servers[name]; running != nil {
		return running, nil
	}
	p, err := program()
	if err != nil {
		return nil, err
	}
	running, err := startServer(ctx, p)
	if err != nil {
		return nil, err
	}
	b.servers[name] = running
	return running, nil
}

func (b *Bench) stopServers() {
	for name, running := range b.servers {
		if err := running.Stop(); err != nil {
			fmt.Fprintf(b.Log, "  %s: %v\n", name, err)
		}
	}
}

// build builds the program that is measured.
func (b *Bench) build(ctx context.Context) error {
	b.Program = filepath.Join(b.Work, "kapture-conformance")
	return build{dir: b.Root, what: "./conformance/cmd/kapture-conformance", to: b.Program}.run(ctx)
}

// builtBy returns this program, built by a Go version.
func (b *Bench) builtBy(ctx context.Context, toolchain string) (string, error) {
	if sameMinor(runtime.Version(), toolchain) {
		return b.Self, nil
	}
	return b.buildOnce("bench-"+toolchain, func(to string) error {
		own := build{dir: filepath.Join(b.Root, "conformance/bench"), what: ".", to: to, toolchain: toolchain}
		err := own.run(ctx)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", errToolchain, toolchain, err)
		}
		return nil
	})
}

// buildOnce returns the path of what a run makes for itself, which is made when
// it is asked for first.
func (b *Bench) buildOnce(name string, build func(to string) error) (string, error) {
	path := filepath.Join(b.Work, name)
	if b.built[name] {
		return path, nil
	}
	if err := build(path); err != nil {
		return "", err
	}
	if b.built == nil {
		b.built = map[string]bool{}
	}
	b.built[name] = true
	return path, nil
}

// sameMinor reports whether two Go versions are both 1.26, for example.
func sameMinor(a, b string) bool {
	minor := func(version string) string {
		parts := strings.SplitN(version, ".", 3)
		return strings.Join(parts[:min(2, len(parts))], ".")
	}
	return minor(a) == minor(b)
}

// build is a program to build.
type build struct {
	dir       string // of the module
	what      string // the package
	to        string // the file to write
	toolchain string // the Go version; that of this program if empty
}

// run builds the program.
func (p build) run(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", p.to, p.what) //nolint:gosec // go
	cmd.Dir = p.dir
	cmd.Env = os.Environ()
	if p.toolchain != "" {
		cmd.Env = append(cmd.Env, "GOTOOLCHAIN="+p.toolchain)
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// installPeers installs what comes from npm, in the pinned versions.
func (b *Bench) installPeers(ctx context.Context) error {
	from := filepath.Join(b.Root, "conformance/bench/peers")
	to := filepath.Join(b.Work, "peers")
	if err := os.MkdirAll(to, 0o750); err != nil {
		return err
	}
	lock, err := os.ReadFile(filepath.Join(from, "package-lock.json"))
	if err != nil {
		return err
	}
	stamp := filepath.Join(to, "node_modules", ".installed")
	if installed, err := os.ReadFile(stamp); err == nil && bytes.Equal(installed, lock) {
		return nil
	}

	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o600); err != nil { //nolint:gosec // as below
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = to
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("the npm peers cannot be installed: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return os.WriteFile(stamp, lock, 0o600) //nolint:gosec // in the directory of this program
}

// npm returns the path of a file of an npm package.
func (b *Bench) npm(file string) string { return filepath.Join(b.Work, "peers/node_modules", file) }
