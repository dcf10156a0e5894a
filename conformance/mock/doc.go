// Package mock is an embedded Kapture: a server that keeps what it is sent and
// answers as the vendor's pages say, in the form of the generation that a
// request belongs to.
//
//	srv := mock.Run(t)                 // or mock.Start, or mock.New as an http.Handler
//	c, err := client.New("acme", client.WithBaseURL(srv.URL), client.WithToken("test-acme"))
//
// # Keys and worlds
//
// The records belong to a world, and the key names the world: the token of
// `Authorization: Basic TOKEN`, or the user name of a user and password pair, is
//
//	test-WORLD[-NAME...]
//
// WORLD has letters, digits, `_` and `.`. All keys of one world share its
// customers, tickets and orders, and see nothing of another's, so that tests in
// any language run side by side on one server. Any other key is refused, so that
// a production key can never be used here by mistake; [WithToken] allows one.
//
// A NAME can say what is wrong with a key:
//
//	test-acme-expired              refused; so is disabled
//	test-acme-forbidden            has no permission: 403 where the generation has that code
//	test-acme-only.getCustomer     belongs to one configured API (or to several: only.A.B); refused elsewhere
//
// A refused key gets the text that the page of its request prints: with 401 for
// the requests of 2021, with 200 for all others, whose pages tie no code to it.
//
// # What is Kapture's and what is not
//
// Texts, members and forms are those of the pages. Where no page has a text, the
// message begins with `kapture mock:`. What the pages leave open was decided once;
// the table in spec/README.md has each decision.
//
// # Faults
//
// [WithFault] makes an operation, or all of them, go wrong on purpose, and
// [Kapture.Received] counts what arrived.
package mock
