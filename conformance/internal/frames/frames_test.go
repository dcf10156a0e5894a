package frames

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// endingTest is a way to end the first request, and what net/http makes of it.
type endingTest struct {
	end      func(w http.ResponseWriter, r *Relay, stream uint32)
	requests int
	body     string
	err      string
}

// net/http sends again what was not processed, and fails with the code of a reset.
func TestEndings(t *testing.T) {
	for name, row := range map[string]endingTest{
		"none": {func(http.ResponseWriter, *Relay, uint32) {}, 1, "whole", ""},
		"refused": {func(_ http.ResponseWriter, r *Relay, stream uint32) {
			r.End(stream, Ending{Code: RefusedStream})
			panic(http.ErrAbortHandler)
		}, 2, "whole", ""},
		"goaway below": {func(_ http.ResponseWriter, r *Relay, stream uint32) {
			if !r.GoawayBelow(stream, 0) || r.Process(stream) {
				t.Error("the stream can still be processed")
			}
			panic(http.ErrAbortHandler)
		}, 2, "whole", ""},
		"goaway too late": {func(_ http.ResponseWriter, r *Relay, stream uint32) {
			if !r.Process(stream) || r.GoawayBelow(stream, 0) {
				t.Error("a stream that was processed is above the last one")
			}
		}, 1, "whole", ""},
		"goaway after": {func(_ http.ResponseWriter, r *Relay, _ uint32) { r.GoawayAfter() }, 1, "whole", ""},
		"reset": {func(_ http.ResponseWriter, r *Relay, stream uint32) {
			r.End(stream, Ending{Code: 0xb})
			panic(http.ErrAbortHandler)
		}, 1, "", "ENHANCE_YOUR_CALM"},
		"reset in the body": {func(w http.ResponseWriter, r *Relay, stream uint32) {
			begin(w)
			r.End(stream, Ending{Code: 0xb})
			panic(http.ErrAbortHandler)
		}, 1, "half", "ENHANCE_YOUR_CALM"},
		"closed": {func(w http.ResponseWriter, r *Relay, stream uint32) {
			begin(w)
			r.End(stream, Ending{Close: true})
			panic(http.ErrAbortHandler)
		}, 1, "half", "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row.run(t)
		})
	}
}

func (row endingTest) run(t *testing.T) {
	var server *Server
	var requests atomic.Int64
	outer := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		r, stream := server.Of(req)
		if r == nil {
			t.Error("a request came through no relay")
			return
		}
		if requests.Add(1) == 1 {
			row.end(w, r, stream)
		}
		fmt.Fprint(w, "whole")
	}))
	outer.Config.ErrorLog = log.New(io.Discard, "", 0)
	server = Start(t.Context(), outer)
	defer server.Close()
	defer outer.Close()
	defer outer.CloseClientConnections()

	resp, err := outer.Client().Post(outer.URL, "text/plain", strings.NewReader("x"))
	var body []byte
	if err == nil {
		body, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	if row.err == "" && err != nil || row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
		t.Errorf("failed with %v, want %q", err, row.err)
	}
	if string(body) != row.body || int(requests.Load()) != row.requests {
		t.Errorf("%d requests, got %q; want %d, %q", requests.Load(), body, row.requests, row.body)
	}
}

// A stream that a GOAWAY excludes may end before the stream of that GOAWAY does.
// A reset would not say that it was not processed.
func TestAStreamAboveTheLastGetsTheGoaway(t *testing.T) {
	client, relayed := net.Pipe()
	defer client.Close()
	r := newRelay(0, relayed, nil)
	if !r.GoawayBelow(1, 0) || r.Process(3) {
		t.Fatal("the streams can still be processed")
	}

	const internalError = 0x2
	reset := []byte{0, 0, 4, frameRSTStream, 0, 0, 0, 0, 3, 0, 0, 0, internalError}
	go r.pass(reset)
	got := make([]byte, len(goawayFrame(0, 0)))
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, goawayFrame(0, 0)) {
		t.Errorf("got % x, %v, want a GOAWAY", got, err)
	}
}

func begin(w http.ResponseWriter) {
	fmt.Fprint(w, "half")
	_ = http.NewResponseController(w).Flush()
}
