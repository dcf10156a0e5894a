package mock

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// All stands for every operation.
const All = "*"

// Kind names a fault.
type Kind string

// Faults in place of an answer. The request does not reach the world: nothing
// was done.
const (
	// Refuse keeps the port without listening, so that every connection is refused.
	// It is a fault of the whole server: only for [All], and only for [Start]
	// and [Run].
	Refuse              Kind = "refuse"
	TooManyRequests     Kind = "too-many-requests"      // 429, Retry-After in seconds
	TooManyRequestsDate Kind = "too-many-requests-date" // 429, Retry-After as a date
	ServerError         Kind = "server-error"           // 500 with a failure in JSON
	BadGateway          Kind = "bad-gateway"            // 502 with a page in HTML
	Unavailable         Kind = "unavailable"            // 503 with Retry-After and no body
	Redirect            Kind = "redirect"               // 307 to Fault.Location
	LoginPage           Kind = "login-page"             // 200 with a page in HTML
)

// Faults that spoil an answer. The request reaches the world: a write was done,
// and its caller does not learn of it.
const (
	ResetBeforeHeaders       Kind = "reset-before-headers"
	ResetInBody              Kind = "reset-in-body"              // half of the body, then a reset
	Stall                    Kind = "stall"                      // no answer for Fault.Delay, or until the client leaves
	SlowDrip                 Kind = "slow-drip"                  // a byte every Fault.Delay
	TruncatedJSON            Kind = "truncated-json"             // half of the body, as if it were all
	TruncatedBetweenElements Kind = "truncated-between-elements" // ends after the first element of the list
	WrongContentType         Kind = "wrong-content-type"         // the JSON, labelled text/html
	Oversized                Kind = "oversized"                  // valid JSON with a text of Fault.Size bytes in it
	InvalidUTF8              Kind = "invalid-utf8"
	DuplicateKeys            Kind = "duplicate-keys"     // the outcome twice, with two values
	DeepNesting              Kind = "deep-nesting"       // Fault.Size arrays in one another
	FailureAfterList         Kind = "failure-after-list" // the whole list, then status failed
	GzipCut                  Kind = "gzip-cut"           // half of the body's gzip stream
	EmptyBody                Kind = "empty-body"
)

// Manners that a server may have and that clients have to bear. Answers stay
// valid.
const (
	PageCap            Kind = "page-cap"            // pages hold at most Fault.Size records, whatever limit asks for
	OverlappingPages   Kind = "overlapping-pages"   // every page begins with the last record of the page before
	RepeatingPages     Kind = "repeating-pages"     // every page is the first one
	OverlappingWindows Kind = "overlapping-windows" // a pull gives the records of the day before and of the day after, too
	SingleObject       Kind = "single-object"       // a list of one ticket comes as an object
	MessageText        Kind = "message-text"        // an empty list of tickets comes as a text
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{
		Refuse, TooManyRequests, TooManyRequestsDate, ServerError, BadGateway, Unavailable, Redirect, LoginPage,
		ResetBeforeHeaders, ResetInBody, Stall, SlowDrip, TruncatedJSON, TruncatedBetweenElements, WrongContentType, Oversized,
		InvalidUTF8, DuplicateKeys, DeepNesting, FailureAfterList, GzipCut, EmptyBody,
		PageCap, OverlappingPages, RepeatingPages, OverlappingWindows, SingleObject, MessageText,
	}
}

// Done says whether a write that meets the fault is done all the same.
func (k Kind) Done() bool {
	return !slices.Contains([]Kind{Refuse, TooManyRequests, TooManyRequestsDate, ServerError, BadGateway, Unavailable, Redirect, LoginPage}, k)
}

// Fault is something that goes wrong on purpose. The zero value of each member
// but Kind is a default.
type Fault struct {
	Kind  Kind
	After int     // so many requests pass before it begins
	Times int     // how many requests it hits; 0: all
	Rate  float64 // share of the requests that it hits, drawn with the mock's seed; 0: all

	Delay      time.Duration // Stall: how long; 0: until the client leaves. SlowDrip: between bytes; 0: a millisecond
	RetryAfter time.Duration // TooManyRequests, TooManyRequestsDate, Unavailable; 0: a second
	Location   string        // Redirect; "": a host that cannot exist
	Size       int           // Oversized: bytes, 0: 64 MiB. DeepNesting: levels, 0: 100,000. PageCap: records, 0: 1
}

// SetFault arms a fault for an operation or for [All]. Of several armed ones, the
// first that hits a request is the one that it meets.
func (k *Kapture) SetFault(operation string, fault Fault) error {
	if fault.Kind == Refuse {
		return fmt.Errorf("mock: %s is an option of Start and Run; to refuse from now on, close the server", Refuse)
	}
	return k.setFault(operation, fault)
}

func (k *Kapture) setFault(operation string, fault Fault) error {
	switch {
	case operation != All && !k.contract.knows(operation):
		return fmt.Errorf("mock: there is no operation %q for a fault; use %q or one of %s", operation, All, strings.Join(k.Operations(), ", "))
	case !slices.Contains(Kinds(), fault.Kind):
		return fmt.Errorf("mock: there is no fault %q; use one of %v", fault.Kind, Kinds())
	case fault.Kind == Refuse && operation != All:
		return fmt.Errorf("mock: %s belongs to the whole server; use the operation %q", Refuse, All)
	case fault.Rate < 0 || fault.Rate > 1:
		return fmt.Errorf("mock: the rate of a fault is %v; it must lie between 0 and 1", fault.Rate)
	case fault.After < 0 || fault.Times < 0 || fault.Delay < 0 || fault.RetryAfter < 0 || fault.Size < 0:
		return fmt.Errorf("mock: a member of the fault %s is below 0", fault.Kind)
	}
	k.faults.arm(operation, fault)
	return nil
}

// ClearFaults disarms all faults.
func (k *Kapture) ClearFaults() { k.faults.clear() }

// ParseFault reads a fault as a command line gives it: `OPERATION=KIND`, or with
// settings behind a colon, parted by commas: a number (how many requests it
// hits), a share (`25%`), or one of after, delay, retry-after, size and location
// with a value.
//
//	getCustomer=too-many-requests:2
//	*=reset-in-body:25%,after=10
//	pullCustomers=page-cap:size=20
func ParseFault(s string) (operation string, fault Fault, err error) {
	operation, rest, ok := strings.Cut(s, "=")
	if !ok || operation == "" {
		return "", Fault{}, fmt.Errorf("mock: %q is no fault; write OPERATION=KIND or OPERATION=KIND:TIMES, for example getCustomer=%s:2", s, TooManyRequests)
	}
	kind, settings, more := strings.Cut(rest, ":")
	fault.Kind = Kind(kind)
	if !slices.Contains(Kinds(), fault.Kind) {
		return "", Fault{}, fmt.Errorf("mock: there is no fault %q; use one of %v", kind, Kinds())
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

var errSetting = errors.New("write a number above 0 (how often), a share such as 25%, or after=N, delay=2s, retry-after=2s, size=N or location=URL")

func (f *Fault) set(setting string) (err error) {
	name, value, named := strings.Cut(setting, "=")
	share, isShare := strings.CutSuffix(setting, "%")
	switch {
	case isShare:
		f.Rate, err = strconv.ParseFloat(share, 64)
		f.Rate /= 100
		if !(f.Rate > 0 && f.Rate <= 1) {
			return errSetting
		}
	case !named:
		if f.Times, err = strconv.Atoi(setting); f.Times < 1 {
			return errSetting
		}
	case name == "after":
		f.After, err = strconv.Atoi(value)
	case name == "size":
		f.Size, err = strconv.Atoi(value)
	case name == "delay":
		f.Delay, err = time.ParseDuration(value)
	case name == "retry-after":
		f.RetryAfter, err = time.ParseDuration(value)
	case name == "location":
		f.Location = value
	default:
		return errSetting
	}
	if err != nil {
		return errSetting
	}
	return nil
}

// faults holds what is armed.
type faults struct {
	seed uint64

	mu    sync.Mutex
	armed []*counted
}

type counted struct {
	armedFault
	seen map[string]uint64 // requests, by operation, so that a draw does not hang on how operations interleave
	all  int
	hits int
}

func (f *faults) arm(operation string, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = append(f.armed, &counted{armedFault: armedFault{operation, fault}, seen: map[string]uint64{}})
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = nil
}

func (f *faults) refusing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.armed, func(c *counted) bool { return c.fault.Kind == Refuse })
}

// draw says which fault a request meets.
func (f *faults) draw(operation string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var met *counted
	for _, c := range f.armed {
		if c.operation != All && c.operation != operation || c.fault.Kind == Refuse {
			continue
		}
		n := c.seen[operation]
		c.seen[operation]++
		c.all++
		switch {
		case met != nil:
		case c.all <= c.fault.After:
		case c.fault.Times > 0 && c.hits >= c.fault.Times:
		case c.fault.Rate > 0 && f.chance(operation, n) >= c.fault.Rate:
		default:
			c.hits++
			met = c
		}
	}
	if met == nil {
		return Fault{}, false
	}
	return met.fault, true
}

func (f *faults) chance(operation string, n uint64) float64 {
	h := fnv.New64a()
	h.Write([]byte(operation))
	return rand.New(rand.NewPCG(f.seed, h.Sum64()+n)).Float64()
}
