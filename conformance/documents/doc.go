// Package documents reads the vendor's documents as they are and lists which of
// their facts the contract lacks. It is how "the vendor changed a page"
// becomes a list: copy the page's text into a file, run the comparison, and
// work through what it prints.
//
//	page, err := documents.ReadFile("get-customer.txt")
//	report := documents.Compare(contract, leftOut, page)
//	report.WriteText(os.Stdout)
//	report.WriteHints(os.Stderr)
//
// # Reading
//
// [Read] takes text as it was copied from a page: a table as lines, JSON with
// slips, code in three languages, prose around it. Nothing of it has to parse.
// The reader of JSON steps over what it cannot make sense of; at a heading, or
// at prose after a blank line, it forgets which braces are open, so that a
// slip costs a few keys their place and never the rest of the page.
//
// These are the facts:
//
//   - path: the path of every http or https URL, whatever its host, and a path
//     that stands alone, as in "POST /add-update". A URL that is the value of a
//     member is data. Names in a query string are facts of kind parameter.
//   - key: every member name of a JSON body, never trimmed, with the member that
//     holds it. Bodies stand bare, in a shell's quotes, in calls of Python and
//     JavaScript, in assignments, escaped in a string. What code builds beside a
//     body (headers, options) is no body. Members outside of any brace, as in
//     the rows of tables of failures, are loose: their place is not known.
//   - field: the name cell of every row of a table of fields.
//   - message: the text of a member called message in any letter case, of
//     "Customer Details", and, in an object whose status is one of failure, of
//     every member with a text of several words. Never trimmed. With it come the
//     member, the status beside it, and the code of its row.
//   - error name: the first cell of a table of error messages (AuthKeyInvalid).
//   - code: the HTTP codes of tables of codes and of failures.
//
// HTTP methods, headers, and the values in samples and their types are no facts
// here: a page that changes nothing else brings an empty list.
//
// A table is known by its header, which may have lost its blanks
// (NameMandatoryTypeDescription) or stand a cell a line. Its rows may be lines
// with cells apart by blanks, tabs or bars, a cell a line, or tags of HTML. A
// row that surely is one and cannot be read becomes a [Doubt]: it is said, not
// dropped.
//
// # Where a fact is looked for
//
// A page is cut into sections at titles: short lines that end in "API" or "API
// by ...", such as ADD CUSTOMER API. [Compare] ties each section to operations:
//
//  1. by the URL paths in it that the contract has; else
//  2. by its title, which must be one of those under x-evidence.documented of an
//     operation. Letter case, the generation in brackets, the word API and final
//     punctuation do not count. Where several generations bear one title, the
//     operations that know most of the section's facts are taken; else
//  3. by a heading in it, in the same way; else
//  4. to none, and its facts are looked for in the whole contract.
//
// A tied section's facts must stand at its operations. That another operation
// has them is said in the list, and does not make them known.
//
//   - key: among the properties of the operation's bodies, exactly, and below the
//     same member as on the page; arrays and compositions do not count as levels.
//     Where the contract does not know the member that holds it, or the key is
//     loose, anywhere in the operation.
//   - field: see below.
//   - parameter: among the operation's parameters.
//   - message: under x-failures or x-successes. The texts must be equal, except
//     that any two numbers of four or more digits are, and a pattern beside the
//     text counts. Then member, status and http must not contradict the page.
//   - error name: under x-error-names.
//   - code: among the operation's responses (a range such as 4XX counts) and the
//     http codes of its x-failures.
//   - path: among the contract's paths, always the whole.
//
// # Labels
//
// The label of a row is its name cell without its asterisk, with each run of
// blanks made one, and without backquotes and backslashes. Nothing else is
// changed: "Customer ID *" becomes "Customer ID", while "id/leadId" and
// "contactPerson / name" stay. A label is known at an operation if, letter case
// aside, it equals
//
//   - the name of a property or parameter ("Customer_name" and customer_name, but
//     not "Customer Name": blanks, underscores and hyphens count),
//   - an entry of a property's or parameter's x-labels, or
//   - the label of an entry of x-unknown-fields of the operation, of the
//     document, or of its info; the last two serve sections tied to nothing,
//
// or if it joins several labels by "/", "&", ",", "and" or "or" and each of them
// is known. So x-labels are needed where a label and its wire name differ by
// more than letter case. Authorization, Content-Type and Accept are always known:
// OpenAPI has other means for them than parameters.
//
// Where the contract records under x-mandatory what a page's table says of a
// member ({"Get Customer API (2024)": "Yes, Number"}), a row of that page must
// say the same words, and a row that is marked mandatory must have such a
// record. So must a row of x-unknown-fields, where that names a type or a mark.
// A member with rows in two tables needs one that agrees.
//
// # What is gone
//
// A page may also state less than it did. What the contract has from a page
// stands in it with its evidence: properties whose x-evidence, or that of the
// schema around them, cites the page, its rows under x-mandatory and
// x-unknown-fields, its texts. Where a section bears the title of a page that
// is cited so, what it does not state is a hint ([Gone]), and never a finding:
// copies lack tables and stop early, and what a server still answers stays in
// the contract. Where generations share a title, the one that fits best is
// taken; where most of it is gone, one line says so. Error names and codes of
// tables have no page of their own in the contract: their end is not noticed.
//
// # The left-out list
//
// What pages print and the contract leaves out on purpose stands in a list, each
// entry with its reason: see [ParseLeftOut]. An entry holds for the facts under
// its section's heading or title. When a page with that heading was read and the
// entry left nothing out, it is stale, and [Compare] says so.
package documents
