package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

func TestNew(t *testing.T) {
	for name, test := range map[string]struct {
		tenant string
		opts   []client.Option
		base   string
		wrong  string
	}{
		"tenant":            {tenant: "acme", base: "https://acme.kapturecrm.com"},
		"tenant with dot":   {tenant: "Acme.int", base: "https://acme.int.kapturecrm.com"},
		"no tenant":         {wrong: "give the subdomain only"},
		"host for tenant":   {tenant: "acme.kapturecrm.com", wrong: "subdomain only"},
		"URL for tenant":    {tenant: "https://acme", wrong: "subdomain only"},
		"path for tenant":   {tenant: "acme/x", wrong: "subdomain only"},
		"tenant of hyphens": {tenant: "-acme", wrong: "subdomain only"},
		"base": {
			opts: []client.Option{client.WithBaseURL("https://example.com/kapture/")},
			base: "https://example.com/kapture",
		},
		"http, loopback": {
			opts: []client.Option{client.WithBaseURL("http://127.0.0.1:80")},
			base: "http://127.0.0.1:80",
		},
		"http, localhost": {
			opts: []client.Option{client.WithBaseURL("http://localhost:80")},
			base: "http://localhost:80",
		},
		"http, v6": {opts: []client.Option{client.WithBaseURL("http://[::1]:80")}, base: "http://[::1]:80"},
		"http elsewhere": {
			opts:  []client.Option{client.WithBaseURL("http://example.com")},
			wrong: "WithInsecureHTTP",
		},
		"http like loopback": {
			opts:  []client.Option{client.WithBaseURL("http://127.0.0.1.example.com")},
			wrong: "WithInsecureHTTP",
		},
		"http allowed": {
			opts: []client.Option{client.WithBaseURL("http://example.com"), client.WithInsecureHTTP()},
			base: "http://example.com",
		},
		"other scheme":       {opts: []client.Option{client.WithBaseURL("ftp://example.com")}, wrong: "absolute http"},
		"no host":            {opts: []client.Option{client.WithBaseURL("/x")}, wrong: "absolute http"},
		"URL without a host": {opts: []client.Option{client.WithBaseURL("https:///x")}, wrong: "absolute http"},
		"invalid URL":        {opts: []client.Option{client.WithBaseURL("https://%zz")}, wrong: "absolute http"},
		"user in base": {
			opts:  []client.Option{client.WithBaseURL("https://a:hunter2@example.com")},
			wrong: "leave it out",
		},
		"query in base": {
			opts:  []client.Option{client.WithBaseURL("https://example.com?k=hunter2")},
			wrong: "leave it out",
		},
		"fragment in base": {
			opts:  []client.Option{client.WithBaseURL("https://example.com#hunter2")},
			wrong: "leave it out",
		},
		"nil option": {tenant: "acme", opts: []client.Option{nil}, wrong: "nil option"},
		"nil client": {
			tenant: "acme",
			opts:   []client.Option{client.WithHTTPClient(nil)},
			wrong:  "WithHTTPClient",
		},
		"nil limiter": {tenant: "acme", opts: []client.Option{client.WithLimiter(nil)}, wrong: "WithLimiter"},
		"nil hook":    {tenant: "acme", opts: []client.Option{client.WithHook(nil)}, wrong: "WithHook"},
		"nil source": {
			tenant: "acme",
			opts:   []client.Option{client.WithTokenSource(nil)},
			wrong:  "WithTokenSource",
		},
		"empty token": {tenant: "acme", opts: []client.Option{client.WithToken("Basic ")}, wrong: "it is empty"},
		"token of two words": {
			tenant: "acme",
			opts:   []client.Option{client.WithToken("Bearer hunter2")},
			wrong:  "has spaces",
		},
		"token with a break": {
			tenant: "acme",
			opts:   []client.Option{client.WithToken("hunter2\r\nX: y")},
			wrong:  "has spaces",
		},
		"two tokens": {
			tenant: "acme",
			opts:   []client.Option{client.WithToken("a"), client.WithBasicAuth("u", "hunter2")},
			wrong:  "already",
		},
		"token twice for op": {
			tenant: "acme",
			opts: []client.Option{
				client.WithTokenFor(client.OpAddTicket, "a"),
				client.WithTokenFor(client.OpAddTicket, "b"),
			},
			wrong: "already",
		},
		"token for unknown op": {
			tenant: "acme",
			opts:   []client.Option{client.WithTokenFor("addTickets", "a")},
			wrong:  "unknown operation",
		},
		"user with colon": {
			tenant: "acme",
			opts:   []client.Option{client.WithBasicAuth("u:", "hunter2")},
			wrong:  "colon",
		},
		"no user": {
			tenant: "acme",
			opts:   []client.Option{client.WithBasicAuth("", "hunter2")},
			wrong:  "invalid user",
		},
		"key pair with a space": {
			tenant: "acme",
			opts:   []client.Option{client.WithAPIKeyPair("a b", "TICKET")},
			wrong:  "WithAPIKeyPair",
		},
		"key pair for unknown op": {
			tenant: "acme",
			opts:   []client.Option{client.WithAPIKeyPair("a", "TICKET", "addTickets")},
			wrong:  "unknown operation",
		},
		"key pair twice": {
			tenant: "acme",
			opts: []client.Option{
				client.WithAPIKeyPair("a", "TICKET"),
				client.WithAPIKeyPair("b", "X", client.OpAddTicket),
			},
			wrong: "already",
		},
		"key pair without a type": {
			tenant: "acme",
			opts:   []client.Option{client.WithAPIKeyPair("a", "")},
			wrong:  "type",
		},
		"timeout":         {tenant: "acme", opts: []client.Option{client.WithTimeout(-1)}, wrong: "negative"},
		"attempt timeout": {tenant: "acme", opts: []client.Option{client.WithAttemptTimeout(-1)}, wrong: "negative"},
		"size": {
			tenant: "acme",
			opts:   []client.Option{client.WithMaxResponseBytes(0)},
			wrong:  "less than one",
		},
		"retry": {
			tenant: "acme",
			opts:   []client.Option{client.WithRetry(client.RetryPolicy{Attempts: -1})},
			wrong:  "negative",
		},
		"application": {
			tenant: "acme",
			opts:   []client.Option{client.WithApplication("", "1")},
			wrong:  "WithApplication",
		},
		"application, break": {
			tenant: "acme",
			opts:   []client.Option{client.WithApplication("a\nb", "1")},
			wrong:  "WithApplication",
		},
		"application, é": {
			tenant: "acme",
			opts:   []client.Option{client.WithApplication("é", "1")},
			wrong:  "WithApplication",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := client.New(test.tenant, test.opts...)
			if test.wrong == "" {
				if err != nil || c.BaseURL() != test.base || c.String() != "kapture.Client("+test.base+")" {
					t.Errorf("got %v, %v; want %s", c, err, test.base)
				}
				return
			}

			if err == nil {
				t.Fatalf("got %v, want an error with %q", c, test.wrong)
			}
			text := err.Error()
			if !strings.HasPrefix(text, "kapture: ") || !strings.Contains(text, test.wrong) {
				t.Errorf("got %v, want an error with %q", err, test.wrong)
			}
			if strings.Contains(text, "hunter2") {
				t.Errorf("the error shows a credential: %v", err)
			}
		})
	}
}

func TestAClientNotMadeByNewCanBePrinted(t *testing.T) {
	got := fmt.Sprint(client.Client{}, &client.Client{})
	if strings.Contains(got, "PANIC") || strings.Count(got, "kapture.Client(") != 2 {
		t.Error(got)
	}
}

// A wrong option is rejected each time that it is used, not only the first time.
func TestWrongOptionsStayWrong(t *testing.T) {
	for name, opt := range map[string]client.Option{
		"key pair": client.WithAPIKeyPair("a b", "TICKET"),
		"token":    client.WithToken("a b"),
		"user":     client.WithBasicAuth("u:", "p"),
	} {
		for n := range 2 {
			if c, err := client.New("acme", opt); err == nil {
				t.Errorf("%s: accepted as option of client %d: %v", name, n, c)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	var seen http.Header
	handler := func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		response(`{"status":"success","ticket":{},"Customer Details":{"id":1},"customer":{"customer_id":1}}`)(w, r)
	}
	add := func(c *client.Client) error {
		_, err := c.Customers.Add(context.Background(), somebody())
		return err
	}
	raw := func(op client.Operation) func(*client.Client) error {
		return func(c *client.Client) error {
			_, err := c.Raw(context.Background(), "/x", nil, client.RawAs(op))
			return err
		}
	}
	source := client.WithTokenSource(func(_ context.Context, op client.Operation) (string, error) {
		return map[client.Operation]string{client.OpGetCustomer: "Basic from-source"}[op], nil
	})
	for name, test := range map[string]struct {
		opts []client.Option
		call func(*client.Client) error
		want map[string]string
	}{
		"none": {
			call: add,
			want: map[string]string{
				"Authorization": "",
				"X-Api-Key":     "",
				"Content-Type":  "application/json",
				"Accept":        "application/json",
			},
		},
		"token": {
			opts: []client.Option{client.WithToken("tok")},
			call: add,
			want: map[string]string{"Authorization": "Basic tok"},
		},
		"token with prefix": {
			opts: []client.Option{client.WithToken(" basic tok")},
			call: add,
			want: map[string]string{"Authorization": "Basic tok"},
		},
		"one operation": {
			opts: []client.Option{client.WithToken("tok"), client.WithTokenFor(client.OpAddUpdateCustomer, "own")},
			call: add,
			want: map[string]string{"Authorization": "Basic own"},
		},
		"another operation": {
			opts: []client.Option{client.WithToken("tok"), client.WithTokenFor(client.OpGetCustomer, "own")},
			call: add,
			want: map[string]string{"Authorization": "Basic tok"},
		},
		"source": {
			opts: []client.Option{client.WithToken("tok"), source},
			call: raw(client.OpGetCustomer),
			want: map[string]string{"Authorization": "Basic from-source"},
		},
		"source without a token": {
			opts: []client.Option{client.WithToken("tok"), source},
			call: add,
			want: map[string]string{"Authorization": "Basic tok"},
		},
		"password": {
			opts: []client.Option{client.WithToken("tok"), client.WithBasicAuth("u", "p", client.OpPullOrders)},
			call: raw(client.OpPullOrders),
			want: map[string]string{"Authorization": "Basic dTpw"},
		},
		"password of another operation": {
			opts: []client.Option{client.WithToken("tok"), client.WithBasicAuth("u", "p", client.OpPullOrders)},
			call: add,
			want: map[string]string{"Authorization": "Basic tok"},
		},
		"key pair of tickets": {
			opts: []client.Option{client.WithToken("tok"), client.WithAPIKeyPair("", "TICKET")},
			call: raw(client.OpAddTicket),
			want: map[string]string{"X-Api-Key": "tok", "X-Api-Type": "TICKET", "Authorization": "Basic tok"},
		},
		"key pair of others": {
			opts: []client.Option{client.WithToken("tok"), client.WithAPIKeyPair("", "TICKET")},
			call: add,
			want: map[string]string{"X-Api-Key": "", "X-Api-Type": ""},
		},
		"key pair of one operation": {
			opts: []client.Option{
				client.WithToken("tok"),
				client.WithAPIKeyPair("own", "X", client.OpAddUpdateCustomer),
			},
			call: add,
			want: map[string]string{"X-Api-Key": "own", "X-Api-Type": "X"},
		},
		"another content type": {
			call: func(c *client.Client) error {
				_, err := c.Raw(context.Background(), "/x", []byte("a,b"), client.RawContentType("text/csv"))
				return err
			},
			want: map[string]string{"Content-Type": "text/csv", "Accept": "application/json"},
		},
		"two key pairs": {
			opts: []client.Option{
				client.WithToken("tok"),
				client.WithAPIKeyPair("own", "X", client.OpAddUpdateCustomer),
				client.WithAPIKeyPair("", "TICKET"),
			},
			call: add,
			want: map[string]string{"X-Api-Key": "own", "X-Api-Type": "X"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen = nil
			c := serveBare(t, handler, test.opts...)
			if err := test.call(c); err != nil {
				t.Fatal(err)
			}
			for header, want := range test.want {
				if got := seen.Get(header); got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestUserAgent(t *testing.T) {
	d := newDesk(t, always(added), client.WithApplication("sync", "2.1"))
	_, err := d.Customers.Add(t.Context(), somebody())
	is(t, err, "")
	got := d.requests()[0].header.Get("User-Agent")
	if !strings.HasPrefix(got, "kapture-go/"+client.Version+" (go") || !strings.HasSuffix(got, ") sync/2.1") {
		t.Errorf("User-Agent is %q", got)
	}
}

// serveBare starts a server and returns a client for it that has only the given
// options: no token, and the usual retries.
func serveBare(t *testing.T, handler http.HandlerFunc, opts ...client.Option) *client.Client {
	t.Helper()
	base := serve(t, handler).BaseURL()
	c, err := client.New("", append(opts, client.WithBaseURL(base))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An error reveals no credential that a server sends back in another encoding, or
// in another header.
func TestDisguisedCredentials(t *testing.T) {
	const password = "hunter2=+/<&> ü\"' end"
	inJSON := func(s string) string {
		text, _ := json.Marshal(s)
		return string(text[1 : len(text)-1])
	}
	replacing := func(oldNew ...string) func(string) string { return strings.NewReplacer(oldNew...).Replace }
	for name, disguise := range map[string]func(string) string{
		"as it is":        func(s string) string { return s },
		"JSON":            inJSON,
		"JSON in ASCII":   func(s string) string { return replacing("ü", `\u00fc`)(inJSON(s)) },
		"JSON in JSON":    func(s string) string { return inJSON(inJSON(s)) },
		"JSON in HTML":    func(s string) string { return replacing("=", `\u003D`, "/", `\/`)(inJSON(s)) },
		"query":           url.QueryEscape,
		"path in a query": func(s string) string { return url.QueryEscape(url.PathEscape(s)) },
		"path":            url.PathEscape,
		"query with lower case": func(s string) string {
			return replacing("%2B", "%2b", "%2F", "%2f", "%3D", "%3d", "%C3%BC", "%c3%bc")(url.QueryEscape(s))
		},
		"HTML":            html.EscapeString,
		"HTML by number":  replacing("=", "&#61;", "/", "&#x2F;", "+", "&#043;"),
		"percent-encoded": func(s string) string { return "%" + strings.ReplaceAll(fmt.Sprintf("% x", s), " ", "%") },
	} {
		var token string
		c := serveBare(t, func(w http.ResponseWriter, r *http.Request) {
			token = strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
			w.Header().Set("X-Request-Id", token)
			w.Header().Set("Content-Type", "text/"+token)
			w.WriteHeader(400)
			_, _ = fmt.Fprintf(w, "(%s) (%s)", disguise(password), disguise(token))
		}, client.WithBasicAuth("user", password), client.WithBasicAuth("user", "another", client.OpPullOrders))
		_, err := c.Raw(t.Context(), "/x", nil)
		e := is(t, err, client.ErrFailed)
		shown := fmt.Sprint(err, e.RequestID, e.ContentType, e.Sample)
		// A body with an encoded credential may be dropped as a whole.
		body := string(e.Body)
		cutOut := body == "([redacted]) ([redacted])" || body == "[redacted]"
		if strings.Contains(shown, token) || !cutOut {
			t.Errorf("%s: %s, body %s", name, shown, body)
		}
	}
}

// exposure collects everything that a program may print or log.
type exposure struct {
	printed bytes.Buffer
	logged  bytes.Buffer
	logger  *slog.Logger
}

func newExposure() *exposure {
	e := &exposure{}
	e.logger = slog.New(slog.NewJSONHandler(&e.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return e
}

// show prints a value with every verb, logs it, and panics with it.
func (e *exposure) show(v any) {
	fmt.Fprintf(&e.printed, "%v %+v %#v %s %q %d %x\n", v, v, v, v, v, v, v)
	e.logger.Info("shown", "v", v)
	defer func() { fmt.Fprint(&e.printed, recover()) }()
	panic(fmt.Sprint(v))
}

// showError shows an error of a call, its fields, and each error that it wraps.
func (e *exposure) showError(err *client.Error) {
	e.show(*err)
	fmt.Fprintln(&e.printed, string(err.Body), err.Sample, err.Message, err.Detail, err.Err, err.RequestID,
		err.ContentType)
	for wrapped := error(err); wrapped != nil; wrapped = errors.Unwrap(wrapped) {
		e.show(wrapped)
	}
}

// check fails if a secret was shown, as it is or in hexadecimal digits.
func (e *exposure) check(t *testing.T, secrets ...string) {
	t.Helper()
	for line := range strings.Lines(e.printed.String() + "\n" + e.logged.String()) {
		for _, secret := range secrets {
			if strings.Contains(line, secret) || strings.Contains(line, fmt.Sprintf("%x", secret)) {
				t.Fatalf("%s appears in: %.400s", secret, line)
			}
		}
	}
}

// If a server sends back what it received, in any way, no credential may appear
// anywhere.
func TestNothingShowsCredentials(t *testing.T) {
	jar, _ := cookiejar.New(nil)
	jar.SetCookies(&url.URL{Scheme: "http", Host: "127.0.0.1"}, []*http.Cookie{{
		Name:  "_SESSION",
		Value: "hunter7-session",
	}})
	source := func(_ context.Context, op client.Operation) (string, error) {
		switch op {
		case client.OpGetCustomer:
			return "hunter6-source/x", nil
		case client.OpAddContact:
			return "", errors.New("vault said no")
		}
		return "", nil
	}
	exposed := newExposure()
	c := serveBare(t, echoEverything,
		client.WithHTTPClient(&http.Client{Jar: jar}),
		client.WithToken("hunter2-token"),
		client.WithBasicAuth("user", "hunter3-password", client.OpPullOrders),
		client.WithAPIKeyPair("hunter4-key", "TICKET"),
		client.WithHook(client.NewLogHook(exposed.logger)),
		client.WithoutRetry(),
		client.WithTokenSource(source),
	)
	exposed.show(c)
	exposed.show(*c)
	exposed.show(struct {
		c   client.Client
		ptr *client.Client
	}{*c, c})
	exposed.show(c.Customers)

	ways := []string{
		"", "redirect", "key for host", "badredirect", "html", "cut", "hang up", "hang up at once", "500",
	}
	operations := []client.Operation{
		client.OpAddTicket, client.OpPullOrders, client.OpGetCustomer, client.OpAddContact,
	}
	for _, do := range ways {
		for _, op := range operations {
			query := url.Values{"auth_key": {"hunter5-query"}, "do": {do}}
			_, err := c.Raw(t.Context(), "/x?"+query.Encode(), nil, client.RawAs(op))
			e, ok := errors.AsType[*client.Error](err)
			if !ok {
				t.Fatalf("%s: %v is not an *Error", do, err)
			}
			hasKey := op != client.OpAddContact
			if do == "hang up at once" && hasKey && !strings.Contains(err.Error(), "malformed HTTP response") {
				t.Errorf("%s is not the error that this test is about: %v", do, err)
			}
			exposed.showError(e)
		}
	}

	exposed.check(t, "hunter2-token", "hunter3-password", "dXNlcjpodW50ZXIzLXBhc3N3b3Jk", "hunter4-key",
		"hunter5-query", "hunter6-source/x", `hunter6-source\/x`, "hunter7-session")
	if !strings.Contains(exposed.printed.String(), "https://elsewhere.example.com,") {
		t.Error("the redirect's origin is not named")
	}
}

// The error of net/http quotes the URL of a request. That of the client does not.
func TestErrorsOfAnUnreachableServer(t *testing.T) {
	c := dial(t, "http://"+closedAddress(t))
	_, err := c.Raw(t.Context(), "/x?auth_key=hunter5-query", nil)
	exposed := newExposure()
	exposed.showError(is(t, err, client.ErrTransport))
	exposed.check(t, "hunter5-query", token)

	_, err = c.Customers.Get(t.Context(), client.CustomerByID(7))
	if outer, ok := errors.AsType[*url.Error](err); ok {
		t.Errorf("the error contains one that quotes the URL: %v", outer)
	}
}

// echoEverything sends back the headers and the URL of a request, in the way that
// the parameter do names.
func echoEverything(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Authorization")
	received := fmt.Sprint(r.Header, r.URL)
	quoted, _ := json.Marshal(received)
	w.Header().Set("X-Request-Id", key)
	w.Header().Set("Content-Type", "text/"+r.Header.Get("X-Api-Key")+key)

	switch r.URL.Query().Get("do") {
	case "redirect":
		w.Header().Set("Location", "https://elsewhere.example.com/x?auth_key=hunter5-query&t="+key)
		w.WriteHeader(307)
	case "key for host":
		w.Header().Set("Location", "https://"+strings.TrimPrefix(key, "Basic ")+".example.com/x")
		w.WriteHeader(302)
	case "badredirect":
		w.Header().Set("Location", "https://%zz?auth_key=hunter5-query")
		w.WriteHeader(302)
	case "html":
		_, _ = io.WriteString(w, "<html>"+received)
	case "cut":
		w.Header().Set("Content-Length", "5000")
		_, _ = io.WriteString(w, `{"message":`+string(quoted))
	case "hang up":
		hangUp(w, "HTTP/1.1 2x0 "+received)
	case "hang up at once":
		hangUp(w, strings.ReplaceAll(received, " ", "_"))
	case "500":
		w.WriteHeader(500)
		_, _ = w.Write(quoted)
	default:
		fmt.Fprintf(w, `{"status":"failed","message":%s}`, strings.ReplaceAll(string(quoted), "/", `\/`))
	}
}

// hangUp writes one line in the place of a response and closes the connection.
func hangUp(w http.ResponseWriter, line string) {
	conn, _, _ := w.(http.Hijacker).Hijack()
	_, _ = conn.Write([]byte(line + "\r\n\r\n"))
	_ = conn.Close()
}

func TestTheGivenClientIsNotChanged(t *testing.T) {
	given := &http.Client{}
	_, err := client.New("acme", client.WithHTTPClient(given))
	if err != nil || given.Transport != nil || given.CheckRedirect != nil || http.DefaultClient.Transport != nil {
		t.Error(err, given)
	}
}

// Arguments are not changed, and results belong to the caller.
func TestListsAreNotShared(t *testing.T) {
	ops := []client.Operation{client.OpAddContact}
	_ = client.WithAPIKeyPair("a-key", "TICKET", ops[:0]...)
	if ops[0] != client.OpAddContact {
		t.Errorf("the list given has %s now", ops[0])
	}

	was := client.DocumentedMessages()[0].Operations[0]
	client.DocumentedMessages()[0].Operations[0] = "another"
	if got := client.DocumentedMessages()[0].Operations[0]; got != was {
		t.Errorf("the messages have %s now", got)
	}
}

func TestOperations(t *testing.T) {
	seen := map[client.Operation]bool{}
	for _, op := range client.Operations() {
		if seen[op.ID] || !strings.HasPrefix(op.Path, "/") || op.Resource == "" {
			t.Errorf("%+v", op)
		}
		seen[op.ID] = true
	}
	if len(seen) == 0 {
		t.Error("no operations")
	}
}
