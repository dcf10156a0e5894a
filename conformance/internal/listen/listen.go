// Package listen says under which URL a listening server can be called, and which
// hosts are this machine.
package listen

import (
	"net"
	"net/netip"
	"strings"
)

// URL is the address of a server that listens at addr. A server that listens on
// every address of its machine is named by the loopback address: "0.0.0.0" and
// "[::]" are not addresses that every client can call.
func URL(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return "http://" + addr.String()
	}
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}

	return "http://" + net.JoinHostPort("127.0.0.1", port)
}

// Host returns the host of an address with or without a port, without the
// brackets of IPv6.
func Host(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return strings.Trim(host, "[]")
}

// IsLoopback reports whether no other machine can be reached under a host, nor
// reach this one: localhost, or a loopback address.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
