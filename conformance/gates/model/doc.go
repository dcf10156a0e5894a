// Command model looks for lost, doubled and invented records, and for writes
// that are done twice or reported wrongly.
//
// It runs the client over loopback, HTTP/1.1 and HTTP/2, against a server with
// a memory. A run is a script made from a seed: what the server knows, how it
// serves it (short and repeated pages, records added meanwhile, another clock),
// what goes wrong (cuts, resets, GOAWAY, refused streams, slow and senseless
// responses, refusals, lies), and what the caller does (windows in parallel, the
// options of pulls, kills and resumes, cancellation, a loop that is broken off).
// The server remembers what it knew, served and executed, and the run is judged
// by that:
//
//   - a record is yielded exactly once, by its identifier and its bytes, unless
//     an error said otherwise; nothing else is yielded, and what is not a record
//     only as an error
//   - a pull ends without an error only where the server showed the end
//   - an error has a reason, and the error of a window names the window
//   - a checkpoint passes only days that were yielded whole, and that were over
//     by the server's clock as well as by ours
//   - a write is executed once at most; success means executed; an error
//     without [client.ErrOutcomeUnknown] means not executed, and one with it
//     means that it could not be known
//   - every input of a bulk write that was taken gets one result
//   - nothing is left: no goroutine, connection, or hook without its end
//
// It is a program, not a test of package gates, so that a long search has no
// time limit and prints as it runs:
//
//	make model                     2,000 runs, the seeds 1 to 2000
//	RUNS=100000 make model         a long search
//	SEED=123 make model            one run again
//	SCRIPT=file.json make model    a script again, as a failure prints it
//
// A failure is shrunk to a small script that still fails, and printed with what
// the server did. The last line is always "model: N runs, N violations".
//
// Only client.go knows the client's API; known.go lists the faults of the
// client that are known and not yet mended.
package main
