package listen_test

import (
	"net"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/internal/listen"
)

func TestHost(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:80":   "127.0.0.1",
		"127.0.0.1":      "127.0.0.1",
		"[::1]:80":       "::1",
		"[::1]":          "::1",
		"::1":            "::1",
		"localhost:8080": "localhost",
		"":               "",
	} {
		if got := listen.Host(address); got != want {
			t.Errorf("the host of %q is %q, want %q", address, got, want)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost":             true,
		"127.0.0.1":             true,
		"127.9.9.9":             true,
		"::1":                   true,
		"::ffff:127.0.0.1":      true,
		"":                      false,
		"0.0.0.0":               false,
		"::":                    false,
		"192.0.2.7":             false,
		"localhost.example.com": false,
		"127.0.0.1.example.com": false,
	} {
		if got := listen.IsLoopback(host); got != want {
			t.Errorf("%q is a loopback address: %v, want %v", host, got, want)
		}
	}
}

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
