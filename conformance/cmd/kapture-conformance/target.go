package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/listen"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// targetFlags say which server the cases run against.
type targetFlags struct {
	baseURL        string
	token          string
	user, password string
	isMock         bool
	allowWrites    bool
	account        string
	seed           string
	timeout        time.Duration
}

func (f *targetFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.baseURL, "base-url", "",
		"test the server at `URL` instead of the embedded mock; https unless it is on this machine")
	flags.StringVar(&f.token, "token", "",
		"the key, the text after the word Basic; better in the environment as KAPTURE_TOKEN")
	flags.StringVar(&f.user, "user", "", "user name, for keys made of user and password; environment KAPTURE_USER")
	flags.StringVar(&f.password, "password", "", "its password; better in the environment as KAPTURE_PASSWORD")
	flags.BoolVar(&f.isMock, "mock", false,
		"the server at --base-url is a mock of this project: every case runs, with its test keys")
	flags.BoolVar(&f.allowWrites, "allow-writes", false, "run cases that add or change records, on a live tenant too")
	flags.StringVar(&f.account, "account", "",
		"the `NUMBER` of the account (cm_id), which queries of a live tenant need")
	flags.StringVar(&f.seed, "seed", "",
		"repeat a run: the same `SEED` gives the same made-up names, phones and addresses")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long one step may take")
}

// keyed is a request with the credentials of the flags.
func (f *targetFlags) keyed() conformance.Request {
	r := &http.Request{Header: http.Header{}}
	if f.token != "" {
		r.Header.Set("Authorization", "Basic "+strings.TrimPrefix(f.token, "Basic "))
	}
	if f.user != "" {
		r.SetBasicAuth(f.user, f.password)
	}
	return conformance.Request{Header: r.Header}
}

// target is a server to run cases against.
type target struct {
	name    string
	options runner.Options
	close   func()
}

// basePath is the path under which the server serves, if its URL has one.
func (f *targetFlags) basePath() string {
	address, err := url.Parse(f.baseURL)
	if err != nil || address.Path == "/" {
		return ""
	}
	return address.Path
}

// check reads the environment and rejects what does not fit together, before
// anything is loaded or sent.
func (f *targetFlags) check() error {
	if n, err := strconv.ParseInt(f.account, 10, 64); f.account != "" && (err != nil || n < 1) {
		return fmt.Errorf("--account is %q; it must be a number above 0, the cm_id or cmId of the tenant", f.account)
	}
	if f.timeout <= 0 {
		return fmt.Errorf("--timeout is %v; it must be above 0, such as 30s", f.timeout)
	}
	if f.baseURL == "" {
		return f.checkEmbedded()
	}

	if !f.isMock {
		f.readEnvironment()
	}
	if err := checkURL("base-url", f.baseURL); err != nil {
		return err
	}
	return f.checkKey()
}

func (f *targetFlags) readEnvironment() {
	f.token = cmp.Or(f.token, os.Getenv("KAPTURE_TOKEN"))
	f.user = cmp.Or(f.user, os.Getenv("KAPTURE_USER"))
	f.password = cmp.Or(f.password, os.Getenv("KAPTURE_PASSWORD"))
}

// checkEmbedded rejects flags that have no effect on the embedded mock.
func (f *targetFlags) checkEmbedded() error {
	switch {
	case f.token != "" || f.user != "":
		return errors.New("a key was given, but no --base-url; the embedded mock makes its own keys. Add " +
			"--base-url, or leave the key out")
	case f.isMock:
		return errors.New("--mock says what the server at --base-url is; without --base-url the run uses the " +
			"embedded mock anyway")
	case f.allowWrites:
		return errors.New("--allow-writes is about a live tenant; add --base-url")
	}
	return nil
}

// checkKey wants exactly one key, and none for a mock.
func (f *targetFlags) checkKey() error {
	hasKey := f.token != "" || f.user != ""
	switch {
	case f.isMock && hasKey:
		return errors.New("--mock uses the mock's test keys; leave --token and --user out")
	case f.isMock:
		return nil
	case !hasKey:
		return errors.New("the server at --base-url needs a key; set KAPTURE_TOKEN in the environment (or " +
			"--token), or KAPTURE_USER and KAPTURE_PASSWORD. If it is a mock of this project, add --mock")
	case f.token != "" && f.user != "":
		return errors.New("a token and a user were given; one of them is enough")
	case f.user != "" && f.password == "":
		return errors.New("a user was given without a password; set KAPTURE_PASSWORD in the environment")
	}
	return nil
}

// checkURL wants https, except on this machine: the key would be readable on
// the way.
func checkURL(flag, text string) error {
	address, err := url.Parse(text)
	isServer := err == nil && address.Host != "" && (address.Scheme == "https" || address.Scheme == "http")
	if !isServer {
		return fmt.Errorf("--%s %q is not the address of a server; write it as https://acme.kapturecrm.com", flag, text)
	}
	if address.RawQuery != "" || address.Fragment != "" || address.User != nil {
		return fmt.Errorf("--%s must be only scheme, host and path; leave out a key, a query and a fragment", flag)
	}
	if address.Scheme == "http" && !listen.IsLoopback(address.Hostname()) {
		return fmt.Errorf("--%s %q is not https; the key would travel readable. Plain http is for this machine "+
			"only (127.0.0.1, localhost)", flag, text)
	}
	return nil
}

// open starts the embedded mock, or sees that the server is there.
func (f *targetFlags) open(ctx context.Context) (*target, error) {
	if f.baseURL == "" {
		return f.openEmbedded() //nolint:contextcheck // the mock ends by close, after the run
	}

	if err := reach(ctx, f.baseURL); err != nil {
		return nil, err
	}
	t := &target{name: f.baseURL, options: f.options(), close: func() {}}
	t.options.BaseURL = f.baseURL
	t.options.Seed = cmp.Or(f.seed, rand.Text()[:10])
	if f.isMock {
		// Worlds of an earlier run are still there.
		t.options.Keys = runner.MockKeys{Prefix: rand.Text()[:6] + "_"}
		return t, nil
	}

	t.options.Live = true
	t.options.AllowWrites = f.allowWrites
	t.options.Keys = runner.TenantKeys{
		Credential: runner.Credential{Token: f.token, User: f.user, Password: f.password},
	}
	return t, nil
}

// openEmbedded starts the embedded mock. Its clock, and that of the suite, do not
// move: a case that adds today and pulls today must not fail at midnight.
func (f *targetFlags) openEmbedded() (*target, error) {
	now := time.Now()
	clock := func() time.Time { return now }
	server, err := mock.Start(mock.WithClock(clock))
	if err != nil {
		const advice = "see whether this machine lets programs listen on 127.0.0.1"
		return nil, fmt.Errorf("the embedded mock does not start: %w; %s", err, advice)
	}

	t := &target{name: "embedded mock", options: f.options(), close: func() { _ = server.Close() }}
	t.options.BaseURL = server.URL
	t.options.Keys = runner.MockKeys{}
	t.options.Clock = clock
	t.options.Seed = cmp.Or(f.seed, "embedded")
	return t, nil
}

// options are those of every target.
func (f *targetFlags) options() runner.Options {
	options := runner.Options{Timeout: f.timeout, Given: map[string]string{}}
	if f.account != "" {
		options.Given["account"] = f.account
	}
	return options
}

// reach connects once, so that a missing server is reported as such and
// not as a finding of every case.
func reach(ctx context.Context, text string) error {
	address, err := url.Parse(text)
	if err != nil {
		return err
	}

	// Where the environment names a proxy, the server is reached through it.
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: address}); err == nil && proxy != nil {
		address = proxy
	}

	dialer := net.Dialer{Timeout: 10 * time.Second}
	connection, err := dialer.DialContext(ctx, "tcp", withPort(address.Host, address.Scheme))
	if err != nil {
		return fmt.Errorf("there is no server at %s: %w; see whether it is up, and whether the URL and its port "+
			"are right", text, err)
	}
	return connection.Close()
}
