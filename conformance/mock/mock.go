package mock

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Kapture is an embedded Kapture. It is an [http.Handler] and safe for use by
// many goroutines.
type Kapture struct {
	contract *contract
	token    string
	clock    func() time.Time
	account  int64
	address  string
	worlds   *worlds
	faults   *faults
	journal  *journal
}

// Option changes a mock before it starts.
type Option func(*settings) error

type settings struct {
	token   string
	address string
	clock   func() time.Time
	account int64
	firstID int64
	seed    uint64
	limits  Limits
	faults  []armedFault
}

type armedFault struct {
	operation string
	fault     Fault
}

// WithToken makes one world more, for exactly this key: the text after the
// word Basic, or with that word. `user:password` is accepted as the encoded pair too.
func WithToken(token string) Option {
	return func(s *settings) error {
		if strings.TrimPrefix(token, "Basic ") == "" {
			return errors.New("mock: the token is empty; give the text that stands after \"Basic \"")
		}
		s.token = strings.TrimPrefix(token, "Basic ") // tokens are often kept with it
		return nil
	}
}

// WithAddress says where [Start] and [Run] listen, in place of a free port of
// 127.0.0.1. Anything but loopback makes the mock reachable from other
// machines.
func WithAddress(hostPort string) Option {
	return func(s *settings) error { s.address = hostPort; return nil }
}

// WithClock replaces the clock that dates new records, so that pulls of past
// days can be tested. It is called from many goroutines.
func WithClock(clock func() time.Time) Option {
	return func(s *settings) error {
		if clock == nil {
			return errors.New("mock: the clock is nil; leave the option out for the clock of the machine")
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
			return fmt.Errorf("mock: the first id is %d; it must lie between 1 and 2^62", id)
		}
		s.firstID = id
		return nil
	}
}

// WithFault arms a fault for an operation, by its operationId, or for [All].
func WithFault(operation string, fault Fault) Option {
	return func(s *settings) error {
		s.faults = append(s.faults, armedFault{operation, fault})
		return nil
	}
}

// WithSeed decides which requests a fault with a rate hits. The same seed hits
// the same requests, counted by operation.
func WithSeed(seed uint64) Option {
	return func(s *settings) error { s.seed = seed; return nil }
}

// WithLimits bounds the memory of the mock.
func WithLimits(limits Limits) Option {
	return func(s *settings) error {
		if limits.Worlds < 0 || limits.Records < 0 || limits.Bytes < 0 || limits.Body < 0 || limits.Journal < 0 {
			return fmt.Errorf("mock: a limit of %+v is below 0; leave it at 0 for its default", limits)
		}
		s.limits = limits
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
	return k, nil
}

func build(options []Option) (*Kapture, error) {
	s := settings{address: "127.0.0.1:0", clock: time.Now, account: 1000298, firstID: 700000001}
	for _, option := range options {
		if err := option(&s); err != nil {
			return nil, err
		}
	}
	c, err := theContract()
	if err != nil {
		return nil, err
	}
	limits := s.limits.withDefaults()
	k := &Kapture{
		contract: c, token: s.token, clock: s.clock, account: s.account, address: s.address,
		worlds:  &worlds{limits: limits, firstID: s.firstID, clock: s.clock, named: map[string]*world{}},
		faults:  &faults{seed: s.seed},
		journal: &journal{limit: limits.Journal, count: map[string]int{}},
	}
	for _, armed := range s.faults {
		if err := k.setFault(armed.operation, armed.fault); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Received is a request that arrived. It holds no key, no query and no body.
type Received struct {
	Time      time.Time
	Method    string
	Path      string
	Operation string // "" when no operation has the path
	World     string // "" when the key was refused
	Status    int    // 0 while it is being answered, and when a fault left it without an answer
	Fault     Kind   // "" for none
}

type journal struct {
	limit int

	mu      sync.Mutex
	entries []*Received
	count   map[string]int
}

func (j *journal) begin(r *http.Request, operation string, now time.Time) *Received {
	entry := &Received{Time: now, Method: clip(r.Method), Path: clip(r.URL.Path), Operation: operation}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) == j.limit {
		copy(j.entries, j.entries[1:])
		j.entries = j.entries[:len(j.entries)-1]
	}
	j.entries = append(j.entries, entry)
	j.count[All]++
	if operation != "" {
		j.count[operation]++
	}
	return entry
}

func (j *journal) note(change func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change()
}

// clip keeps the journal small whatever is sent. It copies: a part of a text
// keeps the whole of it in memory.
func clip(s string) string { return strings.Clone(s[:min(len(s), 256)]) }

// Received gives how often an operation was called, whatever became of it.
// [All] counts every request, those to unknown paths too.
func (k *Kapture) Received(operation string) int {
	k.journal.mu.Lock()
	defer k.journal.mu.Unlock()
	return k.journal.count[operation]
}

// Journal gives the latest requests, the oldest first.
func (k *Kapture) Journal() []Received {
	k.journal.mu.Lock()
	defer k.journal.mu.Unlock()
	out := make([]Received, len(k.journal.entries))
	for i, entry := range k.journal.entries {
		out[i] = *entry
	}
	return out
}

// Operations lists the operations that the mock answers, sorted.
func (k *Kapture) Operations() []string { return k.contract.operations() }
