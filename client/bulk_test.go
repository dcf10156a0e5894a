package client_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

func people(n int, taken *atomic.Int32) iter.Seq[client.AddCustomer] {
	return func(yield func(client.AddCustomer) bool) {
		for i := range n {
			taken.Add(1)
			if !yield(client.AddCustomer{CustomerInfo: client.CustomerInfo{CustomerName: new(fmt.Sprint("N", i)), Phone: new("9000000001")}}) {
				return
			}
		}
	}
}

func TestAddAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most, taken atomic.Int32
		c := inBubble(t, func(r *http.Request) (*http.Response, error) {
			n := running.Add(1)
			defer running.Add(-1)
			most.Store(max(most.Load(), n))
			body := make([]byte, r.ContentLength)
			_, _ = r.Body.Read(body)
			if strings.Contains(string(body), `"N0"`) { // the first takes longest
				time.Sleep(time.Hour)
			}
			if strings.Contains(string(body), `"N3"`) {
				return made(200, `{"status":"failed","message":"Name, Email Id, and Phone Number required"}`), nil
			}
			time.Sleep(time.Second)
			return made(200, added), nil
		}, client.WithTimeout(0), client.WithAttemptTimeout(0))
		var order []int
		for r := range c.Customers.AddAll(t.Context(), people(10, &taken), client.Parallel(3)) {
			order = append(order, r.Index)
			if *r.Input.CustomerInfo.CustomerName != fmt.Sprint("N", r.Index) || (r.Index == 3) != errors.Is(r.Err, client.ErrMissing) || (r.Err == nil) != (r.Answer != nil) {
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
		n := 0
		for r := range serve(t, answer(added)).Customers.AddAll(t.Context(), people(2, new(atomic.Int32)), client.Parallel(parallel)) {
			if n++; r.Err != nil {
				t.Error(r.Err)
			}
		}
		if n != 2 {
			t.Errorf("%d at once: %d results", parallel, n)
		}
	}
}

// Nothing is sent without a result that says so, however it ends.
func TestAddAllEndsCleanly(t *testing.T) {
	for _, way := range []string{"cancel", "break", "panic", "cancel before"} {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // which fails if a goroutine stays
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var taken, sent atomic.Int32
				c := inBubble(t, func(r *http.Request) (*http.Response, error) {
					sent.Add(1)
					select {
					case <-time.After(time.Second):
						return made(200, added), nil
					case <-r.Context().Done():
						return nil, r.Context().Err()
					}
				})
				if way == "cancel before" {
					cancel()
				}
				told, unknown, done := map[int]bool{}, 0, 0
				tell := func(index int, err error) {
					if told[index] {
						t.Errorf("told of %d twice", index)
					}
					told[index] = true
					if err == nil {
						done++
					} else if errors.Is(err, client.ErrOutcomeUnknown) {
						unknown++
					}
				}
				func() {
					defer func() { _ = recover() }()
					for r := range c.Customers.AddAll(ctx, people(100, &taken), client.Parallel(4), client.Late(tell)) {
						if tell(r.Index, r.Err); r.Index != 9 {
							continue
						}
						switch time.Sleep(time.Second / 2); way { // so that others are on their way
						case "cancel":
							cancel()
						case "break":
							return
						case "panic":
							panic(way)
						}
					}
				}()
				stays := way == "break" || way == "panic"
				if len(told) != int(sent.Load()) || unknown+done != int(sent.Load()) || stays && unknown != 0 || way != "cancel before" && len(told) < 10 || way == "cancel" && unknown == 0 || stays && len(told) > 16 { // 0 to 11, and those who took the places of 8 to 11
					t.Errorf("%d sent, told of %d: %d done, %d unknown", sent.Load(), len(told), done, unknown)
				}
				if len(told) != int(taken.Load()) {
					t.Errorf("%d taken, told of %d", taken.Load(), len(told))
				}
			})
		})
	}
}

// Nobody is told by a function that is nil, and one that panics leaves nothing running.
func TestLateThatCannotBeTold(t *testing.T) {
	for name, late := range map[string]func(int, error){"nil": nil, "panics": func(int, error) { panic("told") }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // which fails if a goroutine stays
				c := inBubble(t, func(*http.Request) (*http.Response, error) { time.Sleep(time.Second); return made(200, added), nil })
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

// What a sequence gives when it is too late is not sent, and gets a result that says so.
func TestInputsThatComeTooLate(t *testing.T) {
	for _, way := range []string{"cancel", "break"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var taken, sent atomic.Int32
			c := inBubble(t, func(*http.Request) (*http.Response, error) { sent.Add(1); return made(200, added), nil })
			slow := func(yield func(client.AddCustomer) bool) {
				for in := range people(9, &taken) {
					if !yield(in) {
						return
					}
					time.Sleep(time.Minute)
				}
			}
			var told []error
			for r := range c.Customers.AddAll(ctx, slow, client.Late(func(_ int, err error) { told = append(told, err) })) {
				if r.Index == 0 && way == "break" {
					break
				} else if cancel(); r.Index > 0 {
					told = append(told, r.Err)
				}
			}
			if taken.Load() != 2 || sent.Load() != 1 || len(told) != 1 || !errors.Is(told[0], client.ErrCanceled) || errors.Is(told[0], client.ErrOutcomeUnknown) {
				t.Errorf("%s: %d taken, %d sent, told %v", way, taken.Load(), sent.Load(), told)
			}
		})
	}
}
