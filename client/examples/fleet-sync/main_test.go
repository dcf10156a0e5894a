//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// command runs the program as main does.
func command(t *testing.T, database string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	p := program{database: database, stdout: &out, stderr: &errs}
	code = p.run(t.Context(), args)
	return code, out.String(), errs.String()
}

func TestCommandLine(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		stderr string
	}{
		"no command":         {args: nil, stderr: "Usage:"},
		"an unknown command": {args: []string{"sync"}, stderr: "Usage:"},
		"an unknown flag":    {args: []string{"status", "-unknown"}, stderr: "-unknown"},
		"an argument":        {args: []string{"status", "now"}, stderr: `"now"`},
		"no tenants":         {args: []string{"enqueue", "-from", "2024-05-01"}, stderr: "-tenants"},
		"a tenant's URL": {
			args:   []string{"enqueue", "-tenants", "https://acme", "-from", "2024-05-01"},
			stderr: "sub-domain",
		},
		"no first day":   {args: []string{"enqueue", "-tenants", "acme"}, stderr: "-from"},
		"a day in words": {args: []string{"enqueue", "-tenants", "acme", "-from", "May"}, stderr: "May"},
		"days backwards": {
			args:   []string{"enqueue", "-tenants", "acme", "-from", "2024-05-02", "-to", "2024-05-01"},
			stderr: "before they begin",
		},
		"an unknown resource": {
			args:   []string{"enqueue", "-tenants", "acme", "-from", "2024-05-01", "-resources", "orders"},
			stderr: `"orders"`,
		},
		"no rate": {
			args:   []string{"enqueue", "-tenants", "acme", "-from", "2024-05-01", "-rate", "0"},
			stderr: "-rate",
		},
		"no keys": {args: []string{"work"}, stderr: "-keys"},
		"a rescue of what still runs": {
			args:   []string{"work", "-keys", "keys", "-job-timeout", "1m", "-rescue-after", "1m"},
			stderr: "-rescue-after",
		},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := command(t, "", c.args...)
			if code != exitUsage || !strings.Contains(stderr, c.stderr) {
				t.Errorf("exit %d: %s", code, stderr)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"-help"}, {"help"}, {"enqueue", "-help"}, {"work", "-h"}} {
		if code, stdout, _ := command(t, "", args...); code != exitDone || stdout == "" {
			t.Errorf("%q: exit %d: %s", args, code, stdout)
		}
	}
}

func TestNoDatabase(t *testing.T) {
	code, _, stderr := command(t, "postgres://fleet@/none?host="+t.TempDir(), "status")
	if code != exitFailed || !strings.Contains(stderr, "no connection") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// The three commands, from an empty database to a full one.
func TestCommands(t *testing.T) {
	f := newFleet(t)
	f.fill("acme", 3)
	database := newDatabase(t)

	for _, args := range [][]string{{"work", "-keys", f.settings.keys}, {"status"}} {
		code, _, stderr := command(t, database, args...)
		if code != exitFailed || !strings.Contains(stderr, "fleet-sync enqueue") {
			t.Errorf("%s without tables: exit %d: %s", args[0], code, stderr)
		}
	}

	enqueue := []string{
		"enqueue", "-tenants", "acme", "-from", "2024-05-01", "-to", "2024-05-04", "-rate", "1000", "-burst", "100",
	}
	for _, want := range []string{"planned 8 windows\n", "planned 0 windows\n"} {
		if code, stdout, stderr := command(t, database, enqueue...); code != exitDone || stdout != want {
			t.Errorf("enqueue: exit %d: %s%s", code, stdout, stderr)
		}
	}

	if code, _, _ := command(t, database, "status"); code != exitPending {
		t.Errorf("status of pending windows: exit %d", code)
	}
	code, _, stderr := command(t, database, "work", "-keys", f.settings.keys, "-base-url", f.kapture.URL,
		"-until-complete")
	if code != exitDone {
		t.Errorf("work: exit %d: %s", code, stderr)
	}
	if code, stdout, _ := command(t, database, "status"); code != exitDone || !strings.Contains(stdout, "2024-05-04") {
		t.Errorf("status: exit %d: %s", code, stdout)
	}
}

// A key of the operation comes before the tenant's, and is read again each time.
func TestKeys(t *testing.T) {
	dir := keyFolder(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(string(dir), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	_, err := dir.token("acme", client.OpPullTickets)
	if err == nil || !strings.Contains(err.Error(), "acme.pullTickets") {
		t.Errorf("no key: %v", err)
	}

	for _, step := range []struct{ file, text, want string }{
		{file: "acme", text: "first\n", want: "first"},
		{file: "acme", text: "rotated", want: "rotated"},
		{file: "acme.pullCustomers", text: "another operation's", want: "rotated"},
		{file: "acme.pullTickets", text: "own", want: "own"},
	} {
		write(step.file, step.text)
		if key, err := dir.token("acme", client.OpPullTickets); err != nil || key != step.want {
			t.Errorf("after %s: %q, %v", step.file, key, err)
		}
	}
}

// The README gives the reason for each setting.
func TestReadmeHasEveryFlag(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{"enqueue", "work", "status"} {
		_, help, _ := command(t, "", name, "-help")
		for _, flag := range regexp.MustCompile(`(?m)^  (-[a-z-]+)`).FindAllStringSubmatch(help, -1) {
			if !strings.Contains(string(readme), "`"+flag[1]+"`") {
				t.Errorf("the README does not name %s of %s", flag[1], name)
			}
		}
	}
}
