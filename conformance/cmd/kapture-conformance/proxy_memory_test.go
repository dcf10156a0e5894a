//go:build linux && !race

package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// repeated is a body of so many bytes, in which each part differs from the next.
func repeated(size int64, seed byte) io.Reader {
	return io.LimitReader(&counting{seed}, size)
}

type counting struct{ next byte }

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = c.next
		c.next += 7
	}
	return len(p), nil
}

func digest(t *testing.T, from io.Reader) string {
	t.Helper()
	sum := sha256.New()
	if _, err := io.Copy(sum, from); err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// peakMemory is the most memory that a process has had, in bytes.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kB int
	if _, err := fmt.Sscanf(rest, "%d kB", &kB); err != nil {
		t.Fatal(err)
	}
	return kB << 10
}

// Large lists of records at once take the proxy next to no memory: they are
// checked while they pass, or named if the checks are too slow for that.
func TestLargeListsTakeNoMemory(t *testing.T) {
	const atOnce = 4
	body := customers(t, maxKept+8<<20, "", "")
	upstream := respondWith(t, body, false)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "proxy", "--upstream", upstream.URL, "--addr", "127.0.0.1:0")
	address, stop := startedAs(t, cmd)
	post(t, address+getPath, "some-key-1234", `[{"phone":"9000000001"}]`)
	before := peakMemory(t, cmd.Process.Pid)

	want := digest(t, strings.NewReader(body))
	var clients sync.WaitGroup
	for range atOnce {
		clients.Go(func() {
			if _, got := post(t, address+pullPath, "some-key-1234", aDay); digest(t, strings.NewReader(got)) != want {
				t.Error("the client got other bytes")
			}
		})
	}
	clients.Wait()

	const allowed = 24 << 20
	if grown := peakMemory(t, cmd.Process.Pid) - before; grown > allowed {
		t.Errorf("%d bodies of %d MiB took %d MiB, want at most %d", atOnce, len(body)>>20, grown>>20, allowed>>20)
	}
	_, stdout, stderr := stop()
	unchecked := strings.Count(stderr, "not checked: the checks are behind")
	isSaid := strings.Contains(stdout, "that arrived faster than they could be checked")
	if strings.Count(stderr, "not checked: ") != unchecked || unchecked > 0 && !isSaid {
		t.Errorf("%d were named\n%s%s", unchecked, stdout, stderr)
	}
}

// Large bodies at once pass the proxy byte for byte and take it next to no
// memory. They are named, and the verdict is not that everything conforms.
func TestLargeBodiesTakeNoMemory(t *testing.T) {
	const size = maxKept + 1<<20
	const atOnce = 4
	want := digest(t, repeated(size, 1))
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.ContentLength < size {
			_, _ = io.WriteString(w, notFound)
			return
		}
		if got := digest(t, r.Body); got != want {
			t.Errorf("the server got other bytes: %s", got)
		}
		w.Header().Set("Content-Length", fmt.Sprint(size))
		_, _ = io.Copy(w, repeated(size, 1))
	}))
	defer upstream.Close()

	cmd := exec.CommandContext(t.Context(), os.Args[0], "proxy", "--upstream", upstream.URL, "--addr", "127.0.0.1:0")
	address, stop := startedAs(t, cmd)
	post(t, address+getPath, "some-key-1234", `[{"phone":"9000000001"}]`)
	before := peakMemory(t, cmd.Process.Pid)

	var clients sync.WaitGroup
	for range atOnce {
		clients.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+getPath, repeated(size, 1))
			if err != nil {
				t.Error(err)
				return
			}
			req.ContentLength = size
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			if got := digest(t, res.Body); got != want {
				t.Errorf("the client got other bytes: %s", got)
			}
		})
	}
	clients.Wait()

	const allowed = 16 << 20 // half of what one body would take
	if grown := peakMemory(t, cmd.Process.Pid) - before; grown > allowed {
		t.Errorf("%d bodies of %d MiB took %d MiB, want at most %d", atOnce, size>>20, grown>>20, allowed>>20)
	}
	code, stdout, stderr := stop()
	named := strings.Count(stderr, "not checked: a body is larger than 32 MiB")
	if code != exitConforms || named != atOnce || !strings.Contains(stdout, "Partial: ") {
		t.Errorf("exit %d, %d were named\n%s%s", code, named, stdout, stderr)
	}
}
