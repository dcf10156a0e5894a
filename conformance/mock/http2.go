package mock

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
)

// net/http lets no handler say that a request was not processed: neither by a
// stream that is reset with REFUSED_STREAM nor by a GOAWAY frame below the stream
// (RFC 9113, 6.8 and 8.7). So the handler ends such a request with
// http.ErrAbortHandler, for which net/http resets its stream, and the connection
// below it replaces that frame. The connection adds a header to each request that
// says which stream it is.

// streamHeader has the number of the request's stream.
const streamHeader = "x-kapture-mock-stream"

// frameListener makes connections that know HTTP/2 frames.
type frameListener struct{ net.Listener }

func (l frameListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &frameConn{Conn: conn, ends: map[uint32]Kind{}}, nil
}

// frameConn is a connection of HTTP/1.1 or HTTP/2.
type frameConn struct {
	net.Conn
	isHTTP2 atomic.Bool

	// Used by one reader, as net/http reads.
	decided bool   // whether it is HTTP/2
	opening []byte // what was read before that
	ready   []byte // what the server has not read yet

	mu       sync.Mutex // guards everything below
	incoming frames
	outgoing frames
	ends     map[uint32]Kind // what the reset of a stream becomes
	highest  uint32          // the highest stream that the client opened
	gone     bool            // GOAWAY was sent
	last     uint32          // the last stream that GOAWAY named
}

type frameConnKey struct{}

// withFrames makes the connection known to the requests that arrive on it.
func withFrames(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, frameConnKey{}, conn)
}

// streamOf returns the HTTP/2 connection of a request and its stream, nil if it
// has none whose frames can be replaced.
func streamOf(r *http.Request) (*frameConn, uint32) {
	conn, _ := r.Context().Value(frameConnKey{}).(*frameConn)
	numbers := r.Header.Values(streamHeader)
	if conn == nil || r.ProtoMajor != 2 || len(numbers) == 0 {
		return nil, 0
	}
	stream, err := strconv.ParseUint(numbers[len(numbers)-1], 10, 31)
	if err != nil {
		return nil, 0
	}
	return conn, uint32(stream)
}

// end says what the reset of a stream becomes that its handler is about to cause.
func (c *frameConn) end(stream uint32, kind Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends[stream] = kind
}

// preface begins every connection of HTTP/2.
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Read returns whole frames of HTTP/2, and bytes of HTTP/1.1.
func (c *frameConn) Read(p []byte) (int, error) {
	if c.decided && !c.isHTTP2.Load() && len(c.ready) == 0 {
		return c.Conn.Read(p)
	}

	for len(c.ready) == 0 {
		chunk := make([]byte, 32<<10)
		n, err := c.Conn.Read(chunk)
		c.arrived(chunk[:n])
		if err != nil && len(c.ready) == 0 {
			return 0, err
		}
	}
	n := copy(p, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

func (c *frameConn) arrived(chunk []byte) {
	if c.decided {
		c.ready = append(c.ready, c.accept(chunk)...)
		return
	}

	c.opening = append(c.opening, chunk...)
	known := min(len(c.opening), len(preface))
	switch {
	case !bytes.Equal(c.opening[:known], []byte(preface)[:known]):
		c.decided = true
		c.ready = c.opening
	case known == len(preface):
		c.decided = true
		c.isHTTP2.Store(true)
		c.ready = append(c.ready, preface...)
		c.ready = append(c.ready, c.accept(c.opening[known:])...)
	}
}

// accept returns the frames that the server gets: all of them, but after GOAWAY
// none of the streams above it.
func (c *frameConn) accept(chunk []byte) []byte {
	if !c.isHTTP2.Load() {
		return chunk
	}
	c.mu.Lock()
	defer c.mu.Unlock()

	var out []byte
	for _, f := range c.incoming.take(chunk) {
		if c.gone && f.stream() > c.last {
			continue
		}
		if f.kind() == frameHeaders {
			c.highest = max(c.highest, f.stream())
			f = f.withField(streamHeader, strconv.FormatUint(uint64(f.stream()), 10))
		}
		out = append(out, f...)
	}
	return out
}

// Write passes the server's frames on.
func (c *frameConn) Write(p []byte) (int, error) {
	if !c.isHTTP2.Load() {
		return c.Conn.Write(p)
	}
	if _, err := c.Conn.Write(c.replace(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *frameConn) replace(p []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()

	var out []byte
	for _, f := range c.outgoing.take(p) {
		if kind, ends := c.ends[f.stream()]; ends && f.kind() == frameReset {
			delete(c.ends, f.stream())
			f = c.instead(f, kind)
		}
		out = append(out, f...)
	}
	return out
}

// instead returns the frame that takes the place of the reset of a stream.
func (c *frameConn) instead(reset frame, kind Kind) frame {
	stream := reset.stream()
	if kind == GoAway && stream == c.highest && !c.gone {
		c.gone = true
		c.last = max(stream, 2) - 2 // the stream of the client before this one
		return newGoAway(c.last)
	}

	// Where later streams are open, a GOAWAY frame below this one would say of
	// them, too, that they were not processed.
	return newReset(stream, codeRefused)
}

// SetLinger is what a reset of an HTTP/1.1 connection needs.
func (c *frameConn) SetLinger(seconds int) error {
	tcp, ok := c.Conn.(*net.TCPConn)
	if !ok {
		return errors.New("mock: not a TCP connection")
	}
	return tcp.SetLinger(seconds)
}

// frame is one HTTP/2 frame with its header (RFC 9113, 4.1).
type frame []byte

// The sizes, kinds, flags and error codes of frames.
const (
	frameHeader  = 9
	maxFrameSize = 16 << 10 // what every receiver takes

	frameHeaders = 0x1
	frameReset   = 0x3
	frameGoAway  = 0x7

	flagEndHeaders = 0x4
	flagPadded     = 0x8

	codeRefused = 0x7
)

func (f frame) kind() byte     { return f[3] }
func (f frame) flags() byte    { return f[4] }
func (f frame) stream() uint32 { return binary.BigEndian.Uint32(f[5:]) &^ (1 << 31) }

// withField adds a field to the end of a block of header fields, as a literal
// that leaves the compression of the others as it is (RFC 7541, 6.2.2). A block
// that is padded or continues in another frame stays as it is.
func (f frame) withField(name, value string) frame {
	size := len(f) - frameHeader + len(name) + len(value) + 3
	if f.flags()&flagEndHeaders == 0 || f.flags()&flagPadded != 0 || size > maxFrameSize {
		return f
	}

	out := append(frame{byte(size >> 16), byte(size >> 8), byte(size)}, f[3:]...) //nolint:gosec // below maxFrameSize
	out = append(out, 0, byte(len(name)))                                         //nolint:gosec // a short name
	out = append(out, name...)
	out = append(out, byte(len(value))) //nolint:gosec // a short value
	return append(out, value...)
}

func newReset(stream, code uint32) frame {
	f := frame{0, 0, 4, frameReset, 0}
	f = binary.BigEndian.AppendUint32(f, stream)
	return binary.BigEndian.AppendUint32(f, code)
}

func newGoAway(last uint32) frame {
	f := frame{0, 0, 8, frameGoAway, 0}
	f = binary.BigEndian.AppendUint32(f, 0) // of the whole connection
	f = binary.BigEndian.AppendUint32(f, last)
	return binary.BigEndian.AppendUint32(f, 0) // NO_ERROR
}

// frames collects the bytes of a frame until it is whole.
type frames struct{ rest []byte }

func (fs *frames) take(chunk []byte) []frame {
	fs.rest = append(fs.rest, chunk...)
	var whole []frame
	for len(fs.rest) >= frameHeader {
		size := frameHeader + int(fs.rest[0])<<16 + int(fs.rest[1])<<8 + int(fs.rest[2])
		if len(fs.rest) < size {
			break
		}
		whole = append(whole, frame(fs.rest[:size:size]))
		fs.rest = fs.rest[size:]
	}
	return whole
}
