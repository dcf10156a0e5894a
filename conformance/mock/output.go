package mock

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// output writes answers, spoilt as a fault wants.
type output struct {
	http.ResponseWriter
	request *http.Request
	status  func(int)
}

// encoded is the JSON of an answer. Oversized answers have a padding between
// two parts, so that they need not be held in memory.
type encoded struct {
	body    []byte
	between int // where the list's first element ends; 0: there is no list
	pad     int // how many bytes to put in
	padAt   int
}

// encode writes the tree, with what a fault changes in it.
func (a answer) encode(fault Fault) encoded {
	tree, e := a.body, encoded{}
	switch fault.Kind {
	case TruncatedBetweenElements:
		tree, _ = markFirst(tree, &e.between)
	case FailureAfterList:
		tree = failAfter(tree)
	}
	e.body = encode(tree)
	switch fault.Kind {
	case DuplicateKeys:
		e.body = insert(e.body, openingBrace(e.body), duplicate(tree))
	case InvalidUTF8:
		e.body = insert(e.body, innermost(tree, e.body), "\"mock\":\"\xff\xfe\",")
	case DeepNesting:
		levels := cmp.Or(fault.Size, 100_000)
		e.body = insert(e.body, innermost(tree, e.body), `"mock":`+strings.Repeat("[", levels)+strings.Repeat("]", levels)+",")
	case Oversized:
		inside := innermost(tree, e.body)
		if inside < 0 {
			break
		}
		e.body = insert(e.body, inside, `"mock":"",`)
		e.pad, e.padAt = cmp.Or(fault.Size, 64<<20), inside+len(`"mock":"`)
	}
	return e
}

// insert puts text at an offset; below 0 there is no object to put it in.
func insert(body []byte, at int, text string) []byte {
	if at < 0 || text == "" {
		return body
	}
	return slices.Concat(body[:at], []byte(text), body[at:])
}

func openingBrace(body []byte) int {
	i := bytes.IndexByte(body, '{')
	if i < 0 || i+1 >= len(body) || body[i+1] == '}' {
		return -1
	}
	return i + 1
}

// duplicate is the outcome a second time, with the other value.
func duplicate(tree any) string {
	o, ok := tree.(object)
	if list, isList := tree.([]any); isList && len(list) > 0 {
		o, ok = list[0].(object)
	}
	if !ok || len(o) == 0 {
		return ""
	}
	for _, name := range []string{"status", "Status"} {
		if _, there := o.get(name); there {
			return string(appendText(nil, name)) + `:"failed",`
		}
	}
	return string(appendText(nil, o[0].name)) + `:null,`
}

// innermost is the offset behind the opening brace of the first element of the
// answer's list, or of the answer itself.
func innermost(tree any, body []byte) int {
	var end int
	if t, ok := markFirst(tree, &end); ok {
		encode(t)
		element := encode(firstElement(tree))
		if len(element) > 2 && element[0] == '{' {
			return end - len(element) + 1
		}
	}
	return openingBrace(body)
}

// markFirst marks the first element of the answer's list: the answer itself,
// its message, or the list inside its message.
func markFirst(tree any, end *int) (any, bool) {
	switch t := tree.(type) {
	case []any:
		if len(t) > 0 {
			return append([]any{marked{t[0], end}}, t[1:]...), true
		}
	case object:
		for i, m := range t {
			_, isList := m.value.([]any)
			if !isList && m.name != "message" {
				continue
			}
			if value, ok := markFirst(m.value, end); ok {
				out := append(object{}, t...)
				out[i].value = value
				return out, true
			}
		}
	}
	return tree, false
}

func firstElement(tree any) any {
	switch t := tree.(type) {
	case []any:
		if len(t) > 0 {
			return t[0]
		}
	case object:
		for _, m := range t {
			if _, isList := m.value.([]any); isList || m.name == "message" {
				if e := firstElement(m.value); e != nil {
					return e
				}
			}
		}
	}
	return nil
}

// failAfter turns a success into a failure that stands behind everything else.
func failAfter(tree any) any {
	o, ok := tree.(object)
	if !ok {
		return tree
	}
	out := object{}
	for _, m := range o {
		if m.name != "status" && m.name != "Status" {
			out = append(out, m)
		}
	}
	return append(out, member{"status", "failed"})
}

// plain sends an answer as it is.
func (o *output) plain(a answer) { o.send(Fault{}, a.http, a.encode(Fault{})) }

// send sends an answer, spoilt on its way.
func (o *output) send(fault Fault, status int, e encoded) {
	o.Header().Set("Content-Type", "application/json")
	body := e.body
	switch fault.Kind {
	case ResetBeforeHeaders:
		o.reset()
		return
	case Stall:
		if !o.wait(fault.Delay) {
			return
		}
	case WrongContentType:
		o.Header().Set("Content-Type", "text/html;charset=UTF-8")
	case TruncatedJSON:
		body = body[:len(body)/2]
	case TruncatedBetweenElements:
		if e.between > 0 {
			body = body[:e.between]
		} else {
			body = body[:max(len(body)-1, 0)]
		}
	case EmptyBody:
		body = nil
	case GzipCut:
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		_, _ = z.Write(body) // a buffer takes everything
		_ = z.Close()
		body = zipped.Bytes()[:zipped.Len()/2]
		o.Header().Set("Content-Encoding", "gzip")
	}
	o.Header().Set("Content-Length", strconv.Itoa(len(body)+e.pad))
	o.begin(status)
	switch {
	case fault.Kind == ResetInBody:
		o.put(body[:len(body)/2])
		o.flush()
		o.reset()
	case fault.Kind == SlowDrip:
		for i := range body {
			o.put(body[i : i+1])
			o.flush()
			if !o.wait(cmp.Or(fault.Delay, time.Millisecond)) {
				return
			}
		}
	case e.pad > 0:
		o.put(body[:e.padAt])
		chunk := bytes.Repeat([]byte("x"), 32<<10)
		for left := e.pad; left > 0; left -= len(chunk) {
			if !o.put(chunk[:min(left, len(chunk))]) {
				return
			}
		}
		o.put(body[e.padAt:])
	default:
		o.put(body)
	}
}

func (o *output) begin(status int) {
	o.status(status)
	o.WriteHeader(status)
}

func (o *output) put(b []byte) bool {
	_, err := o.Write(b)
	return err == nil
}

func (o *output) flush() { _ = http.NewResponseController(o.ResponseWriter).Flush() }

// wait says whether the client is still there after a while.
func (o *output) wait(d time.Duration) bool {
	var timeUp <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeUp = timer.C
	}
	select {
	case <-timeUp:
		return true
	case <-o.request.Context().Done():
		return false
	}
}

// reset ends the connection the hard way: the peer reads "connection reset".
func (o *output) reset() {
	conn, _, err := http.NewResponseController(o.ResponseWriter).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // no socket at hand: what the server offers in its place
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// instead answers in the place of Kapture, if the fault is of that kind.
func (o *output) instead(fault Fault) bool {
	retryAfter := cmp.Or(fault.RetryAfter, time.Second)
	inSeconds := strconv.Itoa(int((retryAfter + time.Second - 1) / time.Second))
	switch fault.Kind {
	case TooManyRequests:
		o.Header().Set("Retry-After", inSeconds)
		o.plain(own(&use{}, http.StatusTooManyRequests, "fault %s", fault.Kind))
	case TooManyRequestsDate:
		o.Header().Set("Retry-After", time.Now().Add(retryAfter).UTC().Format(http.TimeFormat))
		o.plain(own(&use{}, http.StatusTooManyRequests, "fault %s", fault.Kind))
	case ServerError:
		o.plain(own(&use{}, http.StatusInternalServerError, "fault %s", fault.Kind))
	case BadGateway:
		o.page(http.StatusBadGateway, "502 Bad Gateway", "The upstream server did not answer.")
	case Unavailable:
		o.Header().Set("Retry-After", inSeconds)
		o.begin(http.StatusServiceUnavailable)
	case Redirect:
		o.Header().Set("Location", cmp.Or(fault.Location, "https://elsewhere.invalid"+o.request.URL.Path))
		o.begin(http.StatusTemporaryRedirect)
	case LoginPage:
		o.page(http.StatusOK, "Login", `<form method="post"><input name="username"><input name="password" type="password"></form>`)
	default:
		return false
	}
	return true
}

func (o *output) page(status int, title, content string) {
	o.Header().Set("Content-Type", "text/html;charset=UTF-8")
	o.begin(status)
	o.put(fmt.Appendf(nil, "<!DOCTYPE html><html><head><title>%s</title></head><body><h1>%[1]s</h1>%s</body></html>\n", title, content))
}
