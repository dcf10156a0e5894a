package mock

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/cors"
)

// Kapture is an embedded Kapture. It is an [http.Handler] and safe for use by
// many goroutines.
type Kapture struct {
	config
	worlds  *worlds
	faults  *faults
	journal *journal
}

var _ http.Handler = (*Kapture)(nil)

// Option changes a mock before it starts.
type Option func(*settings) error

// config is what a mock keeps of its options.
type config struct {
	token   string
	address string
	clock   func() time.Time
	account int64

	cors  cors.Origins
	http2 bool

	observers  []func(Exchange)
	notes      []func(Note)
	middleware func(http.Handler) http.Handler // nil for none
	reject     func(*http.Request) Rejection   // nil for none
}

// settings are what the options set before a mock is made of them.
type settings struct {
	config
	firstID int64
	crowd   crowd
	seed    uint64
	limits  Limits
	faults  []armedFault
}

// WithToken adds one world for exactly this key: the text after the word Basic,
// or the text with that word. `user:password` is accepted in its encoded form too.
func WithToken(token string) Option {
	return func(s *settings) error {
		bare := strings.TrimPrefix(token, "Basic ") // tokens are often kept with it
		if bare == "" {
			return errors.New("mock: the token is empty; give the text that follows \"Basic \"")
		}

		s.token = bare
		return nil
	}
}

// WithAddress sets where [Start] and [Run] listen. The default is a free port of
// 127.0.0.1. Any address that is not loopback makes the mock reachable from
// other machines.
func WithAddress(hostPort string) Option {
	return func(s *settings) error {
		s.address = hostPort
		return nil
	}
}

// WithClock replaces the clock that dates new records, so that pulls of past
// days can be tested. It is called from many goroutines.
func WithClock(clock func() time.Time) Option {
	return func(s *settings) error {
		if clock == nil {
			return errors.New("mock: the clock is nil; leave the option out to use the machine's clock")
		}

		s.clock = clock
		return nil
	}
}

// WithAccount sets the account id (cmId) of every world, 1000298 by default.
func WithAccount(cmID int64) Option {
	return func(s *settings) error {
		if cmID <= 0 {
			return fmt.Errorf("mock: the account id is %d; it must be above 0", cmID)
		}

		s.account = cmID
		return nil
	}
}

// WithFirstID sets the identifier of the first customer of every world,
// 700000001 by default. Contacts count from 100,000,000 above it. A value above
// 2^53 finds clients that keep identifiers in floating point.
func WithFirstID(id int64) Option {
	return func(s *settings) error {
		if id <= 0 || id > 1<<62 {
			return fmt.Errorf("mock: the first id is %d; it must be between 1 and 2^62", id)
		}

		s.firstID = id
		return nil
	}
}

// crowd is what [WithCustomers] asks for.
type crowd struct{ count, days int }

// WithCustomers lets every world begin with so many customers, which were made at
// even distances over the days before the mock started. Customer 17 is
// "Customer 00000017" with the phone 9000000017, the e-mail address
// customer00000017@example.com and the code C00000017. They take no memory until
// a call changes them.
func WithCustomers(count, days int) Option {
	return func(s *settings) error {
		if count < 0 || count > MaxCustomers {
			return fmt.Errorf("mock: %d customers; their number must be between 0 and %d", count, MaxCustomers)
		}
		if days < 1 || days > 36_500 {
			return fmt.Errorf("mock: customers over %d days; the days must be between 1 and 36,500", days)
		}

		s.crowd = crowd{count, days}
		return nil
	}
}

// generator makes the customers with which every world begins.
func (s settings) generator() *generator {
	g := &generator{count: s.crowd.count, firstID: s.firstID}
	if g.count > 0 {
		span := time.Duration(s.crowd.days) * 24 * time.Hour
		g.step = span / time.Duration(g.count)
		g.start = s.clock().Add(-span)
	}
	return g
}

// WithFault arms a fault for an operation, by its operationId, or for [All].
func WithFault(operation string, fault Fault) Option {
	return func(s *settings) error {
		s.faults = append(s.faults, armedFault{operation, fault})
		return nil
	}
}

// WithSeed decides which requests are hit by a fault that has a rate. The same
// seed hits the same requests, counted for each operation.
func WithSeed(seed uint64) Option {
	return func(s *settings) error {
		s.seed = seed
		return nil
	}
}

// WithLimits bounds what the mock keeps, and what a request may take.
func WithLimits(limits Limits) Option {
	return func(s *settings) error {
		if name := limits.negative(); name != "" {
			return fmt.Errorf("mock: the limit %s is below 0; give a positive one, or 0 for the default", name)
		}

		s.limits = limits
		return nil
	}
}

// WithObserver calls observe at the end of every request, with the bodies as far
// as the journal keeps them. It is called from many goroutines, after the
// response was written: a client may continue before observe returns. Several
// observers are called in their order.
func WithObserver(observe func(Exchange)) Option {
	return func(s *settings) error {
		if observe == nil {
			return errors.New("mock: the observer is nil; leave the option out for none")
		}

		s.observers = append(s.observers, observe)
		return nil
	}
}

// WithNotes calls hook for each [Note]: what the mock rejected because of a
// key, a body or a limit, and which worlds it forgot. Notes of a request are in
// its [Exchange] too; those of a test that fills a world are only here. It is
// called from many goroutines. Several hooks are called in their order.
func WithNotes(hook func(Note)) Option {
	return func(s *settings) error {
		if hook == nil {
			return errors.New("mock: the hook for notes is nil; leave the option out for none")
		}

		s.notes = append(s.notes, hook)
		return nil
	}
}

// WithCORS lets programs in browsers call the mock from pages of these origins,
// for example http://localhost:5173, or from any page with "*". Without it, a
// browser lets no page of another origin read the responses.
func WithCORS(origins ...string) Option {
	return func(s *settings) error {
		if len(origins) == 0 {
			return errors.New("mock: no origin for CORS; give one such as http://localhost:5173, or *")
		}

		s.cors = append(s.cors, origins...)
		return nil
	}
}

// WithHTTP2 lets [Start] and [Run] serve HTTP/2 without TLS ("prior knowledge") in
// addition to HTTP/1.1. The faults [GoAway] and [RefusedStream] need it.
func WithHTTP2() Option {
	return func(s *settings) error {
		s.http2 = true
		return nil
	}
}

// WithMiddleware lets [Start] and [Run] serve the handler that wrap returns for
// the mock, for example one that looks at every request first. [New] ignores
// it: its result is a handler that the caller can wrap. A mock that refuses
// connections ([Refuse]) serves nothing, so wrap is not called.
func WithMiddleware(wrap func(http.Handler) http.Handler) Option {
	return func(s *settings) error {
		if wrap == nil {
			return errors.New("mock: the middleware is nil; leave the option out for none")
		}

		s.middleware = wrap
		return nil
	}
}

// Rejection says why a request is rejected.
type Rejection struct {
	// Reason is empty for a request that is accepted.
	Reason string
	// Missing says that a field is missing, so that the documented failures for
	// that may be the response.
	Missing bool
}

// fits reports whether a documented failure with this code, which an empty world
// had for the request, is about the body and not about what was stored before.
func (r Rejection) fits(code string) bool {
	if strings.HasPrefix(code, "missing") {
		return r.Missing
	}
	return strings.HasPrefix(code, "invalid")
}

// WithRejection rejects the requests for which reject gives a reason, although
// the mock would accept them, and says why in a [Note]. The function is called
// for requests with a good key and a body that is JSON, from many goroutines. The
// response has the documented failure of the operation that fits the body, for
// example "title is missing", or else "Invalid Json.". The request's body has
// been read: a middleware ([WithMiddleware]) can look at it before.
func WithRejection(reject func(*http.Request) Rejection) Option {
	return func(s *settings) error {
		if reject == nil {
			return errors.New("mock: the function that rejects is nil; leave the option out for none")
		}

		s.reject = reject
		return nil
	}
}

// New makes an empty Kapture.
func New(options ...Option) (*Kapture, error) {
	k, err := build(options)
	if err != nil {
		return nil, err
	}

	if k.faults.refusing() {
		return nil, fmt.Errorf("mock: a handler cannot refuse connections (fault %s); use Start or Run", Refuse)
	}
	if k.http2 {
		return nil, errors.New("mock: WithHTTP2 is an option of Start and Run; a handler has no connections")
	}
	return k, nil
}

func build(options []Option) (*Kapture, error) {
	s := settings{
		config:  config{address: "127.0.0.1:0", clock: time.Now, account: 1000298},
		firstID: 700000001,
	}
	for _, option := range options {
		if err := option(&s); err != nil {
			return nil, err
		}
	}

	limits := s.limits.WithDefaults()
	k := &Kapture{
		config:  s.config,
		worlds:  newWorlds(s, limits),
		faults:  &faults{seed: s.seed},
		journal: &journal{limit: limits.Journal, limitBytes: limits.JournalBytes, count: map[string]int{}},
	}
	for _, armed := range s.faults {
		if err := k.setFault(armed.operation, armed.fault); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Operations lists the operations that the mock serves, sorted.
func (k *Kapture) Operations() []string { return sortedKeys(endpoints) }
