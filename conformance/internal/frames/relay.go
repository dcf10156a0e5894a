package frames

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"sync"
)

// The frames of HTTP/2 that a relay reads or writes (RFC 9113, section 6).
const (
	frameHeaders   = 0x1
	frameRSTStream = 0x3
	frameGoaway    = 0x7
	frameHead      = 9 // bytes before the payload of every frame

	endHeaders = 0x4 // a flag of HEADERS: no CONTINUATION follows
)

// RefusedStream is the code of a reset that says that the stream was not
// processed (RFC 9113, section 7).
const RefusedStream = 0x7

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// streamHeader says in a request which relay and which stream it came through.
const streamHeader = "x-relay-stream"

// A Relay passes the frames of one connection.
type Relay struct {
	number int // in the run
	client net.Conn
	server net.Conn

	mu       sync.Mutex // also of writes to the client
	begun    uint32     // the highest stream that was processed
	opened   uint32     // the highest stream that the client opened
	last     uint32     // the last stream, as GOAWAY says it
	settled  bool       // the first frame, SETTINGS, has passed
	pending  bool       // a GOAWAY is to be sent after it
	endings  map[uint32]Ending
	finished sync.WaitGroup
}

// An Ending is what a stream ends with: a reset with a code, unless more is set.
type Ending struct {
	Code  uint32
	Close bool // the connection ends, without a frame

	goaway bool // GOAWAY with the code, and the last stream of the relay
}

func newRelay(number int, client, server net.Conn) *Relay {
	return &Relay{
		number:  number,
		client:  client,
		server:  server,
		last:    math.MaxUint32,
		endings: map[uint32]Ending{},
	}
}

// run passes frames until either side closes.
func (r *Relay) run() {
	r.finished.Go(func() {
		defer r.close()
		r.fromClient()
	})
	r.fromServer()
	r.close()
	r.finished.Wait()
}

func (r *Relay) close() {
	r.client.Close()
	r.server.Close()
}

// fromClient passes frames to the server, and marks each request with where it
// came from: a header field added to the end of its block is legal, and leaves
// the compression of the others as it is (RFC 7541, section 6.2.2).
func (r *Relay) fromClient() {
	opening := make([]byte, len(preface))
	if _, err := io.ReadFull(r.client, opening); err != nil {
		return
	}
	if _, err := r.server.Write(opening); err != nil {
		return
	}

	for {
		frame, err := readFrame(r.client)
		if err != nil {
			return
		}
		if frame[3] == frameHeaders && frame[4]&endHeaders != 0 {
			stream := streamOf(frame)
			r.mu.Lock()
			r.opened = max(r.opened, stream)
			r.mu.Unlock()
			frame = withField(frame, streamHeader, fmt.Sprintf("%d.%d", r.number, stream))
		}
		if _, err := r.server.Write(frame); err != nil {
			return
		}
	}
}

// fromServer passes frames to the client.
func (r *Relay) fromServer() {
	for {
		frame, err := readFrame(r.server)
		if err != nil {
			return
		}
		if !r.pass(frame) {
			return
		}
	}
}

// pass writes one frame to the client, or the frame that replaces it. It reports
// whether the connection is still open.
func (r *Relay) pass(frame []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()

	if frame[3] == frameRSTStream {
		frame = r.replaceReset(frame)
	}
	if frame == nil {
		return false
	}

	_, err := r.client.Write(frame)
	r.settled = true
	if r.pending {
		r.pending = false
		_, _ = r.client.Write(goawayFrame(r.last, 0))
	}
	return err == nil
}

// replaceReset returns the frame that a stream ends with, in place of the reset
// with which the server ends it. It is nil if the connection ends.
func (r *Relay) replaceReset(reset []byte) []byte {
	stream := streamOf(reset)
	ending, ends := r.endings[stream]
	switch {
	case ending.Close:
		return nil
	case ending.goaway:
		return goawayFrame(r.last, ending.Code)
	case ends:
		binary.BigEndian.PutUint32(reset[frameHead:], ending.Code)
	case stream > r.last:
		// It was not processed because of a GOAWAY, which may not have been
		// sent yet. A reset before it would not say so.
		return goawayFrame(r.last, 0)
	}
	return reset
}

// Process reports whether a stream may be processed: no stream above the last
// one of a GOAWAY is.
func (r *Relay) Process(stream uint32) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stream > r.last {
		return false
	}
	r.begun = max(r.begun, stream)
	return true
}

// End sets what a stream will end with.
func (r *Relay) End(stream uint32, ending Ending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endings[stream] = ending
}

// GoawayBelow ends a stream by a GOAWAY whose last stream is below it. It reports
// false if that is too late, because this stream or a later one was processed, and
// if an earlier GOAWAY excludes the stream already.
func (r *Relay) GoawayBelow(stream, code uint32) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun >= stream || r.last < stream {
		return false
	}
	r.last = r.begun
	r.endings[stream] = Ending{goaway: true, Code: code}
	return true
}

// GoawayAfter sends a GOAWAY that allows the streams opened until now, and no later
// one.
func (r *Relay) GoawayAfter() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = min(r.last, r.opened)
	if r.settled {
		_, _ = r.client.Write(goawayFrame(r.last, 0))
	} else {
		r.pending = true
	}
}

// closeAfterGoaway closes a connection that had a GOAWAY.
func (r *Relay) closeAfterGoaway() {
	r.mu.Lock()
	gone := r.last != math.MaxUint32
	r.mu.Unlock()
	if gone {
		r.close()
	}
}

func readFrame(from io.Reader) ([]byte, error) {
	head := make([]byte, frameHead)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	length := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
	frame := append(head, make([]byte, length)...)
	_, err := io.ReadFull(from, frame[frameHead:])
	return frame, err
}

func streamOf(frame []byte) uint32 {
	return binary.BigEndian.Uint32(frame[5:frameHead]) & math.MaxInt32
}

// setLength writes the length of a payload, which is far below 2^24.
func setLength(frame []byte) {
	length := len(frame) - frameHead
	frame[0] = byte(length >> 16)
	frame[1] = byte(length >> 8)
	frame[2] = byte(length) //nolint:gosec // the lowest of three bytes
}

// withField adds a header field to a HEADERS frame, as a literal that is not
// indexed.
func withField(frame []byte, name, value string) []byte {
	frame = append(frame, 0)
	frame = appendText(frame, name)
	frame = appendText(frame, value)
	setLength(frame)
	return frame
}

// appendText adds a text of less than 127 bytes (RFC 7541, section 5.2).
func appendText(frame []byte, text string) []byte {
	frame = append(frame, byte(len(text))) //nolint:gosec // see above
	return append(frame, text...)
}

func goawayFrame(last, code uint32) []byte {
	frame := make([]byte, frameHead, frameHead+8)
	frame[3] = frameGoaway
	frame = binary.BigEndian.AppendUint32(frame, last&math.MaxInt32)
	frame = binary.BigEndian.AppendUint32(frame, code)
	setLength(frame)
	return frame
}
