package cases

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
)

// serve starts a server on loopback that gives one answer after the other, and
// the last of them from then on.
func serve(status int, bodies [][]byte) *httptest.Server {
	var asked atomic.Int64
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		body := bodies[min(int(asked.Add(1)), len(bodies))-1]
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
}
