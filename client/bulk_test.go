package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// people yields n customers to add, and counts those that are taken.
func people(n int, taken *atomic.Int32) iter.Seq[client.CustomerRequest] {
	return func(yield func(client.CustomerRequest) bool) {
		for i := range n {
			taken.Add(1)
			if !yield(client.CustomerRequest{
				CustomerInfo: client.CustomerInfo{CustomerName: new(fmt.Sprint("N", i)), Phone: new("9000000001")},
			}) {
				return
			}
		}
	}
}

func TestAddAll(t *testing.T) {
	const missing = `{"status":"failed","message":"Name, Email Id, and Phone Number required"}`
	synctest.Test(t, func(t *testing.T) {
		var running, most, taken atomic.Int32
		c := clientOver(t, func(r *http.Request) (*http.Response, error) {
			n := running.Add(1)
			defer running.Add(-1)
			most.Store(max(most.Load(), n))

			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), `"N0"`) { // the first takes longest
				time.Sleep(time.Hour)
			}
			if strings.Contains(string(body), `"N3"`) {
				return newResponse(200, missing), nil
			}
			time.Sleep(time.Second)
			return newResponse(200, added), nil
		}, client.WithTimeout(0), client.WithAttemptTimeout(0))

		var order []int
		for r := range c.Customers.AddAll(t.Context(), people(10, &taken), client.Parallel(3)) {
			order = append(order, r.Index)
			rejected := errors.Is(r.Err, client.ErrMissing)
			succeeded := r.Err == nil && r.Response != nil
			if *r.Input.CustomerInfo.CustomerName != fmt.Sprint("N", r.Index) || rejected != (r.Index == 3) ||
				succeeded == rejected {
				t.Errorf("%+v", r)
			}
		}
		if order[len(order)-1] != 0 || most.Load() != 3 {
			t.Errorf("order %v, %d at once", order, most.Load())
		}
		slices.Sort(order)
		if !slices.Equal(order, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Errorf("results of %v", order)
		}
	})
}

func TestAddAllSendsOneAtLeast(t *testing.T) {
	for _, parallel := range []int{0, -1} {
		c := serve(t, response(added))
		n := 0
		for r := range c.Customers.AddAll(t.Context(), people(2, new(atomic.Int32)), client.Parallel(parallel)) {
			is(t, r.Err, "")
			n++
		}
		if n != 2 {
			t.Errorf("%d at once: %d results", parallel, n)
		}
	}
}

// Everything that is sent gets a result, however the loop ends.
func TestAddAllEndsCleanly(t *testing.T) {
	for _, way := range []string{"cancel", "break", "panic", "cancel before"} {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // fails if a goroutine stays
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var taken, sent atomic.Int32
				c := clientOver(t, func(r *http.Request) (*http.Response, error) {
					sent.Add(1)
					select {
					case <-time.After(time.Second):
						return newResponse(200, added), nil
					case <-r.Context().Done():
						return nil, r.Context().Err()
					}
				})
				if way == "cancel before" {
					cancel()
				}

				got := &bulkResults{t: t, indexes: map[int]bool{}}
				func() {
					defer func() { _ = recover() }()
					options := []client.BulkOption{client.Parallel(4), client.Late(got.add)}
					for r := range c.Customers.AddAll(ctx, people(100, &taken), options...) {
						got.add(r.Index, r.Err)
						if r.Index != 9 {
							continue
						}
						time.Sleep(time.Second / 2) // so that others are in flight
						switch way {
						case "cancel":
							cancel()
						case "break":
							return
						case "panic":
							panic(way)
						}
					}
				}()

				results := len(got.indexes)
				wanted := true
				switch way {
				case "cancel before":
				case "cancel":
					wanted = results >= 10 && got.unknown > 0
				default:
					// 0 to 11, and those that took the places of 8 to 11.
					wanted = results >= 10 && results <= 16 && got.unknown == 0
				}
				eachHasOne := results == int(sent.Load()) && got.unknown+got.done == results
				if !wanted || !eachHasOne {
					t.Errorf("%d sent, %d results: %d done, %d unknown", sent.Load(), results, got.done, got.unknown)
				}
				if results != int(taken.Load()) {
					t.Errorf("%d taken, %d results", taken.Load(), results)
				}
			})
		})
	}
}

// bulkResults counts the results of a bulk write.
type bulkResults struct {
	t             *testing.T
	indexes       map[int]bool
	done, unknown int
}

func (b *bulkResults) add(index int, err error) {
	if b.indexes[index] {
		b.t.Errorf("two results of %d", index)
	}
	b.indexes[index] = true
	switch {
	case err == nil:
		b.done++
	case errors.Is(err, client.ErrOutcomeUnknown):
		b.unknown++
	}
}

// A nil report function is allowed, and one that panics leaves nothing running.
func TestLateThatIsNilOrPanics(t *testing.T) {
	panics := func(int, error) { panic("reported") }
	for name, late := range map[string]func(int, error){"nil": nil, "panics": panics} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // fails if a goroutine stays
				c := clientOver(t, func(*http.Request) (*http.Response, error) {
					time.Sleep(time.Second)
					return newResponse(200, added), nil
				})
				defer func() {
					if got := recover(); (got != nil) != (late != nil) {
						t.Errorf("panic: %v", got)
					}
				}()
				for range c.Customers.AddAll(t.Context(), people(9, new(atomic.Int32)), client.Late(late)) {
					break
				}
			})
		})
	}
}

// The end of a loop does not wait for a sequence that is waiting for its next
// input. What the sequence yields afterwards is not sent, and it ends.
func TestInputsThatComeTooLate(t *testing.T) {
	for _, way := range []string{"cancel", "break", "panic"} {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var taken, sent atomic.Int32
				c := clientOver(t, func(*http.Request) (*http.Response, error) {
					sent.Add(1)
					return newResponse(200, added), nil
				})
				slow := func(yield func(client.CustomerRequest) bool) {
					for in := range people(9, &taken) {
						if !yield(in) {
							return
						}
						time.Sleep(time.Minute)
					}
				}

				results := 0
				start := time.Now()
				late := client.Late(func(int, error) { results++ })
				func() {
					defer func() { _ = recover() }()
					for range c.Customers.AddAll(ctx, slow, late) {
						results++
						switch way {
						case "break":
							return
						case "panic":
							panic(way)
						}
						cancel()
					}
				}()
				if took := time.Since(start); took != 0 {
					t.Errorf("the loop ended after %v", took)
				}

				time.Sleep(time.Hour)
				if taken.Load() != 2 || sent.Load() != 1 || results != 1 {
					t.Errorf("%d taken, %d sent, %d results", taken.Load(), sent.Load(), results)
				}
			})
		})
	}
}

// If the loop is left while the sequence waits for yield, the sequence ends
// before the loop does, so that what it reads may be closed after the loop.
func TestBreakWaitsForTheEndOfTheSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOver(t, func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return newResponse(200, added), nil
		})
		var ended atomic.Bool
		inputs := func(yield func(client.CustomerRequest) bool) {
			for range 9 {
				if !yield(somebody()) {
					break
				}
			}
			time.Sleep(time.Minute)
			ended.Store(true)
		}
		for range c.Customers.AddAll(t.Context(), inputs, client.Parallel(2)) {
			break
		}
		if !ended.Load() {
			t.Error("the loop ended before the sequence")
		}
	})
}

// A loop over a sequence that reads a queue until the context ends can be left
// before that: a deferred cancel comes later. It would block forever otherwise.
func TestBreakOffAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOver(t, func(*http.Request) (*http.Response, error) {
			return newResponse(200, `{"status":"failed","message":"no"}`), nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		queue := make(chan client.CustomerRequest, 1)
		queue <- somebody()
		inputs := func(yield func(client.CustomerRequest) bool) {
			for {
				select {
				case in := <-queue:
					if !yield(in) {
						return
					}
				case <-ctx.Done():
					return
				}
			}
		}
		for r := range c.Customers.AddAll(ctx, inputs) {
			if r.Err != nil {
				break
			}
		}
	})
}

// finiteLimiter lets some attempts through, and holds back all others until
// their contexts end.
type finiteLimiter struct{ left atomic.Int32 }

func (l *finiteLimiter) Wait(ctx context.Context) error {
	if l.left.Add(-1) >= 0 {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// After a break nothing more is sent. A call that waits, for a repetition, a
// limiter or a token, ends at once, and is known not to have been done.
func TestBreakSendsNothingMore(t *testing.T) {
	limiter := &finiteLimiter{}
	limiter.left.Store(1)
	var asked atomic.Int32
	source := func(ctx context.Context, _ client.Operation) (string, error) {
		if asked.Add(1) == 1 {
			return "", nil
		}
		<-ctx.Done()
		return "", ctx.Err()
	}

	for name, option := range map[string]client.Option{
		"Retry-After":  client.WithRetry(client.RetryPolicy{}),
		"limiter":      client.WithLimiter(limiter),
		"token source": client.WithTokenSource(source),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int32
				c := clientOver(t, func(*http.Request) (*http.Response, error) {
					if sent.Add(1) > 1 {
						return newResponse(429, "", "Retry-After", "50"), nil
					}
					time.Sleep(time.Second)
					return newResponse(200, added), nil
				}, option)
				var late []error
				keepLate := client.Late(func(_ int, err error) { late = append(late, err) })
				start := time.Now()
				for range c.Customers.AddAll(t.Context(), people(9, new(atomic.Int32)), client.Parallel(4), keepLate) {
					break
				}

				before := sent.Load()
				if took := time.Since(start); took != time.Second {
					t.Errorf("the loop ended after %v", took)
				}
				for _, err := range late {
					notDone := errors.Is(err, client.ErrCanceled) || errors.Is(err, client.ErrRateLimited)
					if !notDone || errors.Is(err, client.ErrOutcomeUnknown) {
						t.Errorf("late: %v", err)
					}
				}
				time.Sleep(time.Hour)
				if len(late) < 3 || sent.Load() != before {
					after := sent.Load() - before
					t.Errorf("%d late results, %d requests, %d of them after the end", len(late), sent.Load(), after)
				}
			})
		})
	}
}

// Code of the caller may ignore the context. An attempt that it held back while the
// loop was left is not sent.
func TestBreakWhileATokenIsFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, sent atomic.Int32
		source := func(context.Context, client.Operation) (string, error) {
			if asked.Add(1) > 1 {
				time.Sleep(time.Minute)
			}
			return "", nil
		}
		c := clientOver(t, func(*http.Request) (*http.Response, error) {
			sent.Add(1)
			time.Sleep(time.Second)
			return newResponse(200, added), nil
		}, client.WithTokenSource(source))
		for range c.Customers.AddAll(t.Context(), people(9, new(atomic.Int32)), client.Parallel(4)) {
			break
		}
		time.Sleep(time.Hour)
		if asked.Load() < 4 || sent.Load() != 1 {
			t.Errorf("asked for %d tokens, sent %d times", asked.Load(), sent.Load())
		}
	})
}

// panicking is a hook, a limiter, a token source and a transport that panics at
// one of the places where the client calls code of its caller.
type panicking struct {
	client.Hook
	where string
	after atomic.Int32 // how many calls at that place do not panic
}

func (p *panicking) at(where string) {
	if where == p.where && p.after.Add(-1) < 0 {
		panic(where)
	}
}

func (p *panicking) OperationStart(ctx context.Context, _ client.Call) context.Context {
	p.at("operation start")
	return ctx
}

func (p *panicking) OperationEnd(context.Context, client.Call, client.Result) { p.at("operation end") }

func (p *panicking) AttemptStart(ctx context.Context, _ client.Call) context.Context {
	p.at("attempt start")
	return ctx
}

func (p *panicking) AttemptEnd(context.Context, client.Call, client.Result) { p.at("attempt end") }

func (p *panicking) Wait(context.Context) error {
	p.at("limiter")
	return nil
}

func (p *panicking) token(context.Context, client.Operation) (string, error) {
	p.at("token source")
	return "", nil
}

// callersCode are the places where the client calls code of its caller.
var callersCode = []string{
	"inputs", "token source", "limiter", "transport",
	"operation start", "attempt start", "attempt end", "operation end",
}

// A panic of the caller's code can be recovered by the caller of a bulk write.
// Every input has one result, and nothing is left running.
func TestPanicsOfABulkWrite(t *testing.T) {
	for _, where := range callersCode {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // fails if a goroutine stays
				p := &panicking{where: where}
				p.after.Store(5)
				counted := &counter{}
				c := clientOver(t, func(*http.Request) (*http.Response, error) {
					time.Sleep(time.Second)
					p.at("transport")
					return newResponse(200, added), nil
				}, client.WithHook(counted), client.WithHook(p), client.WithLimiter(p), client.WithTokenSource(p.token))
				var taken atomic.Int32
				sequence := func(yield func(client.CustomerRequest) bool) {
					for in := range people(40, &taken) {
						p.at("inputs")
						if !yield(in) {
							return
						}
					}
				}

				results := map[int]int{}
				var panicked []*client.Error
				func() {
					defer func() {
						if got := recover(); got != any(where) {
							t.Errorf("recovered %v", got)
						}
					}()
					for r := range c.Customers.AddAll(t.Context(), sequence, client.Parallel(2)) {
						results[r.Index]++
						if e, ok := errors.AsType[*client.Error](r.Err); ok && e.Code == client.ErrPanicked {
							panicked = append(panicked, e)
						}
					}
				}()

				if where != "inputs" && len(panicked) == 0 {
					t.Error("no result says that the call panicked")
				}
				for _, e := range panicked {
					// An attempt that begins when another has panicked is not sent.
					unsent := where == "attempt end" && e.HTTPStatus == 0
					mayBeDone := where == "transport" || strings.HasSuffix(where, "end") && !unsent
					if e.OutcomeUnknown != mayBeDone {
						t.Errorf("outcome unknown is %t: %v", e.OutcomeUnknown, e)
					}
				}
				// The last input may have been taken too late to be sent.
				inputs := int(taken.Load())
				if len(results) < inputs-1 || inputs > 12 {
					t.Errorf("%d inputs taken, results of %v", inputs, results)
				}
				for index := range results {
					if index >= len(results) || results[index] != 1 {
						t.Errorf("results of %v", results)
					}
				}
				counted.check(t)
			})
		})
	}
}

// If several calls panic, the first panic is raised.
func TestTheFirstPanicIsRaised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		c := clientOver(t, func(*http.Request) (*http.Response, error) {
			n := sent.Add(1)
			time.Sleep(time.Duration(n) * time.Second)
			panic(n)
		})
		defer func() {
			if got := recover(); got != any(int32(1)) || sent.Load() != 2 {
				t.Errorf("recovered %v of %d panics", got, sent.Load())
			}
		}()
		for range c.Customers.AddAll(t.Context(), people(2, new(atomic.Int32)), client.Parallel(2)) {
		}
	})
}

// A panic of the sequence, also of one that is nil, is raised after the results
// of the calls in flight. Leaving the loop early does not hide it.
func TestPanicsOfTheSequence(t *testing.T) {
	panics := func(yield func(client.CustomerRequest) bool) {
		_ = yield(somebody())
		time.Sleep(time.Millisecond) // until the call is on its way
		panic("thrown")
	}
	for name, inputs := range map[string]iter.Seq[client.CustomerRequest]{"panics": panics, "is nil": nil} {
		for _, breaks := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c := clientOver(t, func(*http.Request) (*http.Response, error) {
					time.Sleep(time.Second)
					return newResponse(200, added), nil
				})
				defer func() {
					if recover() == nil {
						t.Errorf("%s: nothing to recover, break %t", name, breaks)
					}
				}()
				for r := range c.Customers.AddAll(t.Context(), inputs) {
					if r.Err != nil {
						t.Error(r.Err)
					}
					if breaks {
						break
					}
				}
			})
		}
	}
}

// What ends the goroutine of the sequence, as FailNow does, ends the loop's too.
func TestGoexitOfTheSequence(t *testing.T) {
	c := serve(t, response(added))
	ended := make(chan bool)
	go func() {
		normally := false
		defer func() { ended <- normally }()
		for range c.Customers.AddAll(t.Context(), func(func(client.CustomerRequest) bool) { runtime.Goexit() }) {
			t.Error("a result of nothing")
		}
		normally = true
	}()
	if <-ended {
		t.Error("the loop continued")
	}
}
