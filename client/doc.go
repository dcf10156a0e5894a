// Package client calls the HTTP API of Kapture CRM.
//
//	c, err := client.New("acme", client.WithToken(token)) // https://acme.kapturecrm.com
//
//	got, err := c.Customers.Add(ctx, client.AddCustomer{
//		CustomerInfo: client.CustomerInfo{CustomerName: new("Asha"), Phone: new("9000000001")},
//	})
//	cust, err := c.Customers.Get(ctx, client.CustomerByID(got.Customer.CustomerID))
//	for cust, err := range c.Customers.Pull(ctx, from, to) { ... }
//
// Services stand by resource: Customers, Tickets, Orders, FAQ, Enquiries, Products; Legacy has the calls that only the
// pages before 2021 have, and [Client.Raw] posts to any path, for endpoints that a tenant configured. Each has an
// interface ([CustomersAPI] and so on) for tests that put something of their own in its place.
//
// # Credentials
//
// Kapture gives each configured API a key of its own, so a tenant may need several: [WithToken] for all operations,
// [WithTokenFor] for one, [WithTokenSource] for keys that rotate, [WithBasicAuth] where a page wants a user and a
// password (orders), [WithAPIKeyPair] where a tenant wants a second pair of headers. No credential appears in an error,
// a log, or whatever is printed with any verb of fmt; where a server sends one back it is cut out. No redirect is
// followed, and http is for loopback addresses, unless [WithInsecureHTTP] is given.
//
// # Requests
//
// Members that may be left out are pointers: nil is not sent, new("") sends an empty text. Members of a tenant's own go
// into AdditionalProperties. So does null for a declared member; any other value for one is refused before anything is
// sent. Days and wall clocks are those of [India] (UTC+05:30). Kapture's tables often call text what its samples send as
// numbers, and the reverse: [ID], [Flag] and [Time] keep what comes in the form in which it comes.
//
// # Answers
//
// An answer is the generated type with the bytes beside it: Raw and Body, Header, HTTPStatus and RequestID; Undeclared
// for members that the contract does not know, Misfits for values of another form than it says, Notes for what was
// accepted although a strict reader might not. A value that does not fit its member leaves the others as they are.
// Encoding an answer as JSON gives back what came.
//
// # Errors
//
// Every error of a call is an [*Error]; those of the windows of a pull stand in a [*WindowError]. A status that says
// failure is an error under any HTTP status, as is result:false under success. A [Code] is an error to compare with,
// and takes in narrower ones: errors.Is(err, ErrDuplicate) holds for [ErrDuplicatePhone]. What the vendor's pages print
// has its code by its text, whatever the operation: see Documented failures, below. Any other text goes by its HTTP
// status: 401 [ErrAuthKey], 403 [ErrForbidden], 404 [ErrNoSuchEndpoint] (never [ErrNotFound]: a wrong URL says nothing
// about a record), 429 [ErrRateLimited], 5xx [ErrServer], else [ErrFailed].
//
// # Retries, limits, time
//
//	                            read            write
//	no connection was had       sent again      sent again
//	HTTP 429                    sent again      sent again, unless its JSON says success or is broken
//	HTTP 5xx                    sent again      ErrServer, ErrOutcomeUnknown unless Kapture states the failure
//	connection breaks, time up  sent again      ErrTransport, ErrTruncated or ErrTimeout, and ErrOutcomeUnknown
//	answer cannot be read       the error       the error, and ErrOutcomeUnknown
//	answer contradicts itself   the error       the error, and ErrOutcomeUnknown
//	redirect by 302 or 303      the error       ErrRedirect and ErrOutcomeUnknown
//	anything else               the error       the error
//
// An error that matches [ErrOutcomeUnknown] is a write that may have been done: look before repeating it, as
// [CustomersService.Add] shows. [WithRetry] and [WithoutRetry] change how often and how long; [WithTimeout] and
// [WithAttemptTimeout] bound the time, [WithMaxResponseBytes] the size, and [WithLimiter] puts a budget before every
// attempt. [WithHook] tells of all of it; [NewLogHook] writes it to a log, without customers' data. [WithHTTPClient]
// sends through a transport of your own, [WithApplication] names your program to Kapture.
//
// # Lists
//
// Pull and Query yield records as they come, a day of India at a time, in memory for one record and the identifiers of
// two days; so do the pulls of tickets ([WithPageSize], and [NoTickets] for a tenant that answers a text where there
// are none), and FAQ.Contents by windows of its own. No record is yielded twice, or lost in silence: only the closing
// brace of an answer ends a day, and any end before it is [ErrTruncated]; only an empty page ends pages, and one that is
// sent again is [ErrRepeatedPage]. [WithParallelWindows] asks for several days at once, [WithCheckpoint] and [ResumeFrom]
// go on where an earlier run stopped, [ContinueOnError] goes on behind a day that failed. Breaking off a loop ends all
// requests of it.
//
// # Many writes
//
// [CustomersService.AddAll] and [TicketsService.AddAll] take a sequence, send several at once ([Parallel]) and yield a
// [BulkResult] for every input. [Late] tells of those that were on their way when a loop was broken off.
//
// # Beside this package
//
// client/examples has three whole programs: a nightly sync, a form on the web, an import from CSV. client/otel is a
// [Hook] for OpenTelemetry, client/webhook takes the call that Kapture makes. conformance/mock is a Kapture for tests,
// with faults on demand; [WithBaseURL] points to it:
//
//	srv := mock.Run(t)
//	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken("test-acme"))
package client
