package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strings"

	"github.com/kapture-community/kapture-go/gen"
)

// Version is that of this client, as its User-Agent names it.
const Version = "0.1.0"

// Client calls the API of one tenant. It is safe for concurrent use and does not change after New. However it is
// printed, it shows no credential.
type Client struct {
	Customers *CustomersService
	Tickets   *TicketsService
	Orders    *OrdersService
	FAQ       *FAQService
	Enquiries *EnquiriesService
	Products  *ProductsService
	Legacy    *LegacyService // calls that only the pages before 2021 have

	config
	gen  *gen.Client
	http *http.Client
}

// New makes a client for the tenant with that sub-domain: "acme" is https://acme.kapturecrm.com, "acme.int" is
// https://acme.int.kapturecrm.com. With [WithBaseURL] the tenant does not count and may be empty.
//
// Every option is checked. Without a credential, calls go out without one, and Kapture answers [ErrAuthKey].
func New(tenant string, opts ...Option) (*Client, error) {
	cfg := defaults()
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("kapture: New was given a nil option")
		}
		if err := opt(&cfg); err != nil {
			return nil, fmt.Errorf("kapture: %w", err)
		}
	}
	if err := cfg.locate(tenant); err != nil {
		return nil, fmt.Errorf("kapture: %w", err)
	}
	c := &Client{config: cfg, http: withoutRedirects(cfg.httpClient)}
	c.gen = &gen.Client{Server: cfg.base.String() + "/", Client: c.chain(), RequestEditors: []gen.RequestEditorFn{c.decorate}}
	c.Customers, c.Tickets, c.Orders, c.FAQ = &CustomersService{c}, &TicketsService{c}, &OrdersService{c}, &FAQService{c}
	c.Enquiries, c.Products, c.Legacy = &EnquiriesService{c}, &ProductsService{c}, &LegacyService{c}
	return c, nil
}

// BaseURL returns the URL that the paths of the API are appended to.
func (c *Client) BaseURL() string { return c.base.String() }

// String names the client by its base URL.
func (c Client) String() string { return fmt.Sprintf("kapture.Client(%v)", c.base) }

var subDomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// locate settles the base URL.
func (cfg *config) locate(tenant string) error {
	if cfg.base == nil {
		name := strings.ToLower(tenant)
		if !subDomain.MatchString(name) || strings.HasSuffix(name, "kapturecrm.com") {
			return fmt.Errorf("tenant %q: give the sub-domain alone (acme for https://acme.kapturecrm.com), or WithBaseURL", tenant)
		}
		cfg.base = &url.URL{Scheme: "https", Host: name + ".kapturecrm.com"}
	}
	if cfg.base.Scheme == "http" && !cfg.insecure && !loopback(cfg.base.Hostname()) {
		return fmt.Errorf("base URL %s: http would show key and customers to the network; use https, or WithInsecureHTTP if that is meant", cfg.base)
	}
	return nil
}

// decorate sets the headers that are no credential.
func (c *Client) decorate(_ context.Context, req *http.Request) error {
	agent := "kapture-go/" + Version + " (" + runtime.Version() + "; " + runtime.GOOS + "/" + runtime.GOARCH + ") " + c.application
	req.Header.Set("User-Agent", strings.TrimSpace(agent))
	req.Header.Set("Accept", "application/json")
	return nil
}
