// Package propose writes what a maintainer would type for a vendor page: samples,
// fragments of the contract, and cases, as files to read and copy from. It
// applies nothing, and each of its files says what a person has to decide.
//
// The values of samples are made up, with the shape and the length of those on
// the page: see [madeUp]. What a page does not say is marked for review and
// never invented: the generation is given by the caller, because no page has a
// date, and a failure text that the contract does not know gets codes to choose
// from.
//
// What only a person can write is left out: the method of the client, the mock,
// the flow of a write through other calls, and the line of the changelog.
package propose
