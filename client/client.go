package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strings"
)

// Version is the version of this client, sent in the User-Agent header.
const Version = "0.1.0"

// Client calls the API of one tenant. It is safe for concurrent use and does
// not change after New. Printing it never reveals a credential.
type Client struct {
	Customers *CustomersService
	Tickets   *TicketsService
	Orders    *OrdersService
	FAQ       *FAQService
	Enquiries *EnquiriesService
	Products  *ProductsService
	Legacy    *LegacyService // calls that only the pages before 2021 have

	config
	send      sender
	templates *templates
}

// New returns a client for the tenant with that subdomain: "acme" is
// https://acme.kapturecrm.com, "acme.int" is https://acme.int.kapturecrm.com.
// With [WithBaseURL], tenant is ignored and may be empty.
//
// Every option is checked. Without a credential, calls are sent without one,
// and Kapture responds with [ErrAuthKey].
func New(tenant string, opts ...Option) (*Client, error) {
	cfg := defaults()
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("kapture: New: nil option; leave it out")
		}
		if err := opt(&cfg); err != nil {
			return nil, fmt.Errorf("kapture: %w", err)
		}
	}
	if err := cfg.locate(tenant); err != nil {
		return nil, fmt.Errorf("kapture: %w", err)
	}

	if unencryptedHTTP2(cfg.httpClient.Transport, cfg.base) {
		cfg.protocol.major.Store(2)
	}

	c := &Client{config: cfg, templates: &templates{made: map[Operation]*http.Request{}}}
	c.send = c.chain()

	c.Customers = &CustomersService{c}
	c.Tickets = &TicketsService{c}
	c.Orders = &OrdersService{c}
	c.FAQ = &FAQService{c}
	c.Enquiries = &EnquiriesService{c}
	c.Products = &ProductsService{c}
	c.Legacy = &LegacyService{c}
	return c, nil
}

// BaseURL returns the URL that the paths of the API are appended to.
func (c *Client) BaseURL() string { return c.base.String() }

// String names the client by its base URL.
func (c Client) String() string { return fmt.Sprintf("kapture.Client(%v)", c.base) }

var subdomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// locate sets the base URL, unless WithBaseURL has.
func (cfg *config) locate(tenant string) error {
	if cfg.base == nil {
		name := strings.ToLower(tenant)
		if !subdomain.MatchString(name) || strings.HasSuffix(name, "kapturecrm.com") {
			return fmt.Errorf("invalid tenant %q: "+
				"give the subdomain only (acme for https://acme.kapturecrm.com), or WithBaseURL", tenant)
		}
		cfg.base = &url.URL{Scheme: "https", Host: name + ".kapturecrm.com"}
	}

	if cfg.base.Scheme == "http" && !cfg.insecure && !loopback(cfg.base.Hostname()) {
		return fmt.Errorf("base URL %s: http would show key and customers to the network; "+
			"use https, or WithInsecureHTTP if that is intended", cfg.base)
	}
	return nil
}

// decorate sets all headers of a request except credentials.
func (c *Client) decorate(req *http.Request) {
	system := runtime.Version() + "; " + runtime.GOOS + "/" + runtime.GOARCH
	agent := "kapture-go/" + Version + " (" + system + ") " + c.application
	req.Header.Set("User-Agent", strings.TrimSpace(agent))
	req.Header.Set("Accept", "application/json")
}
