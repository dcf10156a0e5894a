package mock

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// All is the name of every operation.
const All = "*"

// Kind names a fault.
type Kind string

// Faults that replace a response. The request does not reach the world: nothing
// was done.
const (
	// Refuse holds the port without listening, so that every connection is
	// refused. It is a fault of the whole server: only for [All], and only for
	// [Start] and [Run].
	Refuse              Kind = "refuse"
	TooManyRequests     Kind = "too-many-requests"      // 429, Retry-After in seconds
	TooManyRequestsDate Kind = "too-many-requests-date" // 429, Retry-After as a date
	ServerError         Kind = "server-error"           // 500 with a failure in JSON
	BadGateway          Kind = "bad-gateway"            // 502 with a page in HTML
	Unavailable         Kind = "unavailable"            // 503 with Retry-After and no body
	Redirect            Kind = "redirect"               // 307 to Fault.Location
	LoginPage           Kind = "login-page"             // 200 with a page in HTML

	// GoAway and RefusedStream say that a request was not processed, as only HTTP/2
	// can (RFC 9113, 6.8 and 8.7). They need [WithHTTP2], and hit no request that
	// arrives over HTTP/1.1.
	GoAway        Kind = "goaway"         // GOAWAY that names the stream before; the connection ends
	RefusedStream Kind = "refused-stream" // the stream is reset with REFUSED_STREAM
)

// Faults that corrupt a response. The request reaches the world: a write was
// done, and its caller does not learn of it.
const (
	ResetBeforeHeaders       Kind = "reset-before-headers"
	ResetInBody              Kind = "reset-in-body"              // half of the body, then a reset
	Stall                    Kind = "stall"                      // no response for Fault.Delay
	SlowDrip                 Kind = "slow-drip"                  // one byte every Fault.Delay
	TruncatedJSON            Kind = "truncated-json"             // half of the body, as if it were all
	TruncatedBetweenElements Kind = "truncated-between-elements" // ends after the first element of the list
	WrongContentType         Kind = "wrong-content-type"         // the JSON, labelled text/html
	Oversized                Kind = "oversized"                  // valid JSON with a text of Fault.Size bytes in it
	InvalidUTF8              Kind = "invalid-utf8"
	DuplicateKeys            Kind = "duplicate-keys"     // the outcome twice, with two values
	DeepNesting              Kind = "deep-nesting"       // Fault.Size arrays inside each other
	FailureAfterList         Kind = "failure-after-list" // the whole list, then status failed
	GzipCut                  Kind = "gzip-cut"           // half of the body's gzip stream
	EmptyBody                Kind = "empty-body"
	PhantomElements          Kind = "phantom-elements" // null, {}, a number, ... after the first record of a list
	TextIdentifiers          Kind = "text-identifiers" // identifiers that are numbers come as texts
)

// Quirks of a correct server that clients must tolerate. Responses stay valid.
const (
	PageCap            Kind = "page-cap"            // pages hold at most Fault.Size records, for any limit
	OverlappingPages   Kind = "overlapping-pages"   // every page begins with the last record of the page before
	RepeatingPages     Kind = "repeating-pages"     // every page is the first one
	OverlappingWindows Kind = "overlapping-windows" // a pull also returns the day before and the day after
	SingleObject       Kind = "single-object"       // a list of one ticket is an object
	MessageText        Kind = "message-text"        // an empty list of tickets is a text
	ShortPages         Kind = "short-pages"         // every second page holds only half of its records
	RepeatedPage       Kind = "repeated-page"       // the second page is the first one again; then the list continues
	ShortRepeat        Kind = "short-repeat"        // the second page is only the last record again; then as above
	ClockSkew          Kind = "clock-skew"          // the Date header is wrong by Fault.Skew
)

// notDone are the kinds under which the request does not reach the world.
var notDone = []Kind{
	Refuse, TooManyRequests, TooManyRequestsDate, ServerError, BadGateway, Unavailable, Redirect, LoginPage,
	GoAway, RefusedStream,
}

// done are the kinds under which it does.
var done = []Kind{
	ResetBeforeHeaders, ResetInBody, Stall, SlowDrip, TruncatedJSON, TruncatedBetweenElements, WrongContentType,
	Oversized, InvalidUTF8, DuplicateKeys, DeepNesting, FailureAfterList, GzipCut, EmptyBody,
	PhantomElements, TextIdentifiers,
	PageCap, OverlappingPages, RepeatingPages, OverlappingWindows, SingleObject, MessageText,
	ShortPages, RepeatedPage, ShortRepeat, ClockSkew,
}

// Kinds lists all kinds.
func Kinds() []Kind { return slices.Concat(notDone, done) }

// Done reports whether a write that is hit by the fault is done all the same.
func (k Kind) Done() bool { return !slices.Contains(notDone, k) }

func (k Kind) needsHTTP2() bool { return k == GoAway || k == RefusedStream }

// Fault is something that goes wrong on purpose. The zero value of each field
// except Kind is a default.
type Fault struct {
	Kind  Kind    // what goes wrong
	After int     // how many requests pass before it begins
	Times int     // how many requests it hits; 0: all
	Rate  float64 // share of the requests that it hits, drawn with the mock's seed; 0: all

	Delay      time.Duration // Stall: how long; 0: until the client leaves. SlowDrip: between bytes; 0: a millisecond
	RetryAfter time.Duration // TooManyRequests, TooManyRequestsDate, Unavailable; 0: a second
	Location   string        // Redirect; "": a host that cannot exist
	Skew       time.Duration // ClockSkew: how far the clock is ahead; below 0 it is late; 0: 26 hours late
	Size       int           // Oversized: bytes, 0: 64 MiB. DeepNesting: levels, 0: 100,000. PageCap: records, 0: 1
}

// SetFault arms a fault for an operation or for [All]. If several armed faults
// hit a request, the first one counts.
func (k *Kapture) SetFault(operation string, fault Fault) error {
	if fault.Kind == Refuse {
		return fmt.Errorf("mock: %s is an option of Start and Run; to refuse from now on, close the server", Refuse)
	}
	return k.setFault(operation, fault)
}

func (k *Kapture) setFault(operation string, fault Fault) error {
	if _, known := endpoints[operation]; operation != All && !known {
		return fmt.Errorf("mock: there is no operation %q for a fault; use %q or one of %s",
			operation, All, strings.Join(k.Operations(), ", "))
	}
	if fault.Kind == Refuse && operation != All {
		return fmt.Errorf("mock: %s belongs to the whole server; use the operation %q", Refuse, All)
	}
	if fault.Kind.needsHTTP2() && !k.http2 {
		return fmt.Errorf("mock: %s needs HTTP/2: start the mock with WithHTTP2", fault.Kind)
	}
	if err := fault.check(); err != nil {
		return err
	}

	k.faults.arm(operation, fault)
	return nil
}

func (f Fault) check() error {
	if err := checkKind(f.Kind); err != nil {
		return err
	}
	if f.Rate < 0 || f.Rate > 1 {
		return fmt.Errorf("mock: the rate of a fault is %v; it must be between 0 and 1", f.Rate)
	}
	if f.After < 0 || f.Times < 0 || f.Delay < 0 || f.RetryAfter < 0 || f.Size < 0 {
		return fmt.Errorf("mock: a field of the fault %s is below 0", f.Kind)
	}
	return nil
}

func checkKind(kind Kind) error {
	if !slices.Contains(Kinds(), kind) {
		return fmt.Errorf("mock: there is no fault %q; use one of %v", kind, Kinds())
	}
	return nil
}

// ArmedFault is a fault that is armed.
type ArmedFault struct {
	// Number is what [Kapture.ClearFault] takes.
	Number    int
	Operation string // or [All]
	Fault     Fault
	Hits      int // requests that it hit
}

// String gives the fault as [ParseFault] reads it.
func (a ArmedFault) String() string { return a.Operation + "=" + a.Fault.String() }

// Faults lists the armed faults, in the order in which they were armed.
func (k *Kapture) Faults() []ArmedFault { return k.faults.list() }

// ClearFault disarms one fault, by its number in [Kapture.Faults]. Nothing
// happens if it is not armed any more.
func (k *Kapture) ClearFault(number int) { k.faults.disarm(number) }

// ClearFaults disarms all faults.
func (k *Kapture) ClearFaults() { k.faults.clear() }

// ParseFault reads a fault as a command line gives it: `OPERATION=KIND`, followed
// by a colon and settings separated by commas. A setting is a number (how many
// requests it hits), a share (`25%`), or one of after, delay, retry-after, skew,
// size and location with a value.
//
//	getCustomer=too-many-requests:2
//	*=reset-in-body:25%,after=10
//	pullCustomers=page-cap:size=20
func ParseFault(s string) (operation string, fault Fault, err error) {
	operation, rest, ok := strings.Cut(s, "=")
	if !ok || operation == "" {
		const text = "mock: %q is not a fault; write OPERATION=KIND or OPERATION=KIND:TIMES, " +
			"for example getCustomer=%s:2"
		return "", Fault{}, fmt.Errorf(text, s, TooManyRequests)
	}

	kind, settings, more := strings.Cut(rest, ":")
	fault.Kind = Kind(kind)
	if err := checkKind(fault.Kind); err != nil {
		return "", Fault{}, err
	}
	if !more {
		return operation, fault, nil
	}

	for setting := range strings.SplitSeq(settings, ",") {
		if err := fault.set(setting); err != nil {
			return "", Fault{}, fmt.Errorf("mock: %q in %q: %w", setting, s, err)
		}
	}
	return operation, fault, nil
}

// String gives the fault as [ParseFault] reads it after the operation, for
// example "reset-in-body:25%,after=10".
func (f Fault) String() string {
	var settings []string
	add := func(format string, value any) { settings = append(settings, fmt.Sprintf(format, value)) }
	if f.Times > 0 {
		add("%d", f.Times)
	}
	if f.Rate > 0 {
		add("%.6g%%", f.Rate*100)
	}
	if f.After > 0 {
		add("after=%d", f.After)
	}
	if f.Delay > 0 {
		add("delay=%s", shortly(f.Delay))
	}
	if f.RetryAfter > 0 {
		add("retry-after=%s", shortly(f.RetryAfter))
	}
	if f.Skew != 0 {
		add("skew=%s", shortly(f.Skew))
	}
	if f.Size > 0 {
		add("size=%d", f.Size)
	}
	if f.Location != "" {
		add("location=%s", f.Location)
	}

	if len(settings) == 0 {
		return string(f.Kind)
	}
	return string(f.Kind) + ":" + strings.Join(settings, ",")
}

// shortly writes a duration without the units that are zero.
func shortly(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

var errSetting = errors.New("write a number above 0 (how often), a share such as 25%, " +
	"or after=N, delay=2s, retry-after=2s, skew=-26h, size=N or location=URL")

func (f *Fault) set(setting string) error {
	if share, ok := strings.CutSuffix(setting, "%"); ok {
		percent, err := strconv.ParseFloat(share, 64)
		inRange := percent > 0 && percent <= 100 // false for NaN
		if err != nil || !inRange {
			return errSetting
		}
		f.Rate = percent / 100
		return nil
	}

	name, value, named := strings.Cut(setting, "=")
	if !named {
		times, err := strconv.Atoi(setting)
		if err != nil || times < 1 {
			return errSetting
		}
		f.Times = times
		return nil
	}
	if f.setNamed(name, value) != nil {
		return errSetting
	}
	return nil
}

func (f *Fault) setNamed(name, value string) (err error) {
	switch name {
	case "after":
		f.After, err = strconv.Atoi(value)
	case "size":
		f.Size, err = strconv.Atoi(value)
	case "delay":
		f.Delay, err = time.ParseDuration(value)
	case "retry-after":
		f.RetryAfter, err = time.ParseDuration(value)
	case "skew":
		f.Skew, err = time.ParseDuration(value)
	case "location":
		f.Location = value
	default:
		err = errSetting
	}
	return err
}
