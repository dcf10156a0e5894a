package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// proveWheel installs both wheels into a fresh environment, and runs tests with the
// fixture: in one process, in two, and strictly. One test fails on purpose, so that
// its report can be read.
func proveWheel(ctx context.Context, p *prover, dir string) (string, error) {
	tests := filepath.Join(p.build.tree, ".release", "python", "tests")
	wheel, err := p.find("kapture_conformance-*" + p.build.host.platform.wheelTag() + ".whl")
	if err != nil {
		return "", skippedError{"the build is not for this platform"}
	}
	contract, err := p.find("kapture_contract-*.whl")
	if err != nil {
		return "", err
	}
	venv := filepath.Join(dir, "venv")
	python := filepath.Join(venv, "bin", "python")
	pip := []string{python, "-m", "pip", "--quiet", "--disable-pip-version-check"}
	for _, args := range [][]string{
		{"python3", "-m", "venv", venv},
		slices.Concat(pip, []string{"install", "--require-hashes", "-r", filepath.Join(tests, "requirements.txt")}),
		slices.Concat(pip, []string{"install", "--no-deps", "--no-index", wheel, contract}),
		slices.Concat(pip, []string{"check"}),
	} {
		if _, err := in(dir).run(ctx, args[0], args[1:]...); err != nil {
			return "", err
		}
	}
	if err := p.checkVersion(ctx, dir, filepath.Join(venv, "bin", "kapture-conformance")); err != nil {
		return "", err
	}

	if err := runPytest(ctx, dir, python, filepath.Join(tests, "test_kapture.py")); err != nil {
		return "", err
	}
	if err := checkEndsWithParent(ctx, python, filepath.Join(tests, "orphan.py")); err != nil {
		return "", err
	}
	script := "import kapture_contract as c; print(c.load()['openapi'], c.path('kapture.yaml').is_file())"
	output, err := in(dir).run(ctx, python, "-c", script)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(output) != "3.0.3 True" {
		return "", fmt.Errorf("the contract package says %s", output)
	}

	return "pip, pytest, pytest -n 2 and kapture_strict as written; the mock ends with a killed test run", nil
}

// wheelTag returns the last tag of the platform's wheel, which ends its file name.
func (p platform) wheelTag() string {
	known, _ := findPlatform(p.String())
	if len(known.wheel) == 0 {
		return "none"
	}

	return known.wheel[len(known.wheel)-1]
}

// runPytest runs the tests in several ways, and reads the reports.
func runPytest(ctx context.Context, dir, python, tests string) error {
	const finding = "addUpdateCustomer: schema-type /customer_info/phone: "
	for _, way := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"1 failed, 5 passed", finding, "1 finding in 1 test that passed"}},
		{[]string{"-n", "2"}, []string{"1 failed, 5 passed", finding, "1 finding in 1 test that passed"}},
		{
			[]string{"-o", "kapture_strict=true"},
			[]string{
				"3 failed, 3 passed", "requests break the contract:\n" + finding, "the findings cannot be read:\n",
			},
		},
		{
			[]string{"-o", "kapture_args=--fault addUpdateCustomer=server-error", "-k", "that_conforms"},
			[]string{"1 failed", "HTTP Error 500"},
		},
	} {
		always := []string{"-m", "pytest", "-p", "no:cacheprovider", "--color=no", "-c", os.DevNull, "--rootdir", dir}
		args := append(always, way.args...)
		output, err := in(dir).run(ctx, python, append(args, tests)...)
		if err == nil {
			return fmt.Errorf("pytest %v: the test that fails on purpose passed\n%s", way.args, output)
		}
		for _, want := range way.want {
			if !strings.Contains(output, want) {
				return fmt.Errorf("pytest %v: the report lacks %q\n%s", way.args, want, tail(output, 60))
			}
		}
	}

	return nil
}

// checkEndsWithParent kills a process that started a mock, and fails unless the mock
// ends too.
func checkEndsWithParent(ctx context.Context, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s %v printed no address: %w", name, args, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		return err
	}
	_ = cmd.Wait()

	for range 100 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSpace(url)+"/__conformance/health", nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil // nobody listens any more
		}
		res.Body.Close()
		time.Sleep(50 * time.Millisecond)
	}

	return fmt.Errorf("the mock at %s outlived the process that started it", url)
}
