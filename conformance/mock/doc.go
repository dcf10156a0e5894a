// Package mock is an embedded Kapture: a server that stores what it receives
// and responds as the vendor's pages say, in the form of the generation that a
// request belongs to.
//
//	srv := mock.Run(t)                 // or mock.Start, or mock.New as an http.Handler
//	c, err := client.New("acme", client.WithBaseURL(srv.URL), client.WithToken("test-acme"))
//
// # Keys and worlds
//
// Records belong to a world, and the key names the world. The token of
// `Authorization: Basic TOKEN`, or the user name of a user and password pair, has
// the form
//
//	test-WORLD[-NAME...]
//
// WORLD has letters, digits, `_` and `.`. All keys of one world share its
// customers, tickets and orders, and see nothing of another world, so that
// tests in any language run in parallel on one server. Every other key is
// rejected, so that a production key has no effect here; [WithToken] allows one
// key of your choice.
//
// A NAME can say what is wrong with a key:
//
//	test-acme-expired              rejected, and so is disabled
//	test-acme-forbidden            has no permission: 403 where the generation has that code
//	test-acme-only.getCustomer     belongs to one configured API (or to several: only.A.B); rejected elsewhere
//
// The response to a rejected key has the text that the page of the request
// prints. Its HTTP status is 401 for the requests of 2021, and 200 for all
// others, whose pages connect no status with that text.
//
// # What comes from Kapture and what does not
//
// Texts, fields and forms are those of the pages. Where no page has a text, the
// message begins with `kapture mock:`. What the pages leave open was decided
// once; the table in spec/README.md lists each decision.
//
// # What the mock says
//
// The texts of Kapture do not say why a key or a body is rejected. The mock
// does, without changing them: in a header of the response ([NoteHeader]), and
// in the [Note] that [WithNotes] hands to a test. [Kapture.Journal] has the
// latest requests and responses with their bodies, [WithObserver] gets each of
// them, and [Kapture.World] fills and lists the records of a world.
//
// The mock bounds what it keeps ([Limits]). What it forgets or rejects for
// that reason is reported in the same way.
//
// # Faults
//
// [WithFault] makes one operation, or all of them, go wrong on purpose, and
// [Kapture.Received] counts the requests that arrived.
package mock
