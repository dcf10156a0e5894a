package conformance

import (
	"cmp"
	"slices"
)

const (
	faultByEvidence = "In a request: the client. In an answer: the server if the contract's evidence is documented, or if it names none; the contract if it is only observed or inferred."
	faultOfSender   = "Whoever sent the body: the client for a request, the server for an answer. No evidence is needed: JSON and HTTP themselves say so."
	faultClient     = "The client."
)

var explanations = sorted([]Explanation{
	{
		CodeJSONSyntax, "The body is no JSON",
		"The text breaks the grammar of JSON at the place that the finding names; nothing after it was checked.",
		faultOfSender,
		"Look at the line and column named. If the server sends this regularly, its clients need a reader that copes, and the contract should say so.",
	},
	{
		CodeJSONTrailing, "Something stands after the JSON value",
		"The body goes on after its one JSON value. Many readers stop at the value and never see the rest; others refuse the whole body.",
		faultOfSender,
		"See what was appended: a second answer, a debugging line, or a stack trace. Remove it at the source.",
	},
	{
		CodeJSONDuplicateKey, "A member stands twice in one object",
		"JSON leaves open which of the two counts. Readers disagree: some take the first, most the last, some refuse. The check went on with the last.",
		faultOfSender,
		"Send the member once.",
	},
	{
		CodeJSONUnicode, "A string is not valid Unicode",
		"A string holds bytes that are no UTF-8, or an escape that names half a surrogate pair. Readers replace these, so the text is lost.",
		faultOfSender,
		"Send UTF-8. This is often text in Latin-1 or Windows-1252 that was copied into JSON without conversion, or text cut in the middle of a character.",
	},
	{
		CodeJSONControl, "A raw control character stands in a string",
		"JSON wants line breaks, tabs and other control characters in strings escaped. Strict readers refuse the whole text. The check went on as if it were escaped.",
		faultOfSender,
		"Escape the character at the source, or read such bodies with a reader that accepts it.",
	},
	{
		CodeJSONTooDeep, "The body is nested too deep",
		"Objects and arrays are nested beyond the limit of the checker. The body was not checked further.",
		faultOfSender,
		"Nothing that a contract describes is this deep: see whether something wraps itself. WithMaxDepth raises the limit.",
	},
	{
		CodeBodyTruncated, "The body ends early",
		"The transport saw the body end before its announced end, or its JSON text ends before its value does. What came is not all there is.",
		faultOfSender,
		"Repeat the exchange. If it recurs, look for a size or time limit on the way. Never take a truncated list for a whole one.",
	},
	{
		CodeBodyMissing, "A body was due and none came",
		"The contract describes a body here; the message has none, or only blanks.",
		faultByEvidence,
		"An answer: see whether the server failed before writing. A request: send the body that the operation describes.",
	},
	{
		CodeBodyUnexpected, "A body came where none is described",
		"The contract describes no body for this message.",
		faultByEvidence,
		"Describe the body in the contract if it is there to stay; otherwise do not send it.",
	},
	{
		CodeBodyHTML, "HTML came instead of JSON",
		"The body is a page for people: a login page, an error page of a proxy, a maintenance notice.",
		faultOfSender,
		"Check base URL and path, then whether a proxy or firewall answers in the server's place.",
	},
	{
		CodeBodyEncoding, "The body's coding cannot be undone",
		"The Content-Encoding header names a coding, and the body does not decode by it, or ends early, or grows beyond the limit.",
		faultOfSender,
		"Compare the header with the first bytes of the body. Ask for identity coding to see what the server means.",
	},
	{
		CodeBodyForm, "The body is no valid form",
		"The body is labelled application/x-www-form-urlencoded and cannot be read as such.",
		faultOfSender,
		"Encode names and values with percent signs.",
	},
	{
		CodeContentType, "The content type is not described",
		"The message bears a content type that the contract does not list here, and its body is not JSON either.",
		faultByEvidence,
		"A request: use a listed content type. An answer: see what was sent, then add the type to the contract or have the server corrected.",
	},
	{
		CodeContentTypeNone, "The content type is missing",
		"The message has a body and no Content-Type header, so its reader has to guess.",
		faultByEvidence,
		"Send the header.",
	},
	{
		CodeJSONMislabelled, "JSON came under another label",
		"The body is JSON, and its Content-Type header says something else that the contract does not list. The body was checked all the same.",
		faultByEvidence,
		"Clients that trust the label will not read this answer: decide by the body's shape, or add the label to the contract if the server keeps sending it.",
	},
	{
		CodeSchemaType, "A value has another type",
		"The value is of another JSON type than the schema says, for example text where a number is due. A fraction where an integer is due counts too, as does a number beyond what any reader can hold.",
		faultByEvidence,
		"If both forms occur in the wild, the contract should say so (oneOf), and clients need a type that takes both.",
	},
	{
		CodeSchemaNull, "A value is null where null is not allowed",
		"The schema does not say nullable, and the value is null.",
		faultByEvidence,
		"If null is usual here, add nullable to the schema and have clients expect it.",
	},
	{
		CodeSchemaRequired, "A required member is missing",
		"The schema requires a member that the object does not have.",
		faultByEvidence,
		"An answer: see whether the record is really without it; if so, the contract must not require it. A request: send the member.",
	},
	{
		CodeSchemaEnum, "A value is none of the listed ones",
		"The schema lists the values that are possible, and this is another one.",
		faultByEvidence,
		"A new value is often a new feature: add it to the contract once it is known what it means.",
	},
	{
		CodeSchemaPattern, "A text does not match its pattern",
		"The schema gives a regular expression that the text does not match.",
		faultByEvidence,
		"Compare the pattern in the contract with what is really sent; loosen it if it was guessed.",
	},
	{
		CodeSchemaFormat, "A value breaks its format",
		"The schema names a format (date, date-time, email, uri, uuid, ipv4, ipv6, byte, int32, int64 and so on) that the value does not have. Dates must exist in the calendar.",
		faultByEvidence,
		"Take the format off the schema if the server never promised it.",
	},
	{
		CodeSchemaRange, "A number is out of range",
		"The number breaks minimum, maximum or multipleOf of its schema.",
		faultByEvidence,
		"See whether the bound is stated anywhere or was guessed.",
	},
	{
		CodeSchemaLength, "Something is too long or too short",
		"A text breaks minLength or maxLength, an array minItems or maxItems, an object minProperties or maxProperties.",
		faultByEvidence,
		"See whether the bound is stated anywhere or was guessed.",
	},
	{
		CodeSchemaUnique, "An array has the same element twice",
		"The schema says uniqueItems, and two elements are equal.",
		faultByEvidence,
		"Look for a record that is listed twice.",
	},
	{
		CodeSchemaUndeclared, "A member is not allowed here",
		"The schema says additionalProperties: false, and the object has a member that it does not declare.",
		faultByEvidence,
		"A misspelt name is likely in a request. In an answer, declare the member or let the schema be open.",
	},
	{
		CodeSchemaAnyOf, "None of several possibilities is met",
		"The schema lists alternatives (anyOf), and the value fits none. For alternatives of the kind \"either this member or that one\", the finding names them.",
		faultByEvidence,
		"Send one of the members named; for other alternatives see what the nearest one lacks, which the finding lists.",
	},
	{
		CodeSchemaNot, "A value is what it must not be",
		"The schema says with `not` what the value must not be, for example that members which mark another answer must be absent; and it is just that.",
		faultByEvidence,
		"Most often this is another kind of answer than the one that was due: compare the two in the contract.",
	},
	{
		CodeSchemaReadOnly, "A request sends what only answers have",
		"The member is marked readOnly: a request must not send it.",
		faultClient,
		"Leave the member out.",
	},
	{
		CodeSchemaWriteOnly, "An answer sends what only requests have",
		"The member is marked writeOnly: an answer must not have it. It may be a secret.",
		faultByEvidence,
		"Have the server leave the member out.",
	},
	{
		CodeTooManyFindings, "There is more than was kept",
		"The exchange breaks the contract in more ways than a result keeps.",
		"Whoever is at fault for the others.",
		"Correct what is listed, then check again.",
	},
	{
		CodeStatusUndocumented, "The HTTP status is not described",
		"The contract lists no answer with this status for the operation. Redirects and the like count: nothing is waved through.",
		faultByEvidence,
		"See what the answer means; then describe it in the contract with its evidence, or have the server corrected.",
	},
	{
		CodeAnswerOther, "Another answer was due",
		"The answer is one that the contract describes, but not the one that this exchange had to get: a failure where success was due, or another generation's answer. The finding lists where the body differs from the one due.",
		faultByEvidence,
		"Check the request and the data it met first: a refused request gets a refusal. Otherwise the server chose the wrong answer.",
	},
	{
		CodeAnswerStatus, "The answer came under another status",
		"The answer that was due is described for other HTTP statuses than the one it came with.",
		faultByEvidence,
		"If the server does this regularly, add the answer to that status in the contract.",
	},
	{
		CodeHeaderMissing, "An answer's required header is missing",
		"The contract requires a header of this answer.",
		faultByEvidence,
		"See whether something on the way removes it.",
	},
	{
		CodeHeaderInvalid, "An answer's header breaks its schema",
		"The contract gives a schema for this header, and its value does not fit.",
		faultByEvidence,
		"Compare the header with the contract.",
	},
	{
		CodeOperationUnknown, "No operation fits the request",
		"The contract has no operation of this name, or none with this method and path.",
		"The client; or the contract, if the operation exists and is not described.",
		"Check method and path; add the operation to the contract if the server really has it.",
	},
	{
		CodeRequestMethod, "The request uses another method",
		"The operation is described under another HTTP method.",
		faultClient,
		"Use the method that the finding names.",
	},
	{
		CodeRequestPath, "The request goes to another path",
		"The operation is described under another path. If the target lives under a prefix, the checker must be told (WithBasePath).",
		faultClient,
		"Use the path that the finding names; mind case, slashes and what follows the file name.",
	},
	{
		CodeParameterMissing, "A required parameter is missing",
		"The contract requires this query, header, cookie or path parameter.",
		faultClient,
		"Send the parameter.",
	},
	{
		CodeParameterInvalid, "A parameter breaks its schema",
		"The value of this parameter does not fit the schema that the contract gives for it.",
		faultClient,
		"Compare the parameter with the contract.",
	},
	{
		CodeParameterUndocumented, "A query parameter is not described",
		"The request has a query parameter that the operation does not list: servers ignore what they do not know, so it is probably misspelt or in the wrong place.",
		faultClient,
		"Correct the name, or move it into the body if it belongs there.",
	},
	{
		CodeCredentialMissing, "The credential is missing on the wire",
		"The operation needs a credential, and the request as it went out has none of the kinds that the contract lists.",
		faultClient,
		"Configure the client with a credential. If it has one, look for something that strips the header on the way, such as a redirect or a proxy.",
	},
	{
		CodeInvalidUnnoticed, "An invalid request was not noticed",
		"The exchange says that its request breaks the contract on purpose, and the checker finds nothing wrong with it: the contract does not express the rule, or the request is valid after all.",
		"The contract.",
		"Write the rule into the schema, or say in the case why the request is valid to the contract and refused all the same.",
	},
	{
		CodeContractAmbiguous, "The contract cannot tell two answers apart",
		"The body fits more than one branch of a oneOf, which asks for exactly one. Other checkers will reject this body, and generated clients may read it as the wrong type.",
		"The contract.",
		"Make the branches exclude each other: require a member that only one has, give a one-value enum, or say `not: {required: [...]}` in the smaller one.",
	},
	{
		CodeExpectationUnknown, "The expected answer is not in the contract",
		"The exchange expects an answer component that the contract does not describe for this operation.",
		"The contract, or the case that names it.",
		"Correct the name, or describe the answer at the operation.",
	},
	{
		CodeNoAnswer, "No answer came",
		"The request got no HTTP answer: the connection was refused, reset, or timed out.",
		"The server, or what lies between.",
		"Check that the server runs and that the base URL is right, then run again.",
	},
	{
		CodeCaseExpectation, "A case's own expectation is not met",
		"The exchange conforms to the contract, but its content is not what the case says must come, for example a value that was stored and does not come back.",
		"The server, unless the case is wrong.",
		"Read the case's description, then reproduce the step by itself.",
	},
	{
		CodeClientDecode, "The client misread the answer",
		"What the client made of the answer is not what the answer says: a member is lost, changed, or of another value.",
		faultClient,
		"Compare the client's type with the schema of the member named.",
	},
	{
		CodeClientOutcome, "The client reported another outcome",
		"The client reported success for a failure, failure for a success, or another failure than the one that came.",
		faultClient,
		"See how the client decides between success and failure for this answer.",
	},
	{
		CodeClientFailed, "The client fails where all goes well",
		"The program ended with another exit code than 0 against a server that did everything right. No other scenario can tell anything then.",
		faultClient,
		"See what the program says: often its base URL or its key does not come from the environment.",
	},
	{
		CodeClientSilent, "The client sent nothing",
		"No request arrived at the base URL that the program was given, so nothing was proved.",
		faultClient,
		"Let the program take its base URL and its key from the environment, and make its calls before it ends.",
	},
	{
		CodeClientHung, "The client does not end",
		"The program was still running when its time was over, and was stopped.",
		faultClient,
		"Give every call a time limit that bounds the whole answer, and every repetition a last attempt. A page that is sent again is no next page.",
	},
	{
		CodeClientCrashed, "The client was ended by a signal",
		"The program did not end by itself: it ran out of memory, overflowed its stack, or touched memory that is not its own.",
		faultClient,
		"Bound how much of an answer is read and how deep it may be nested.",
	},
	{
		CodeClientFooled, "The client took a failure for success",
		"No answer of the scenario could be used, and the program ended as if everything had been done. What it was to write may be lost; what it read is not whole.",
		faultClient,
		"Take as success only a whole answer that says so. A list ends with the closing brace of its answer, not with the last element that came.",
	},
	{
		CodeClientOutput, "The client read other records",
		"The program ended well, and printed something else than against a server that did everything right: a record is missing, is there twice, or was misread.",
		faultClient,
		"Compare the two outputs. Pages may be shorter than asked for and may overlap, days too: tell records apart by their ids. Output that holds times cannot be compared.",
	},
	{
		CodeClientRepeatedWrite, "A write was sent again",
		"The same write arrived more than once although nothing said that it had not been done. The server may have done it each time.",
		faultClient,
		"Repeat a write only after 429, or where it is certain that nothing left the machine. Otherwise report that its outcome is not known, and look before writing again.",
	},
	{
		CodeClientImpatient, "The client came back too early",
		"An answer said by Retry-After when to come back, and the same request arrived before.",
		faultClient,
		"Read both forms of Retry-After: a number of seconds, and a date.",
	},
	{
		CodeClientRedirected, "The client followed a redirect",
		"A request arrived at another origin than the one that the program was given. On 307 and 308 the body goes along, and with some libraries the key.",
		faultClient,
		"Have the HTTP library follow no redirect, and report where it pointed.",
	},
})

func sorted(list []Explanation) []Explanation {
	slices.SortFunc(list, func(a, b Explanation) int { return cmp.Compare(a.Code, b.Code) })
	return list
}
