// Package listen says under which URL a listening server can be called.
package listen

import "net"

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
