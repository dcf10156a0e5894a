package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kapture-community/kapture-go/client"
)

// tenantName is what a tenant may be called: it is a part of a host name and of
// a file name.
var tenantName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// tenants makes a client for each tenant, once, so that its connections are used
// again.
type tenants struct {
	pool     *pgxpool.Pool
	keys     keyFolder
	baseURL  string        // in place of the tenant's own; for tests
	patience time.Duration // of budgets
	hook     client.Hook

	ticketPage int      // records of a page of tickets; 0: the tenants have no pages
	noTickets  []string // texts that the tenants send for a day without tickets

	mu     sync.Mutex
	byName map[string]*client.Client
}

// window is a day of a tenant's.
func (t *tenants) window(tenant string, day time.Time) (window, error) {
	c, err := t.client(tenant)
	if err != nil {
		return window{}, err
	}

	w := window{client: c, day: day}
	if t.ticketPage > 0 {
		w.options = append(w.options, client.WithPageSize(t.ticketPage))
	}
	for _, text := range t.noTickets {
		w.options = append(w.options, client.NoTickets(text))
	}
	return w, nil
}

func (t *tenants) client(tenant string) (*client.Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if c := t.byName[tenant]; c != nil {
		return c, nil
	}

	options := []client.Option{
		client.WithApplication("fleet-sync", "1"),
		client.WithTokenSource(func(_ context.Context, op client.Operation) (string, error) {
			return t.keys.token(tenant, op)
		}),
		client.WithLimiter(t.budget(tenant)),
		// River repeats a window, and meanwhile its slot works on another one. A
		// repetition in here would hold the slot.
		client.WithoutRetry(),
	}
	if t.hook != nil {
		options = append(options, client.WithHook(t.hook))
	}
	if t.baseURL != "" {
		options = append(options, client.WithBaseURL(t.baseURL))
	}

	c, err := client.New(tenant, options...)
	if err != nil {
		return nil, err
	}

	if t.byName == nil {
		t.byName = map[string]*client.Client{}
	}
	t.byName[tenant] = c
	return c, nil
}

func (t *tenants) budget(tenant string) budget {
	return budget{pool: t.pool, tenant: tenant, patience: t.patience}
}

// keyFolder has the keys in files. They are read again for every call, so that a
// rotated key counts without a restart.
type keyFolder string

// token returns the key of an operation: of the file TENANT.OPERATION if Kapture
// gave the tenant one for it, else of the file TENANT.
func (dir keyFolder) token(tenant string, op client.Operation) (string, error) {
	for _, name := range []string{tenant + "." + string(op), tenant} {
		text, err := os.ReadFile(filepath.Join(string(dir), name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("the key of tenant %q cannot be read: %w", tenant, err)
		}
		return strings.TrimSpace(string(text)), nil
	}
	return "", fmt.Errorf("tenant %q has no key for %s: put it into the file %s or %s.%s of the folder -keys",
		tenant, op, tenant, tenant, op)
}
