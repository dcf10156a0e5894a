// Package documents reads the vendor's documents as they are, and lists the facts
// that the contract lacks. It turns "the vendor changed a page" into a list: copy
// the page's text into a file, run the comparison, and work through the output.
//
//	page, err := documents.ReadFile("get-customer.txt")
//	report := documents.Compare(contract, leftOut, page)
//	report.WriteText(os.Stdout)
//	report.WriteHints(os.Stderr)
//
// # Reading
//
// [Read] takes text as it was copied from a page: a table as lines, JSON with
// slips, code in three languages, and prose between them. Nothing has to parse.
// The reader of JSON steps over what it does not understand. At a heading, or at
// prose after an empty line, it forgets which braces are open, so that a slip
// costs a few keys their place and never the rest of the page.
//
// The source of an HTML page is read through a parser, as the Markdown that it
// converts to; the lines of its facts are those of that text.
//
// These are the facts:
//
//   - path: the path of every http or https URL, with any host, and a path
//     without a host, as in "POST /add-update". A URL that is the value of a
//     field is data. Names in a query string are facts of kind parameter.
//   - key: every field name of a JSON body, never trimmed, with the field that
//     contains it. Bodies are printed bare, in a shell's quotes, in calls of
//     Python and JavaScript, in assignments, or escaped in a string. What code
//     builds in addition to a body (headers, options) does not count. Fields
//     outside of any brace, as in the rows of tables of failures, are loose:
//     their place is not known.
//   - field: the name cell of every row of a table of fields.
//   - message: the text of a field called message in any letter case, of
//     "Customer Details", and, in an object whose status says failure, of every
//     field with a text of several words. Never trimmed. A message has its
//     field, the status next to it, and the code of its row.
//   - error name: the first cell of a table of error messages (AuthKeyInvalid).
//   - code: the HTTP codes of tables of codes and of failures.
//   - method: the HTTP method before a URL or a path, and in code.
//   - auth: the scheme of an Authorization header, and the name of another header
//     that carries a key.
//
// The bodies themselves are kept too, with their values ([Section.Bodies]): they
// are what package propose makes samples and schemas of.
//
// Arrows of Ruby and PHP are read as colons, and comments of code are stepped over.
// A line with a form that is not read, such as an array( of PHP or a body joined
// from several strings, is a [Doubt] if nothing else is known of it.
//
// A table is recognised by its header, which may have lost its spaces
// (NameMandatoryTypeDescription) or have one cell per line. Its rows may be lines
// with cells separated by spaces, tabs or bars, one cell per line, or tags of
// HTML. A line that must be a row and cannot be read becomes a [Doubt]: it is
// reported, not dropped.
//
// # Where a fact is looked for
//
// A page is cut into sections at titles: short lines that end in "API" or "API
// by ...", such as ADD CUSTOMER API. [Compare] ties each section to operations:
//
//  1. by its URL paths that the contract has; else
//  2. by its title, which must be listed under x-evidence.documented of an
//     operation. Letter case, the generation in brackets, the word API and final
//     punctuation are ignored. If several generations share a title, the
//     operations that know most of the section's facts are used; else
//  3. by one of its headings, in the same way; else
//  4. to no operation, and its facts are looked for in the whole contract.
//
// A tied section's facts must be at its operations. If another operation has
// them, the list says so, and they are still missing.
//
//   - key: among the properties of the operation's bodies, exactly, and below the
//     same field as on the page; arrays and compositions are not levels. If the
//     contract does not know the field that contains it, or the key is loose,
//     anywhere in the operation. The schema must allow the JSON type of its value.
//   - field: see below.
//   - parameter: among the operation's parameters.
//   - message: under x-failures or x-successes. The texts must be equal, except
//     for numbers of four or more digits, or match the entry's pattern. Then
//     field, status and http must not contradict the page.
//   - error name: under x-error-names.
//   - code: among the operation's responses (a range such as 4XX counts) and the
//     http codes of its x-failures.
//   - path: among the contract's paths, always the whole path.
//   - method: the operation's.
//   - auth: among the security schemes and the operation's parameters.
//
// # Labels
//
// The label of a row is its name cell without its asterisk, with single spaces,
// and without backquotes and backslashes. Nothing else is changed: "Customer ID *"
// becomes "Customer ID", while "id/leadId" and "contactPerson / name" stay. A
// label is known at an operation if, without regard to letter case, it equals
//
//   - the name of a property or parameter ("Customer_name" and customer_name, but
//     not "Customer Name": spaces, underscores and hyphens count),
//   - an entry of a property's or parameter's x-labels, or
//   - the label of an entry of x-unknown-fields of the operation, of the
//     document, or of its info; the last two serve sections without an operation,
//
// or if it joins several labels by "/", "&", ",", "and" or "or" and each of them
// is known. So x-labels are needed where a label and its wire name differ by
// more than letter case. Authorization, Content-Type and Accept are always known:
// OpenAPI has other means for them than parameters.
//
// x-mandatory of the contract records what a page's table says of a field
// ({"Get Customer API (2024)": "Yes, Number"}). A row of that page must say the
// same words, and a row that is marked mandatory must have such a record. The
// same is true for a row of x-unknown-fields that names a type or a mark. A field
// with rows in two tables needs one that agrees.
//
// # What is gone
//
// A page may also state less than it did. The contract keeps what it has from a
// page with its evidence: properties whose x-evidence, or that of the schema
// around them, cites the page, its rows under x-mandatory and x-unknown-fields,
// its texts. If a section has the title of a cited page, what it does not state
// is a hint ([Gone]) and never a finding: copies lack tables and stop early, and
// the contract keeps what a server may still send. If generations share a title,
// the one that fits best is used; if most of it is gone, one line says so. Error
// names and codes of tables have no page in the contract: nothing reports that
// they are gone.
//
// # The left-out list
//
// A list names what pages print and the contract leaves out on purpose, each
// entry with its reason: see [ParseLeftOut]. An entry holds for the facts under
// its section's heading or title. If a page with that heading was read and the
// entry left nothing out, it is stale, and [Compare] says so.
package documents
