package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
)

// asClient makes the test binary be one of the clients below.
const asClient = "as-client"

// clients are programs that a team might have, by what is to be said of them.
var clients = map[string]func(context.Context) int{
	"careful": careful,
	"naive":   naive,
	"failing": func(context.Context) int { fmt.Fprintln(os.Stderr, "no key", os.Getenv("KAPTURE_TOKEN")); return 3 },
	"silent":  func(context.Context) int { return 0 },
	"leaving": leaving,
	"hanging": func(context.Context) int { time.Sleep(time.Hour); return 0 },
	"crashing": func(context.Context) int {
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	},
}

// careful uses the client of this project, as its documentation shows.
func careful(ctx context.Context) int {
	fail := func(err error) int { fmt.Fprintln(os.Stderr, err); return 1 }
	c, err := client.New("",
		client.WithBaseURL(os.Getenv("KAPTURE_BASE_URL")),
		client.WithToken(os.Getenv("KAPTURE_TOKEN")),
		client.WithAttemptTimeout(3*time.Second))
	if err != nil {
		return fail(err)
	}

	for n := range 3 {
		added, err := c.Customers.Add(ctx, client.CustomerRequest{
			CustomerInfo: client.CustomerInfo{CustomerName: new("Asha"), Phone: new(fmt.Sprint("900000000", n))},
		})
		if err != nil {
			return fail(err)
		}
		got, err := c.Customers.Get(ctx, client.CustomerByID(added.Customer.CustomerID))
		if err != nil {
			return fail(err)
		}
		fmt.Println(got.ID, got.Contacts[0].Phone)
	}

	filter := client.CustomerQuery{CmID: client.NumberID(1000298)}
	yesterday := time.Now().AddDate(0, 0, -1) // midnight may pass meanwhile
	for customer, err := range c.Customers.Query(ctx, yesterday, time.Now(), filter, client.WithPageSize(2)) {
		if err != nil {
			return fail(err)
		}
		fmt.Println(customer.ID)
	}
	return 0
}

// leaving leaves a program running, and is careful otherwise.
func leaving(ctx context.Context) int {
	file := os.Getenv("LEFT_RUNNING")
	child := exec.Command("sh", "-c", "echo $$ >> "+file+"; sleep 60")
	if err := child.Start(); err != nil {
		return 1
	}
	for text := ""; !strings.HasSuffix(text, "\n"); { // until it runs
		raw, _ := os.ReadFile(file)
		text = string(raw)
	}
	return careful(ctx)
}

// naive tries everything three times, follows redirects, and takes HTTP 200 for
// success.
func naive(ctx context.Context) int {
	post := func(path, body string) (response []byte, ok bool) {
		for range 3 {
			address := os.Getenv("KAPTURE_BASE_URL") + path
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
			if err != nil {
				return nil, false
			}
			req.Header.Set("Authorization", "Basic "+os.Getenv("KAPTURE_TOKEN"))
			req.Header.Set("Content-Type", "application/json")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				continue
			}
			response, _ = io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return response, true
			}
		}
		return nil, false
	}

	if _, ok := post(addPath, wrongAdd); !ok {
		return 1
	}
	today := time.Now().In(client.India).Format(time.DateOnly)
	list, ok := post(pullPath, fmt.Sprintf(`[{"start_date":%q,"end_date":%[1]q}]`, today))
	if !ok {
		return 1
	}
	fmt.Println(bytes.Count(list, []byte(`"leadId"`)), "customers")
	return 0
}

// judged runs the command against one of the clients, and gives the codes of
// its findings by scenario.
func judged(t *testing.T, kind string, args ...string) (code int, found map[string][]string, stdout, stderr string) {
	t.Helper()
	args = append([]string{"client", "--format", "json"}, args...)
	args = append(args, "--", os.Args[0], asClient, kind)
	code, stdout, stderr = program(t, args...)
	var result struct {
		Cases []struct {
			Name     string
			Status   string
			Findings []conformance.Finding
		}
	}
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		t.Fatalf("%v\n%s\n%s", err, stdout, stderr)
	}

	found = map[string][]string{}
	for _, c := range result.Cases {
		found[c.Name] = []string{}
		if c.Status == "skipped" {
			found[c.Name] = []string{"skipped"}
		}
		for _, f := range c.Findings {
			if !slices.Contains(found[c.Name], f.Code) {
				found[c.Name] = append(found[c.Name], f.Code)
			}
			if _, known := conformance.Explain(f.Code); !known {
				t.Errorf("explain knows nothing of %s", f.Code)
			}
		}
	}
	return code, found, stdout, stderr
}

// The client of this project does right in every scenario.
func TestClientThatDoesRight(t *testing.T) {
	t.Parallel()
	code, found, stdout, stderr := judged(t, "careful", "--compare-output")
	if code != exitConforms || len(found) != len(scenarios) {
		t.Errorf("exit %d, %v\n%s\n%s", code, found, stdout, stderr)
	}
}

func TestClientThatDoesWrong(t *testing.T) {
	t.Parallel()
	code, found, stdout, stderr := judged(t, "naive", "--compare-output",
		"--scenario", "too-many-requests", "--scenario", "too-many-requests-date",
		"--scenario", "redirect", "--scenario", "reset-in-body",
		"--scenario", "truncated-json", "--scenario", "server-error",
		"--scenario", "unavailable", "--scenario", "wrong-content-type")
	for scenario, want := range map[string]string{
		"plain":                  "[schema-type]",
		"wrong-content-type":     "[schema-type]",
		"unavailable":            "[schema-type]",
		"too-many-requests":      "[schema-type client-impatient]",
		"too-many-requests-date": "[schema-type client-impatient]",
		"redirect":               "[schema-type client-redirected client-repeated-write]",
		"reset-in-body":          "[schema-type client-fooled]",
		"truncated-json":         "[schema-type client-fooled]",
		"server-error":           "[schema-type client-repeated-write]",
	} {
		if got := fmt.Sprint(found[scenario]); got != want {
			t.Errorf("%s: %s, want %s", scenario, got, want)
		}
	}
	if code != exitFindings || len(found) != 9 {
		t.Errorf("exit %d, %v\n%s", code, found, stderr)
	}
	if strings.Contains(stdout+stderr, "9000000001") || strings.Contains(stdout+stderr, clientKey) {
		t.Errorf("a customer's data or the key is shown:\n%s\n%s", stdout, stderr)
	}
}

func TestClientThatDoesNothingOfUse(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"failing":  "map[plain:[client-failed client-silent] server-error:[skipped]]",
		"silent":   "map[plain:[client-silent] server-error:[client-fooled client-silent]]",
		"hanging":  "map[plain:[client-hung] server-error:[skipped]]",
		"crashing": "map[plain:[client-crashed] server-error:[skipped]]",
	} {
		code, found, _, stderr := judged(t, kind, "--scenario", "server-error", "--timeout", "2s", "--show-output")
		if got := fmt.Sprint(found); code != exitFindings || got != want {
			t.Errorf("%s: exit %d, %s, want %s", kind, code, got, want)
		}
		if kind == "failing" && (!strings.Contains(stderr, "no key redacted") || strings.Contains(stderr, clientKey)) {
			t.Errorf("stderr is %q", stderr)
		}
	}
}

func TestClientCannotRun(t *testing.T) {
	for want, args := range map[string][]string{
		"client needs a COMMAND": {"client"},
		"cannot be run":          {"client", "--", filepath.Join(t.TempDir(), "nothing")},
		"--jobs is 0":            {"client", "--jobs", "0", "--", os.Args[0]},
		`there is no "sunshine"`: {"client", "--scenario", "sunshine", "--", os.Args[0]},
		"it must be above 0":     {"client", "--timeout", "0s", "--", os.Args[0]},
		"it must be one of":      {"client", "--format", "xml", "--", os.Args[0]},
	} {
		code, stdout, stderr := program(t, args...)
		if code != exitCannot || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit %d, %s%s, want %s", args, code, stdout, stderr, want)
		}
	}
	code, stdout, _ := program(t, "client", "--list")
	if code != exitConforms || strings.Count(stdout, "\n") != len(scenarios) {
		t.Errorf("--list: exit %d\n%s", code, stdout)
	}
}

// Each scenario has its line as it ends, and a finding of several scenarios
// claims nothing that only one of them has.
func TestClientSaysHowEachScenarioEnds(t *testing.T) {
	t.Parallel()
	args := []string{"client", "--jobs", "3", "--scenario", "server-error", "--scenario", "bad-gateway",
		"--scenario", "login-page", "--", os.Args[0], asClient, "naive"}
	code, stdout, stderr := program(t, args...)
	lines := []string{
		"✗ plain  [0-9.]+ s  1 finding where all goes well",
		"✗ server-error  [0-9.]+ s  \\d+ findings where every response is 500 with a failure in JSON",
		"✗ bad-gateway  [0-9.]+ s  \\d+ findings where every response is 502 with a page in HTML",
		"✗ login-page  [0-9.]+ s  \\d+ findings where every response is 200 with a login page in HTML",
	}
	for _, line := range lines {
		if !regexp.MustCompile("(?m)^" + line + "$").MatchString(stderr) {
			t.Errorf("standard error lacks %q:\n%s", line, stderr)
		}
	}
	if code != exitFindings || strings.Count(stderr, "\n") != len(lines) {
		t.Errorf("exit %d, standard error:\n%s", code, stderr)
	}

	merged := "the program sent the same write again"
	if strings.Count(stdout, merged) != 1 || strings.Contains(stdout, "every response is 500") {
		t.Errorf("the merged finding:\n%s", stdout)
	}
	if !strings.Contains(stdout, "server-error, bad-gateway") ||
		!strings.Contains(stdout, "kapture-conformance client --scenario server-error") {
		t.Errorf("the scenarios are not named:\n%s", stdout)
	}
	if !strings.Contains(stdout, "4 of 29 cases ran") {
		t.Errorf("the closing line does not say how many scenarios there are:\n%s", stdout)
	}
}

// An HTTP proxy of the environment is not between a program and its scenario.
func TestClientIsReachedWithoutAProxy(t *testing.T) {
	for before, want := range map[string]string{
		"":              "127.0.0.1,localhost",
		"a.example.com": "a.example.com,127.0.0.1,localhost",
	} {
		t.Setenv("NO_PROXY", before)
		t.Setenv("no_proxy", before)
		cmd := exec.CommandContext(t.Context(), "env")
		cmd.Env = withoutProxy(os.Environ())
		for _, name := range []string{"NO_PROXY", "no_proxy"} {
			if setting := name + "=" + want; !slices.Contains(cmd.Environ(), setting) {
				t.Errorf("the program does not get %s", setting)
			}
		}
	}
}
