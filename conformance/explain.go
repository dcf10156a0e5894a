package conformance

import (
	"cmp"
	"slices"
)

const (
	faultByEvidence = "In a request: the client. In a response: the server if the contract's evidence is documented, " +
		"or if it names none; the contract if it is only observed or inferred. The evidence is that of the field, " +
		"or of the response under its status if that is weaker. On either side it is the contract if it rejects " +
		"a type that a page's table gives."
	faultOfSender = "The sender of the body: the client for a request, the server for a response. " +
		"No evidence is needed: JSON and HTTP themselves forbid it."
	faultClient = "The client."
)

var explanations = sorted([]Explanation{
	{
		Code:  CodeJSONSyntax,
		Title: "The body is not JSON",
		Meaning: "The text breaks the grammar of JSON at the place that the finding names. Nothing after it was " +
			"checked.",
		Fault: faultOfSender,
		Next: "Look at that line and column. If the server sends this regularly, its clients need a tolerant " +
			"reader, and the contract should say so.",
	},
	{
		Code:  CodeJSONTrailing,
		Title: "There is something after the JSON value",
		Meaning: "The body continues after its one JSON value. Many readers stop at the value and never see the " +
			"rest; others reject the whole body.",
		Fault: faultOfSender,
		Next: "See what was appended: a second response, a debugging line, or a stack trace. Remove it at " +
			"the source.",
	},
	{
		Code:  CodeJSONDuplicateKey,
		Title: "A field appears twice in one object",
		Meaning: "JSON does not define which of the two counts. Some readers take the first, most take the " +
			"last, some reject the body. The check continued with the last.",
		Fault: faultOfSender,
		Next:  "Send the field once.",
	},
	{
		Code:  CodeJSONUnicode,
		Title: "A string is not valid Unicode",
		Meaning: "A string contains bytes that are not UTF-8, or an escape that names half a surrogate pair. " +
			"Readers replace these, so the text is lost.",
		Fault: faultOfSender,
		Next: "Send UTF-8. This is often text in Latin-1 or Windows-1252 that was copied into JSON without " +
			"conversion, or text cut in the middle of a character.",
	},
	{
		Code:  CodeJSONControl,
		Title: "A string contains a raw control character",
		Meaning: "JSON requires line breaks, tabs and other control characters in strings to be escaped. Strict " +
			"readers reject the whole text. The check continued as if it were escaped.",
		Fault: faultOfSender,
		Next:  "Escape the character at the source, or read such bodies with a reader that accepts it.",
	},
	{
		Code:    CodeJSONTooDeep,
		Title:   "The body is nested too deep",
		Meaning: "Objects and arrays are nested beyond the limit of the checker. The body was not checked further.",
		Fault:   faultOfSender,
		Next:    "No contract describes anything this deep: see whether something wraps itself.",
	},
	{
		Code:  CodeBodyTruncated,
		Title: "The body ends early",
		Meaning: "The transport saw the body end before its announced end, or its JSON text ends before its " +
			"value does. What was received is not everything.",
		Fault: faultOfSender,
		Next: "Repeat the exchange. If it recurs, look for a size or time limit on the way. Never take a " +
			"truncated list for a whole one.",
	},
	{
		Code:    CodeBodyMissing,
		Title:   "The body is missing",
		Meaning: "The contract describes a body here. The message has none, or only white space.",
		Fault:   faultByEvidence,
		Next: "A response: see whether the server failed before it wrote. A request: send the body that the " +
			"operation describes.",
	},
	{
		Code:    CodeBodyUnexpected,
		Title:   "There is a body where none is described",
		Meaning: "The contract describes no body for this message.",
		Fault:   faultByEvidence,
		Next:    "Describe the body in the contract if it is there to stay; otherwise do not send it.",
	},
	{
		Code:    CodeBodyHTML,
		Title:   "The body is HTML instead of JSON",
		Meaning: "The body is a page for people: a login page, an error page of a proxy, a maintenance notice.",
		Fault:   faultOfSender,
		Next: "Check the base URL and the path, then whether a proxy or firewall responds in the server's " +
			"place.",
	},
	{
		Code:  CodeBodyEncoding,
		Title: "The body's coding cannot be undone",
		Meaning: "The Content-Encoding header names a coding, but the body does not decode by it, or ends " +
			"early, or grows beyond the limit.",
		Fault: faultOfSender,
		Next: "Compare the header with the first bytes of the body. Ask for identity coding to see what the " +
			"server means.",
	},
	{
		Code:    CodeBodyForm,
		Title:   "The body is not a valid form",
		Meaning: "The body is labelled application/x-www-form-urlencoded and cannot be read as such.",
		Fault:   faultOfSender,
		Next:    "Encode names and values with percent signs.",
	},
	{
		Code:  CodeContentType,
		Title: "The content type is not described",
		Meaning: "The message has a content type that the contract does not list here, and its body is not JSON " +
			"either.",
		Fault: faultByEvidence,
		Next: "A request: use a listed content type. A response: see what was sent, then add the type to the " +
			"contract or have the server corrected.",
	},
	{
		Code:    CodeContentTypeNone,
		Title:   "The content type is missing",
		Meaning: "The message has a body and no Content-Type header, so its reader has to guess.",
		Fault:   faultByEvidence,
		Next:    "Send the header.",
	},
	{
		Code:  CodeJSONMislabelled,
		Title: "The content type does not say JSON",
		Meaning: "The body is JSON, but its Content-Type header says something else that the contract does not " +
			"list. The body was checked all the same.",
		Fault: faultByEvidence,
		Next: "Clients that trust the header cannot read this response: decide by the body's first " +
			"character, or add the content type to the contract if the server keeps sending it.",
	},
	{
		Code:  CodeSchemaType,
		Title: "A value has the wrong type",
		Meaning: "The value has another JSON type than the schema says, for example text where a number is " +
			"expected. A fraction where an integer is expected counts too, and so does a number beyond " +
			"what any reader can hold.",
		Fault: faultByEvidence,
		Next: "If both forms occur in the wild, the contract should say so (oneOf), and clients need a type " +
			"that takes both.",
	},
	{
		Code:    CodeSchemaNull,
		Title:   "A value is null where null is not allowed",
		Meaning: "The schema is not nullable, but the value is null.",
		Fault:   faultByEvidence,
		Next:    "If null is usual here, add nullable to the schema and make clients expect it.",
	},
	{
		Code:    CodeSchemaRequired,
		Title:   "A required field is missing",
		Meaning: "The schema requires a field that the object does not have.",
		Fault:   faultByEvidence,
		Next: "A response: see whether the record really lacks it; if so, the contract must not require it. " +
			"A request: send the field.",
	},
	{
		Code:    CodeSchemaEnum,
		Title:   "A value is not one of the listed ones",
		Meaning: "The schema lists the values that are possible, and this is not one of them.",
		Fault:   faultByEvidence,
		Next:    "A new value is often a new feature: add it to the contract once it is known what it means.",
	},
	{
		Code:    CodeSchemaPattern,
		Title:   "A text does not match its pattern",
		Meaning: "The schema gives a regular expression that the text does not match.",
		Fault:   faultByEvidence,
		Next:    "Compare the pattern in the contract with what is really sent. Loosen it if it was guessed.",
	},
	{
		Code:  CodeSchemaFormat,
		Title: "A value breaks its format",
		Meaning: "The schema names a format (date, date-time, email, uri, uuid, ipv4, ipv6, byte, int32, int64 " +
			"and so on) that the value does not have. Dates must exist in the calendar.",
		Fault: faultByEvidence,
		Next:  "Remove the format from the schema if the server never promised it.",
	},
	{
		Code:    CodeSchemaRange,
		Title:   "A number is out of range",
		Meaning: "The number breaks minimum, maximum or multipleOf of its schema.",
		Fault:   faultByEvidence,
		Next:    "See whether the bound is stated anywhere or was guessed.",
	},
	{
		Code:  CodeSchemaLength,
		Title: "Something is too long or too short",
		Meaning: "A text breaks minLength or maxLength, an array minItems or maxItems, or an object " +
			"minProperties or maxProperties.",
		Fault: faultByEvidence,
		Next:  "See whether the bound is stated anywhere or was guessed.",
	},
	{
		Code:    CodeSchemaUnique,
		Title:   "An array has the same element twice",
		Meaning: "The schema says uniqueItems, and two elements are equal.",
		Fault:   faultByEvidence,
		Next:    "Look for a record that is listed twice.",
	},
	{
		Code:  CodeSchemaUndeclared,
		Title: "A field is not allowed here",
		Meaning: "The schema says additionalProperties: false, and the object has a field that it does not " +
			"declare.",
		Fault: faultByEvidence,
		Next: "In a request, the name is probably misspelt. In a response, declare the field or make the " +
			"schema open.",
	},
	{
		Code:  CodeSchemaAnyOf,
		Title: "None of several alternatives fits",
		Meaning: "The schema lists alternatives (anyOf), and the value fits none. If the alternatives only ask " +
			"for one field or another, the finding names these fields.",
		Fault: faultByEvidence,
		Next: "Send one of the fields named. For other alternatives, see what the nearest one lacks; the " +
			"finding lists it.",
	},
	{
		Code:  CodeSchemaNot,
		Title: "A value is what it must not be",
		Meaning: "The schema says with `not` what the value must not be, for example that fields of another " +
			"response must be absent. The value is exactly that.",
		Fault: faultByEvidence,
		Next:  "Usually this is another kind of response than the expected one: compare the two in the contract.",
	},
	{
		Code:    CodeSchemaReadOnly,
		Title:   "A request sends a field of responses",
		Meaning: "The field is marked readOnly: a request must not send it.",
		Fault:   faultClient,
		Next:    "Leave the field out.",
	},
	{
		Code:    CodeSchemaWriteOnly,
		Title:   "A response has a field of requests",
		Meaning: "The field is marked writeOnly: a response must not have it. It may be a secret.",
		Fault:   faultByEvidence,
		Next:    "Have the server omit the field.",
	},
	{
		Code:    CodeTooManyFindings,
		Title:   "There are more findings than were kept",
		Meaning: "The exchange breaks the contract in more ways than a result keeps.",
		Fault:   "That of the findings that were not kept.",
		Next:    "Correct what is listed, then check again.",
	},
	{
		Code:    CodeStatusUndocumented,
		Title:   "The HTTP status is not described",
		Meaning: "The contract describes no response with this status for the operation. Redirects count too.",
		Fault: "The server if the status is 5XX, by which it says itself that it failed. Otherwise the contract: " +
			"no page lists the status, and none says that it cannot occur.",
		Next: "See what the response means; then describe it in the contract with its evidence, " +
			"or have the server corrected.",
	},
	{
		Code:  CodeStatusDefault,
		Title: "Only the default response describes the HTTP status",
		Meaning: "The contract has a default response that covers this status, but no page lists it: " +
			"the evidence of the default response is only observed or inferred.",
		Fault: "The server if the status is 5XX, by which it says itself that it failed. Otherwise the contract.",
		Next:  "See what the response means, and describe the status in the contract with its evidence.",
	},
	{
		Code:  CodeResponseOther,
		Title: "Another response was expected",
		Meaning: "The contract describes this response, but the exchange expected another: success and not a " +
			"failure, or the response of another generation. The finding lists where the body differs from " +
			"the expected one.",
		Fault: faultByEvidence,
		Next: "First check the request and the data on the server: a faulty request is rejected. Otherwise " +
			"the server chose the wrong response.",
	},
	{
		Code:    CodeResponseStatus,
		Title:   "The response has another status",
		Meaning: "The contract describes the expected response for other HTTP statuses than this one.",
		Fault:   faultByEvidence,
		Next:    "If the server does this regularly, add the response to that status in the contract.",
	},
	{
		Code:    CodeHeaderMissing,
		Title:   "A required header of a response is missing",
		Meaning: "The contract requires a header of this response.",
		Fault:   faultByEvidence,
		Next:    "See whether something between server and client removes it.",
	},
	{
		Code:    CodeHeaderInvalid,
		Title:   "A header of a response breaks its schema",
		Meaning: "The contract gives a schema for this header, and its value does not fit.",
		Fault:   faultByEvidence,
		Next:    "Compare the header with the contract.",
	},
	{
		Code:    CodeOperationUnknown,
		Title:   "No operation fits the request",
		Meaning: "The contract has no operation of this name, or none with this method and path.",
		Fault:   "The client; or the contract, if the operation exists and is not described.",
		Next:    "Check method and path; add the operation to the contract if the server really has it.",
	},
	{
		Code:    CodeRequestMethod,
		Title:   "The request uses another method",
		Meaning: "The operation is described under another HTTP method.",
		Fault:   faultClient,
		Next:    "Use the method that the finding names.",
	},
	{
		Code:  CodeRequestPath,
		Title: "The request goes to another path",
		Meaning: "The operation is described under another path. If the target serves the contract under a " +
			"prefix, the checker must be told: with WithBasePath in Go, with --base-path on the command line.",
		Fault: faultClient,
		Next:  "Use the path that the finding names. Letter case, slashes and what follows the file name matter.",
	},
	{
		Code:    CodeParameterMissing,
		Title:   "A required parameter is missing",
		Meaning: "The contract requires this query, header, cookie or path parameter.",
		Fault:   faultClient,
		Next:    "Send the parameter.",
	},
	{
		Code:    CodeParameterInvalid,
		Title:   "A parameter breaks its schema",
		Meaning: "The value of this parameter does not fit the schema that the contract gives for it.",
		Fault:   faultClient,
		Next:    "Compare the parameter with the contract.",
	},
	{
		Code:  CodeParameterUndocumented,
		Title: "A query parameter is not described",
		Meaning: "The request has a query parameter that the operation does not list. Servers ignore what they " +
			"do not know, so it is probably misspelt or in the wrong place.",
		Fault: faultClient,
		Next:  "Correct the name, or move it into the body if it belongs there.",
	},
	{
		Code:  CodeCredentialMissing,
		Title: "The credential is missing",
		Meaning: "The operation needs a credential, and the request as it was sent has none of the kinds that " +
			"the contract lists.",
		Fault: faultClient,
		Next: "Configure the client with a credential. If it has one, look for something that removes the " +
			"header, such as a redirect or a proxy.",
	},
	{
		Code:  CodeInvalidUnnoticed,
		Title: "An invalid request was not noticed",
		Meaning: "The exchange says that its request breaks the contract on purpose, but the checker finds " +
			"nothing wrong with it: the contract does not express the rule, or the request is valid after " +
			"all.",
		Fault: "The contract.",
		Next: "Write the rule into the schema, or say in the case why the contract allows the request and " +
			"the server rejects it.",
	},
	{
		Code:  CodeContractAmbiguous,
		Title: "The contract cannot tell two responses apart",
		Meaning: "The body fits more than one branch of a oneOf, which allows exactly one. Other checkers will " +
			"reject this body, and generated clients may read it as the wrong type.",
		Fault: "The contract.",
		Next: "Make the branches exclude each other: require a field that only one has, give a one-value " +
			"enum, or say `not: {required: [...]}` in the smaller one.",
	},
	{
		Code:  CodeExpectationUnknown,
		Title: "The expected response is not in the contract",
		Meaning: "The exchange expects a response component that the contract does not describe for this " +
			"operation.",
		Fault: "The contract, or the case that names it.",
		Next:  "Correct the name, or describe the response at the operation.",
	},
	{
		Code:    CodeNoResponse,
		Title:   "There is no response",
		Meaning: "The request got no HTTP response: the connection was refused, reset, or timed out.",
		Fault:   "The server, or what is between it and the client.",
		Next:    "Check that the server runs and that the base URL is right, then run again.",
	},
	{
		Code:  CodeCaseExpectation,
		Title: "An expectation of a case is not met",
		Meaning: "The exchange conforms to the contract, but its content is not what the case expects, for " +
			"example a value that was stored and is not returned.",
		Fault: "The server, unless the case is wrong.",
		Next:  "Read the case's description, then reproduce the step on its own.",
	},
	{
		Code:  CodeClientDecode,
		Title: "The client misread the response",
		Meaning: "What the client returned is not what the response says: a field is lost, changed, or has " +
			"another value.",
		Fault: faultClient,
		Next:  "Compare the client's type with the schema of the field that the finding names.",
	},
	{
		Code:  CodeClientOutcome,
		Title: "The client reported the wrong outcome",
		Meaning: "The client reported success for a failure, failure for a success, or another failure than the " +
			"actual one.",
		Fault: faultClient,
		Next:  "See how the client decides between success and failure for this response.",
	},
	{
		Code:  CodeClientFailed,
		Title: "The client fails although the server does everything right",
		Meaning: "The program ended with an exit code other than 0 against a server that did everything right. " +
			"Until this is solved, no other scenario can show anything.",
		Fault: faultClient,
		Next:  "See what the program prints: often its base URL or its key is not taken from the environment.",
	},
	{
		Code:    CodeClientSilent,
		Title:   "The client sent nothing",
		Meaning: "No request arrived at the base URL that the program was given, so nothing was proved.",
		Fault:   faultClient,
		Next: "Let the program take its base URL and its key from the environment, and make its calls before " +
			"it ends.",
	},
	{
		Code:    CodeClientHung,
		Title:   "The client does not end",
		Meaning: "The program was still running when its time was over, and was stopped.",
		Fault:   faultClient,
		Next: "Give every call a time limit that covers the whole response, and every repetition a last " +
			"attempt. A page that is sent again is not the next page.",
	},
	{
		Code:  CodeClientCrashed,
		Title: "The client was ended by a signal",
		Meaning: "The program was ended by the system: it ran out of memory, overflowed its stack, or used " +
			"memory that it does not own.",
		Fault: faultClient,
		Next:  "Limit how much of a response is read and how deep it may be nested.",
	},
	{
		Code:  CodeClientFooled,
		Title: "The client took a failure for success",
		Meaning: "No response of the scenario was usable, but the program ended as if everything had been done. " +
			"What it was to write may be lost; what it read is incomplete.",
		Fault: faultClient,
		Next: "Take only a complete response that says so for success. A list ends with the closing brace of " +
			"its response, not with the last element that arrived.",
	},
	{
		Code:  CodeClientOutput,
		Title: "The client read other records",
		Meaning: "The program ended well, but printed something else than against a server that did everything " +
			"right: a record is missing, appears twice, or was misread.",
		Fault: faultClient,
		Next: "Compare the two outputs. Pages may be shorter than asked for and may overlap, and so may " +
			"days: tell records apart by their IDs. Output that contains times cannot be compared.",
	},
	{
		Code:  CodeClientRepeatedWrite,
		Title: "A write was sent again",
		Meaning: "The same write arrived more than once, although nothing said that it had not been done. The " +
			"server may have done it each time.",
		Fault: faultClient,
		Next: "Repeat a write only after 429, or where it is certain that the request never left the " +
			"machine. Otherwise report that its outcome is unknown, and look before writing again.",
	},
	{
		Code:  CodeClientImpatient,
		Title: "The client came back too early",
		Meaning: "A response said with Retry-After when to come back, and the same request arrived before that " +
			"time.",
		Fault: faultClient,
		Next:  "Read both forms of Retry-After: a number of seconds, and a date.",
	},
	{
		Code:  CodeClientRedirected,
		Title: "The client followed a redirect",
		Meaning: "A request arrived at another origin than the one that the program was given. On 307 and 308 " +
			"the body is sent along, and with some libraries the key.",
		Fault: faultClient,
		Next:  "Make the HTTP library follow no redirects, and report where it pointed.",
	},
})

func sorted(list []Explanation) []Explanation {
	slices.SortFunc(list, func(a, b Explanation) int { return cmp.Compare(a.Code, b.Code) })
	return list
}
