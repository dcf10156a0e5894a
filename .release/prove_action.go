package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// proveAction runs the scripts of the composite Action as a runner does, with a
// stub of gh that takes releases from dist.
func proveAction(ctx context.Context, p *prover, dir string) (string, error) {
	host := p.build.host.platform
	arch, isKnown := map[string]string{"linux/amd64": "X64", "linux/arm64": "ARM64"}[host.String()]
	if !isKnown {
		return "", skippedError{"written for a Linux machine"}
	}
	if _, err := p.find(fmt.Sprintf("kapture-conformance_*_%s_%s.tar.gz", host.os, host.arch)); err != nil {
		return "", skippedError{"the build is not for this platform"}
	}
	a := &action{
		scripts: filepath.Join(p.build.tree, ".github", "actions", "conformance"),
		dir:     dir,
		dist:    p.dist,
		path:    filepath.Join(dir, "bin") + ":" + os.Getenv("PATH"),
		environment: []string{
			"RUNNER_OS=Linux", "RUNNER_ARCH=" + arch, "RUNNER_TEMP=" + dir,
			"GITHUB_PATH=" + filepath.Join(dir, "path"), "GITHUB_OUTPUT=" + filepath.Join(dir, "output"),
			"GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary"), "VERSION=" + p.build.stamp.version.tag,
		},
	}
	if err := a.install(ctx, p); err != nil {
		return "", err
	}
	if err := a.annotate(ctx); err != nil {
		return "", err
	}

	return "installs, rejects a changed archive, annotates findings, keeps the exit code", nil
}

// action is the composite Action on a runner.
type action struct {
	scripts     string // folder of its scripts
	dir         string // where its steps run
	dist        string
	environment []string
	path        string // PATH of the steps; install adds to it
}

// run runs one script of the action.
func (a *action) run(ctx context.Context, script string, environment ...string) (string, error) {
	all := slices.Concat(a.environment, environment, []string{"PATH=" + a.path})

	return in(a.dir, all...).run(ctx, "bash", filepath.Join(a.scripts, script))
}

// install fails to install an archive that differs from its sum in SHA256SUMS, and
// then installs the program from dist.
func (a *action) install(ctx context.Context, p *prover) error {
	const gh = `#!/usr/bin/env bash
# gh release download TAG --pattern P --pattern P --dir D | gh attestation verify FILE
set -eu
[ "$1" = release ] || { echo "$3" >> "$RUNNER_TEMP/attested"; exit 0; }
while [ $# -gt 0 ]; do
	case "$1" in
	--dir) to=$2 ;;
	--pattern) cp "$RELEASE/$2" "$to/" ;;
	esac
	shift
done
`
	if err := os.MkdirAll(filepath.Join(a.dir, "bin"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.dir, "bin", "gh"), []byte(gh), 0o755); err != nil {
		return err
	}
	changed, err := a.changedRelease()
	if err != nil {
		return err
	}
	if output, err := a.run(ctx, "install.sh", "RELEASE="+changed); err == nil {
		return fmt.Errorf("an archive that is not in SHA256SUMS was installed\n%s", output)
	}

	if _, err := a.run(ctx, "install.sh", "RELEASE="+a.dist); err != nil {
		return err
	}
	path, err := os.ReadFile(filepath.Join(a.dir, "path"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(a.dir, "attested")); err != nil {
		return fmt.Errorf("the attestation was not verified: %w", err)
	}
	installed := strings.TrimSpace(string(path))
	a.path = installed + ":" + a.path

	return p.checkVersion(ctx, a.dir, filepath.Join(installed, "kapture-conformance"))
}

// changedRelease makes a release whose archives can be unpacked, but do not have the
// sums in SHA256SUMS.
func (a *action) changedRelease() (string, error) {
	changed := filepath.Join(a.dir, "changed")
	if err := os.CopyFS(changed, os.DirFS(a.dist)); err != nil {
		return "", err
	}
	archives, err := filepath.Glob(filepath.Join(changed, "*.tar.gz"))
	if err != nil {
		return "", err
	}
	empty, err := gzipped(nil)
	if err != nil {
		return "", err
	}
	for _, archive := range archives {
		data, err := os.ReadFile(archive)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(archive, append(data, empty...), 0o644); err != nil {
			return "", err
		}
	}

	return changed, nil
}

// annotate replays a recording that conforms, and one with a request that breaks the
// contract.
func (a *action) annotate(ctx context.Context) error {
	const exchange = `{"request":{"method":"POST",` +
		`"url":"https://acme.example.com/search-customer-by-customer-id.html",` +
		`"header":{"Authorization":["Basic x"],"Content-Type":["application/json"]},"body":%q},` +
		`"response":{"status":200,"header":{"Content-Type":["application/json"]},` +
		`"body":"{\"Customer Details\":\"Information given by you does not exist in our sytsem.\",` +
		`\"status\":\"failed\"}"}}`
	for name, test := range map[string]struct {
		body      string
		annotates bool
	}{
		"right one.ndjson": {`[{"phone":"9000000001"}]`, false},
		"wrong one.ndjson": {`[{"phone":["9000000001"]}]`, true},
	} {
		recording := fmt.Sprintf(exchange, test.body) + "\n"
		if err := os.WriteFile(filepath.Join(a.dir, name), []byte(recording), 0o644); err != nil {
			return err
		}
		output, err := a.run(ctx, "run.sh", "ARGS=replay '"+name+"'")
		annotated := strings.Contains(output, "title=schema-type::getCustomer")
		if (err != nil) != test.annotates || annotated != test.annotates {
			return fmt.Errorf("replay %s: want annotations and an error: %v, got %s\n%s",
				name, test.annotates, fmt.Sprint(err), output)
		}
	}
	// The help of drift mentions --report, but only as a flag of other commands.
	if _, err := a.run(ctx, "run.sh", "ARGS=drift 'right one.ndjson'"); err != nil {
		return err
	}

	summary, err := os.ReadFile(filepath.Join(a.dir, "summary"))
	if err != nil {
		return err
	}
	if !strings.Contains(string(summary), "schema-type") {
		return fmt.Errorf("the summary of the job lacks the finding:\n%s", summary)
	}

	return nil
}
