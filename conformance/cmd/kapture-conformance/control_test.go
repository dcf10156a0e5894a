package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// codes gives the codes of findings, sorted.
func codes(said statement) []string {
	var all []string
	for _, finding := range said.Findings {
		all = append(all, finding.World+" "+finding.Code)
	}
	slices.Sort(all)

	return all
}

const (
	addPath  = "/ms/customer/customer/api/v1/add-update"
	goodAdd  = `{"customer_info":{"customer_name":"Asha Example","phone":"9000000001"}}`
	wrongAdd = `{"customer_info":{"customer_name":"Asha Example","phone":9000000001}}`
)

// Each test learns what was wrong with its own requests, from the mock that
// checks as well as from a proxy, and as soon as it has the response.
func TestFindingsByWorld(t *testing.T) {
	plain := startServer(t, "mock", "--addr", "127.0.0.1:0")
	servers := map[string]*server{
		"mock":  startServer(t, "mock", "--addr", "127.0.0.1:0", "--check"),
		"proxy": startServer(t, "proxy", "--addr", "127.0.0.1:0", "--upstream", plain.ready.URL),
	}
	for name, s := range servers {
		post(t, s.ready.URL+addPath, "test-wrong", wrongAdd)
		post(t, s.ready.URL+addPath, "test-right", goodAdd)
		post(t, s.ready.URL+addPath, "a-production-key", wrongAdd)
		post(t, s.ready.URL+"/somewhere-else", "test-right", "{}")

		questions := []struct {
			query string
			want  statement
			codes []string
		}{
			{"?world=wrong", statement{World: "wrong", Checked: 1}, []string{"wrong schema-type"}},
			{"?world=right", statement{World: "right", Checked: 2}, []string{"right operation-unknown"}},
			{"?world=", statement{Checked: 1}, []string{" schema-type"}},
			{"?world=never-used", statement{World: "never-used"}, nil},
			{"", statement{Checked: 4}, []string{" schema-type", "right operation-unknown", "wrong schema-type"}},
		}
		for _, question := range questions {
			var said statement
			status := get(t, s.ready.URL+controlPath+"findings"+question.query, &said)
			got := codes(said)
			said.Findings = nil
			same := fmt.Sprint(said) == fmt.Sprint(question.want) && slices.Equal(got, question.codes)
			if status != http.StatusOK || !same {
				t.Errorf("%s%s: HTTP %d, %+v %v\nwant %+v %v",
					name, question.query, status, said, got, question.want, question.codes)
			}
		}

		var said statement
		get(t, s.ready.URL+controlPath+"findings?world=wrong", &said)
		for _, finding := range said.Findings {
			want := "addUpdateCustomer: schema-type /customer_info/phone: "
			isWanted := strings.HasPrefix(finding.Text, want) && finding.Pointer == "/customer_info/phone"
			if !isWanted || finding.Time.IsZero() {
				t.Errorf("%s: %+v", name, finding)
			}
		}

		code, _, stderr := s.end(t)
		if code != exitFindings || strings.Count(stderr, "schema-type") != 2 || strings.Contains(stderr, "9000000001") {
			t.Errorf("%s ended with %d\n%s", name, code, stderr)
		}
	}
}

// The mock that checks serves the same bytes as the one that does not, and its
// exit code is that of a check.
func TestMockCheck(t *testing.T) {
	plain := startServer(t, "mock", "--addr", "127.0.0.1:0")
	checking := startServer(t, "mock", "--addr", "127.0.0.1:0", "--check")
	large := `{"customer_info":{"customer_name":"` + strings.Repeat("a", 2<<20) + `"}}`
	for _, body := range []string{goodAdd, wrongAdd, "", "{", large} {
		wantStatus, want := post(t, plain.ready.URL+addPath, "test-acme", body)
		status, got := post(t, checking.ready.URL+addPath, "test-acme", body)
		if status != wantStatus || got != want {
			t.Errorf("%.80s: HTTP %d, %s\nwithout --check HTTP %d, %s", body, status, got, wantStatus, want)
		}
	}

	tests := map[string]struct {
		path, body string
		code       int
		want       string
	}{
		"conforms":       {addPath, goodAdd, exitConforms, "checked 1 request, 0 findings"},
		"findings":       {addPath, wrongAdd, exitFindings, "checked 1 request, 1 finding"},
		"no such path":   {"/somewhere-else", "{}", exitFindings, "no operation has this method and path"},
		"nothing at all": {"", "", exitCannot, "nothing was checked; no client sent a request"},
	}
	for name, test := range tests {
		s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--check")
		if test.path != "" {
			post(t, s.ready.URL+test.path, "test-acme", test.body)
		}
		if code, _, stderr := s.end(t); code != test.code || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit %d, want %d and %q\n%s", name, code, test.code, test.want, stderr)
		}
	}
}

// A body that breaks on its way, or is too large to be checked, reaches the mock
// as it came, and is counted.
func TestRequestThatIsNotWhole(t *testing.T) {
	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--check")
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.ready.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	const head = "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic test-acme\r\nContent-Length: 900\r\n\r\n{"
	_, err = fmt.Fprintf(conn, head, addPath)
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	post(t, s.ready.URL+addPath, "test-acme", strings.Repeat(" ", maxKept)+goodAdd)

	var said statement
	for said.Unchecked < 2 { // the server may learn of the broken one later than we do
		said = statement{}
		get(t, s.ready.URL+controlPath+"findings?world=acme", &said)
		if t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
	}
	if said.Checked != 0 || len(said.Findings) != 0 {
		t.Errorf("%+v", said)
	}
}

// Reading a body ahead changes nothing for the handler that reads it then.
func TestReadAhead(t *testing.T) {
	broken := errors.New("broken")
	tests := map[string]struct {
		body  io.Reader
		limit int64
		size  int
		whole bool
		err   error
	}{
		"whole":                 {body: strings.NewReader(goodAdd), limit: maxKept, size: len(goodAdd), whole: true},
		"empty":                 {body: http.NoBody, limit: maxKept, size: 0, whole: true},
		"at the limit":          {body: strings.NewReader("0123456789"), limit: 10, size: 10, whole: true},
		"too large for a limit": {body: strings.NewReader("0123456789abc"), limit: 10, size: 13},
		"too large": {
			body:  strings.NewReader(strings.Repeat("a", maxKept+9)),
			limit: 2 * maxKept,
			size:  maxKept + 9,
		},
		"broken": {
			body:  io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken)),
			limit: 99,
			size:  2,
			err:   broken,
		},
	}
	for name, test := range tests {
		r := httptest.NewRequest(http.MethodPost, "/", test.body)
		body, whole := readAhead(httptest.NewRecorder(), r, mock.Limits{Body: test.limit, BodyTime: time.Second})
		if most := min(test.limit, maxKept) + 1; int64(len(body)) > most {
			t.Errorf("%s: read %d bytes ahead, want at most %d", name, len(body), most)
		}
		rest, err := io.ReadAll(r.Body)
		if whole != test.whole || len(rest) != test.size || !errors.Is(err, test.err) {
			t.Errorf("%s: whole %v, then %d bytes, %v", name, whole, len(rest), err)
		}
	}
}

// What is below the path of the program itself never reaches the mock or the
// server after the proxy.
func TestControlPath(t *testing.T) {
	reached := ""
	next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached = r.URL.Path })
	checking := control{ledger: &ledger{}}
	tests := map[string]struct {
		method, host, path string
		control            control
		status             int
		reaches            bool
	}{
		"health":              {method: "GET", host: "127.0.0.1:80", path: "health", status: 200},
		"health of localhost": {method: "GET", host: "localhost", path: "health", status: 200},
		"health of IPv6":      {method: "GET", host: "[::1]:80", path: "health", status: 200},
		"another site":        {method: "GET", host: "shop.example.com:80", path: "health", status: 403},
		"another site, allowed": {
			method:  "GET",
			host:    "kapture:8080",
			path:    "health",
			control: control{remote: true},
			status:  200,
		},
		"nothing is checked": {method: "GET", host: "127.0.0.1", path: "findings", status: 404},
		"findings":           {method: "GET", host: "127.0.0.1", path: "findings", control: checking, status: 200},
		"a write":            {method: "POST", host: "127.0.0.1", path: "findings", status: 405},
		"unknown":            {method: "GET", host: "127.0.0.1", path: "x", status: 404},
		"an operation": {
			method:  "POST",
			host:    "shop.example.com",
			path:    "../x//y",
			status:  200,
			reaches: true,
		},
	}
	for name, test := range tests {
		reached = ""
		at := controlPath + test.path
		if test.reaches {
			at = "/x//y" // which a mux of the standard library would redirect
		}
		r := httptest.NewRequest(test.method, "http://127.0.0.1"+at, nil)
		r.Host = test.host
		w := httptest.NewRecorder()
		test.control.around(next).ServeHTTP(w, r)
		if w.Code != test.status || (reached == at) != test.reaches {
			t.Errorf("%s: HTTP %d, reached %q\n%s", name, w.Code, reached, w.Body)
		}
	}
}

func TestAskHealth(t *testing.T) {
	s := startServer(t, "mock", "--addr", "127.0.0.1:0")
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	tests := map[string]struct {
		code int
		want string
	}{
		s.ready.URL:       {exitConforms, ""},
		s.ready.URL + "/": {exitConforms, ""},
		other.URL:         {exitCannot, "is not a server of kapture-conformance: it sent HTTP 404"},
		gone.URL:          {exitCannot, "does not serve"},
		"http://%zz":      {exitCannot, "is not a URL"},
	}
	for address, test := range tests {
		code, stdout, stderr := program(t, "mock", "--health", address)
		if code != test.code || stdout != "" || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit %d, %q, %q", address, code, stdout, stderr)
		}
	}
}

// A request for findings waits for the exchanges that are pending, in that world
// only, and not for ever.
func TestLedgerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		l.begin("other") // never ends
		end := l.begin("acme")
		go func() {
			time.Sleep(time.Second)
			end(true, []foundIn{{Finding: conformance.Finding{Code: "schema-type"}}})
		}()
		ctx, cancel := context.WithTimeout(t.Context(), longestWait)
		defer cancel()
		if said := l.of(ctx, "acme"); said.Checked != 1 || said.Pending != 0 || len(said.Findings) != 1 {
			t.Errorf("%+v", said)
		}
		if said := l.all(ctx); said.Checked != 1 || said.Pending != 1 || ctx.Err() == nil {
			t.Errorf("%+v, %v", said, ctx.Err())
		}
	})
}

// A ledger is bounded, says what it left out, and forgets no exchange that is
// pending.
func TestLedgerIsBounded(t *testing.T) {
	l := &ledger{}
	end := l.begin("pending")
	for i := range maxLedgerWorlds + 10 {
		l.begin(fmt.Sprint("world", i))(true, nil)
	}
	end(true, make([]foundIn, maxLedgerFindings+3))
	said := l.of(t.Context(), "pending")
	if len(l.worlds) != maxLedgerWorlds {
		t.Errorf("it keeps %d worlds", len(l.worlds))
	}
	if said.Checked != 1 || len(said.Findings) != maxLedgerFindings || said.Omitted != 3 {
		t.Errorf("%d checked, %d findings, %d omitted", said.Checked, len(said.Findings), said.Omitted)
	}
	if said := l.of(t.Context(), "world0"); said.Checked != 0 {
		t.Error("the world unused for longest is still there")
	}
}
