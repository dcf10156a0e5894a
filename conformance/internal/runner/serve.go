package runner

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
)

// serve starts a server on the loopback interface. It returns the bodies in
// their order, and the last one for every further request.
func serve(status int, bodies [][]byte) *httptest.Server {
	var requests atomic.Int64
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		number := int(requests.Add(1))
		body := bodies[min(number, len(bodies))-1]
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
}
