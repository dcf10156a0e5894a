// Package client calls the HTTP API of Kapture CRM.
//
//	c, err := client.New("acme", client.WithToken(token)) // https://acme.kapturecrm.com
//
//	added, err := c.Customers.Add(ctx, client.CustomerRequest{
//		CustomerInfo: client.CustomerInfo{CustomerName: new("Asha"), Phone: new("9000000001")},
//	})
//	cust, err := c.Customers.Get(ctx, client.CustomerByID(added.Customer.CustomerID))
//	for cust, err := range c.Customers.Pull(ctx, from, to) { ... }
//
// There is one service per resource: Customers, Tickets, Orders, FAQ,
// Enquiries, Products. Legacy has the calls that only the pages before 2021
// have, and [Client.Raw] posts to any path, for endpoints that a tenant
// configured. Each service has an interface ([CustomersAPI] and so on), so that
// tests can replace the service.
//
// # Credentials
//
// Kapture gives each configured API its own key, so a tenant may need several:
// [WithToken] for all operations, [WithTokenFor] for one, [WithTokenSource] for
// keys that rotate, [WithBasicAuth] if a page asks for a user and a password
// (orders), [WithAPIKeyPair] if a tenant needs a second pair of headers. No
// credential appears in an error, in a log, or in anything that is printed with
// any verb of fmt; if a server sends one back, it is cut out. No redirect is
// followed, and http is allowed for loopback addresses only, unless
// [WithInsecureHTTP] is given.
//
// # Requests
//
// The documentation of each type lists its fields. Texts, numbers and booleans
// that may be left out are pointers: nil is not sent, and new("") sends an
// empty text. Identifiers, flags, times, lists and maps are values: their zero
// value is not sent. The tenant's own fields go into AdditionalProperties. To
// send null for a declared field, put it there too; any other value for a
// declared field is rejected before anything is sent, and so is any text that is
// not UTF-8: the error says where it is.
//
// An identifier from a response goes into the next request unchanged. Days and
// wall clocks are those of [India] (UTC+05:30): the day of a time.Time is its
// day there, whatever its own zone. Kapture's tables often say text where its
// samples send numbers, and the reverse: [ID], [Flag] and [Time] keep the form
// in which a value was received.
//
// # Responses
//
// A response is the generated type together with its bytes: Raw and Body,
// Header, HTTPStatus and RequestID; Undeclared for fields that the contract
// does not know, Misfits for values of another form than it says, Notes for
// input that a strict parser would have rejected, for texts that had to be
// altered to be read, and for dates that cannot be read. Identifiers, amounts and
// booleans are read in each form that this API uses: a number as a text, with an
// exponent or with a fraction of zero, a boolean as a text. If the identifier of
// a record, or of what a write made, cannot be read, that is an error and never a
// zero; any other value that does not fit leaves its field at zero and does not
// affect the others. Encoding a response as JSON returns the JSON that was
// received.
//
// # Errors
//
// Every error of a call is an [*Error]; if it ended a day or a page of a pull,
// a [*WindowError] around it names that. A status that says failure is an error
// under any HTTP status, as is result:false under success. [Code] implements
// error; a broad code matches its narrower ones: errors.Is(err, ErrDuplicate)
// holds for [ErrDuplicatePhone]. A failure that the vendor's pages print gets
// its code from its text, at every operation: see Documented failures, below.
// Any other failure gets its code from the HTTP status: 401 [ErrAuthKey], 403
// [ErrForbidden], 404 [ErrNoSuchEndpoint] (never [ErrNotFound]: a wrong URL
// says nothing about a record), 429 [ErrRateLimited], 5xx [ErrServer],
// otherwise [ErrFailed].
//
// To log an error without customers' data, find the [*Error] with
// [errors.AsType] and log it with slog, which calls its LogValue. The text of
// the error, and of any error that wraps it, contains Kapture's message, which
// may contain a phone number; its JSON contains the body.
//
// # Retries, limits, time
//
//	                             read        write
//	no connection                sent again  sent again
//	not processed (HTTP/2)       sent again  sent again
//	HTTP 429                     sent again  sent again, unless its JSON says success or is broken
//	HTTP 5xx                     sent again  ErrServer; ErrOutcomeUnknown unless Kapture states the failure
//	connection breaks, time out  sent again  ErrTransport, ErrTruncated or ErrTimeout; ErrOutcomeUnknown
//	response cannot be read      the error   the error, and ErrOutcomeUnknown
//	response contradicts itself  the error   the error, and ErrOutcomeUnknown
//	redirect by 302 or 303       the error   ErrRedirect, and ErrOutcomeUnknown
//	anything else                the error   the error
//
// [ErrOutcomeUnknown] means a write that may have been done: look before
// repeating it, as [CustomersService.Add] shows. Not processed means that an
// HTTP/2 server said so, with REFUSED_STREAM or with a GOAWAY that names an
// earlier request as its last; many servers send GOAWAY after a number of
// requests. If a server asks for a longer wait than the policy allows, the
// request is not repeated, and the error has RetryAfter.
//
// [WithRetry] and [WithoutRetry] set how often and how long; [WithTimeout] and
// [WithAttemptTimeout] limit the time, [WithMaxResponseBytes] limits the size,
// and [WithLimiter] keeps all attempts within a budget. [WithHook] reports all
// of this; [NewLogHook] writes it to a log, without customers' data.
// [WithHTTPClient] sends through your own transport, [WithApplication] names
// your program to Kapture.
//
// # Lists
//
// Pull and Query yield records as they arrive, one day of India at a time. They
// keep one record in memory, and 14 to 21 bytes for each record of two days, so
// that a million records on one day fit into 64 MB. The pulls of tickets work
// in the same way: a tenant with pagination needs [WithPageSize], and one that
// sends a text if there are none, [NoTickets]. So does FAQ.Contents, which
// reads windows of a list instead of days, and can be narrowed with
// [FAQFilter].
//
// No record is dropped silently, and none is yielded twice: one that comes
// again on a page, after a broken connection or on the next day is recognised
// by its bytes, if it has an identifier. Two records with one identifier and
// different bytes are both yielded, and 0, -1 and the empty text identify
// nothing. A response ends only with its closing brace; any end before it is
// [ErrTruncated]. A list ends only with an empty page: a short page, or one
// without a new record, does not end it. The same page again, or ten pages in a
// row without a new record, is [ErrRepeatedPage]; the error names the window,
// and [ResumeAt] gets past it. An element that is not an object with fields is
// never a record, but an error; [ContinueOnBadElement] yields it with its bytes
// and continues. null in place of a list is an empty list, with a note.
//
// Two kinds of servers need an option: one that counts pages where this API
// counts records ([ErrPageNumbers] without [WithPageNumbers]), and one that sends
// its last page forever ([WithRepeatedLastPage]). To find out what a server
// counts, a client requests one extra page after the second page of a list, and
// another one if the list ended there. One list of three records or more is enough
// for each operation.
//
// [WithParallelWindows] asks for several days at once, [WithCheckpoint] and
// [ResumeFrom] resume where an earlier run stopped, [ContinueOnError] continues
// after a day that failed. A day has a checkpoint only if it was over by this
// machine's clock and by the server's. Breaking out of a loop ends all its
// requests.
//
// # Many writes
//
// [CustomersService.AddAll] and [TicketsService.AddAll] take a sequence, send
// several calls at once ([Parallel]) and yield a [BulkResult] for every input
// that is sent. After a break out of the loop nothing more is sent; the loop waits
// only for the requests in flight, and [Late] reports their results. A panic in
// your code, also in the sequence, continues in the goroutine of the loop.
//
// # Duplicates
//
// No page of [CustomersService.Add] says that Kapture rejects a customer that it
// already has: adding one twice may make two, without an error. [ErrDuplicate]
// and the codes below it are documented only for [EnquiriesService.Push]. So look
// first, by phone and by e-mail address: an example of Add shows how.
//
// No call looks and adds in one step. Two programs, or two concurrent calls as in
// AddAll, can both look before either of them adds, and then both add. Only a
// program that is the only one to add, and that never adds the same customer in
// two concurrent calls, is safe from that.
//
// # Related packages
//
// client/examples has whole programs, among them a nightly sync, a web form and
// a CSV import. client/otel is a [Hook] for OpenTelemetry, client/webhook
// handles the webhook that Kapture sends. conformance/mock is a Kapture for
// tests, with faults on demand; use [WithBaseURL] to call it:
//
//	srv := mock.Run(t)
//	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken("test-acme"))
package client
