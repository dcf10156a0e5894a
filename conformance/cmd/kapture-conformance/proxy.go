package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/conformance/report"
)

type proxyFlags struct {
	outputFlags
	listenFlags
	upstream   string
	record     string
	showValues bool
}

func newProxy() *cobra.Command {
	f := &proxyFlags{}
	cmd := &cobra.Command{
		Use:   "proxy --upstream URL",
		Short: "Check whatever passes between a client and a server",
		Long: `proxy stands between any client and a server. It passes every byte on as it
came, while it comes, and checks each exchange against the contract when it has
ended. Findings are printed as they are found, the table when the proxy is
stopped (Ctrl-C). A proxy that nothing passed through could not check anything.

--record keeps the exchanges, without credentials, for "replay" and "drift".

Exit codes: 0 everything conformed, 1 there were findings, 2 it could not run.`,
		Example: `  kapture-conformance proxy --upstream https://acme.kapturecrm.com
  kapture-conformance proxy --addr 127.0.0.1:0 --record today.ndjson \
    --upstream http://127.0.0.1:8080`,
		Args: noArgs,
		RunE: f.run,
	}
	f.outputFlags.register(cmd)
	f.listenFlags.register(cmd, "127.0.0.1:8090")
	showValuesFlag(cmd, &f.showValues)
	flags := cmd.Flags()
	flags.StringVar(&f.upstream, "upstream", "", "the server, as `URL`; https unless it is on this machine")
	flags.StringVar(&f.record, "record", "", "append every exchange to `FILE`, without credentials; it holds customers' data")
	return cmd
}

func (f *proxyFlags) run(cmd *cobra.Command, _ []string) error {
	if err := f.outputFlags.check(); err != nil {
		return err
	}
	if f.upstream == "" {
		return errors.New("proxy needs --upstream, the server that it stands before, such as https://acme.kapturecrm.com")
	}
	if err := checkURL("upstream", f.upstream); err != nil {
		return err
	}
	address, err := f.listenFlags.address()
	if err != nil {
		return err
	}
	upstream, err := url.Parse(f.upstream)
	if err != nil {
		return err
	}
	j, err := newJudge(f.showValues, upstream.Path)
	if err != nil {
		return err
	}
	html, err := openReport(f.reportFile)
	if err != nil {
		return err
	}
	defer html.discard()
	p := &proxy{judge: j, say: cmd.ErrOrStderr(), asJSON: f.format == "json", showValues: f.showValues, transport: plainTransport()}
	if f.record != "" {
		if p.recording, err = openRecording(f.record); err != nil {
			return err
		}
		defer p.recording.file.Close()
	}
	listener, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", address)
	if err != nil {
		return cannotListen(address, err)
	}
	started := time.Now()
	server := &http.Server{Handler: p.handler(upstream), ReadHeaderTimeout: 30 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(cmd.ErrOrStderr(), "kapture proxy listening on http://%s, before %s\n", listener.Addr(), f.upstream)
	select {
	case err := <-served:
		return fmt.Errorf("the proxy stopped by itself: %w", err)
	case <-cmd.Context().Done():
	}
	patience, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if server.Shutdown(patience) != nil {
		server.Close()
	}
	p.checks.Wait()
	run := j.report(f.upstream, "what passed the proxy", started)
	if j.checked == 0 { // what proves nothing must not look like what conforms
		return fmt.Errorf("before %s: nothing was checked; %s", f.upstream, cmp.Or(strings.Join(run.Notes, "; "), "no client came"))
	}
	return f.outputFlags.write(cmd.OutOrStdout(), html, run)
}

// plainTransport hands bodies on as they come: it asks for no compression that
// the client did not ask for.
func plainTransport() http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	return transport
}

// proxy checks what passes.
type proxy struct {
	judge     *judge
	transport http.RoundTripper
	recording *recordingFile

	checks     sync.WaitGroup
	mu         sync.Mutex
	say        io.Writer
	asJSON     bool
	showValues bool
}

func (p *proxy) handler(upstream *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(upstream)
			if _, named := r.In.Header["User-Agent"]; !named {
				r.Out.Header.Set("User-Agent", "") // else Go would name itself
			}
		},
		Transport:     p,
		FlushInterval: -1, // bytes go on as they come
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "kapture proxy: the server gave no answer: "+err.Error(), http.StatusBadGateway)
		},
	}
}

// maxKept bounds what is kept of one body for the check.
const maxKept = 32 << 20

// RoundTrip sends the request and keeps copies of both bodies as they pass.
func (p *proxy) RoundTrip(req *http.Request) (*http.Response, error) {
	at := time.Now()
	sent := &kept{}
	if req.Body != nil && req.Body != http.NoBody {
		sent.from = req.Body
		req.Body = sent
	}
	request := conformance.Request{Method: req.Method, URL: req.URL.String(), Header: req.Header.Clone()}
	res, err := p.transport.RoundTrip(req)
	if err != nil {
		p.judge.lose()
		p.print(fmt.Sprintf("%s %s: no answer: %s", req.Method, req.URL.Path, cases.TransportText(err, p.showValues)))
		return nil, err
	}
	answer := &kept{from: res.Body}
	status, header := res.StatusCode, res.Header.Clone()
	p.checks.Add(1)
	answer.ended = func(end error) {
		defer p.checks.Done()
		if errors.Is(end, errLeft) {
			p.judge.lose()
			p.print(fmt.Sprintf("%s %s: the client left before the answer's end; it was not checked", request.Method, req.URL.Path))
			return
		}
		request.Body = sent.copy()
		p.check(at, sent.tooLarge || answer.tooLarge, conformance.Exchange{
			Name: req.Method + " " + req.URL.Path, Request: request,
			Response: conformance.Response{Status: status, Header: header, Body: answer.copy(), Truncated: !errors.Is(end, io.EOF)},
		})
	}
	res.Body = answer
	return res, nil
}

func (p *proxy) check(at time.Time, tooLarge bool, ex conformance.Exchange) {
	if tooLarge {
		p.judge.lose()
		p.print(fmt.Sprintf("%s: a body is larger than %d bytes; the exchange was neither checked nor recorded", ex.Name, maxKept))
		return
	}
	if p.recording != nil {
		if err := p.recording.add(recordOf(at, ex)); err != nil {
			p.print("the recording cannot be written: " + err.Error())
		}
	}
	result, known := p.judge.check(context.Background(), ex)
	if !known {
		return
	}
	for _, finding := range result.Findings {
		if p.asJSON {
			line, _ := json.Marshal(finding)
			p.print(string(line))
			continue
		}
		place, blame := finding.Code, fmt.Sprintf("fault of the %s", finding.Fault)
		if finding.Pointer != "" {
			place += " " + finding.Pointer
		}
		if finding.Location != "" {
			blame = finding.Location + ", " + blame
		}
		p.print(report.Clean(fmt.Sprintf("%s: %s: %s (%s)", cmp.Or(finding.Operation, ex.Name), place, finding.Message, blame)))
	}
}

func (p *proxy) print(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.say, line)
}

// kept is a body that keeps a copy of what is read of it.
type kept struct {
	from     io.ReadCloser
	ended    func(end error) // called once
	mu       sync.Mutex
	bytes    []byte
	tooLarge bool
	once     sync.Once
}

func (k *kept) Read(b []byte) (int, error) {
	n, err := k.from.Read(b)
	k.mu.Lock()
	if k.tooLarge = k.tooLarge || len(k.bytes)+n > maxKept; !k.tooLarge {
		k.bytes = append(k.bytes, b[:n]...)
	}
	k.mu.Unlock()
	if err != nil {
		k.end(err)
	}
	return n, err
}

// errLeft ends a body that was closed before its end: the client went away, and
// what it did not read is not known.
var errLeft = errors.New("closed before its end")

func (k *kept) Close() error {
	k.end(errLeft)
	return k.from.Close()
}

func (k *kept) end(err error) {
	k.once.Do(func() {
		if k.ended != nil {
			k.ended(err)
		}
	})
}

func (k *kept) copy() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]byte(nil), k.bytes...)
}
