package listen_test

import (
	"net"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/internal/listen"
)

func TestURL(t *testing.T) {
	tests := []struct {
		name string
		addr net.Addr
		want string
	}{
		{"loopback", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}, "http://127.0.0.1:8080"},
		{"loopback of IPv6", &net.TCPAddr{IP: net.IPv6loopback, Port: 8080}, "http://[::1]:8080"},
		{"one address", &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 1}, "http://192.0.2.7:1"},
		{"every address", &net.TCPAddr{IP: net.IPv4zero, Port: 8080}, "http://127.0.0.1:8080"},
		{"every address of IPv6", &net.TCPAddr{IP: net.IPv6unspecified, Port: 8080}, "http://127.0.0.1:8080"},
		{"not TCP", &net.UnixAddr{Name: "/a", Net: "unix"}, "http:///a"},
	}
	for _, test := range tests {
		if got := listen.URL(test.addr); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}
