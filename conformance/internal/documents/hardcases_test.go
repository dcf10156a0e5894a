package documents

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// notation writes facts so that a test reads like the page:
//
//	key contacts/phone       phone, in the objects of contacts
//	key ~message             a key of a fragment, whose place is not known
//	message Message=Fail: x  the text x, under Message, next to status Fail
//	message message=failed 401: x
//	field Customer ID <String, *>
func notation(facts []Fact) []string {
	var out []string
	for _, f := range facts {
		if f.Kind == KindMethod || f.Kind == KindAuth {
			continue // see TestCalls
		}
		switch f.Kind {
		case KindKey:
			if f.Loose {
				out = append(out, fmt.Sprintf("%d key ~%s", f.Line, f.Value))
			} else {
				out = append(out, fmt.Sprintf("%d key %s/%s", f.Line, f.Parent, f.Value))
			}
		case KindMessage:
			code := ""
			if f.Code != "" {
				code = " " + f.Code
			}
			out = append(out, fmt.Sprintf("%d message %s=%s%s: %s", f.Line, f.Field, f.Outcome, code, f.Value))
		case KindField:
			out = append(out, fmt.Sprintf("%d field %s <%s, %s>", f.Line, f.Value, f.Type, f.Mandatory))
		default:
			out = append(out, fmt.Sprintf("%d %s %s", f.Line, f.Kind, f.Value))
		}
	}
	return out
}

func readPage(t *testing.T, text string) *Page {
	t.Helper()
	page, err := Read("page.txt", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func page(lines ...string) string { return strings.Join(lines, "\n") }

// TestHardCases holds one made-up page for each form of the vendor's pages
// that a plain parser cannot read. Each lists every fact of its page: what is
// not listed must not be found.
func TestHardCases(t *testing.T) {
	cases := []struct {
		name string
		page string
		want []string
	}{
		{
			name: "01 two braces open, one closes",
			page: page(
				`{`,
				`{"message": "Thing changed", "status": "success"`,
				`}`,
				``,
				`FAILURE RESPONSE`,
				``,
				`{ `,
				`"Message": "Wrong key",`,
				`"Status": "Fail"`,
				`}`,
				``,
				`NEXT THING API`,
				``,
				`Parameter Data Type Description`,
				`Colour* varchar Colour of the thing`,
				``,
				`{"thing":{"colour":"red"}}`,
			),
			want: []string{
				`2 key /message`, `2 message message=success: Thing changed`, `2 key /status`,
				`8 key /Message`, `8 message Message=Fail: Wrong key`, `9 key /Status`,
				`15 field Colour <varchar, *>`,
				`17 key /thing`, `17 key thing/colour`,
			},
		},
		{
			name: "01 a block that never closes ends where prose begins",
			page: page(
				`{`,
				`"thing": {`,
				`"colour": "red",`,
				``,
				`Please note that the colour may change.`,
				``,
				`{"size": 1}`,
			),
			want: []string{`2 key /thing`, `3 key thing/colour`, `7 key /size`},
		},
		{
			name: "01 fields after that prose are a fragment",
			page: page(`{`, `"thing": {`, `"colour": "red",`, ``, `Please note what follows: `, `"size": 1,`),
			want: []string{`2 key /thing`, `3 key thing/colour`, `6 key ~size`},
		},
		{
			name: "01 a block that never closes ends where the next one begins",
			page: page(
				`{`,
				`"thing": {`,
				`"colour": "red"`,
				`{"size": 1}`,
			),
			want: []string{`2 key /thing`, `3 key thing/colour`, `4 key /size`},
		},
		{
			name: "01 blank lines inside a block do not end it",
			page: page(
				`{`, ``, `"thing": {`, ``, `"colour": "red",`, ``, `"price": 1.5`, ``, `}`, ``, `}`,
			),
			want: []string{`3 key /thing`, `5 key thing/colour`, `7 key thing/price`},
		},
		{
			name: "02 no comma between two fields",
			page: page(
				`{"message": "Thing changed Successfully""status": "success"`,
				`}`,
				`{"message": "No" "status": "failed"}`,
			),
			want: []string{
				`1 key /message`, `1 message message=success: Thing changed Successfully`, `1 key /status`,
				`3 key /message`, `3 message message=failed: No`, `3 key /status`,
			},
		},
		{
			name: "03 a comma before the end of an array",
			page: page(`{`, `"message": [`, `{`, `"id": 1`, `},`, `],`, `"status": "success"`, `}`),
			want: []string{`2 key /message`, `4 key message/id`, `7 key /status`},
		},
		{
			name: "04 a semicolon after the value",
			page: page(`{ `, `"Message": "Thing added", `, `"Status": "Success"`, `};`, ``, `{"id":1}`),
			want: []string{
				`2 key /Message`, `2 message Message=Success: Thing added`, `3 key /Status`, `6 key /id`,
			},
		},
		{
			name: "05 raw line breaks and blank lines inside a string",
			page: page(
				`   {`,
				`      "message": [`,
				`         {`,
				`            "remarks": "`,
				``,
				`      NAME    Somebody`,
				`      NOTE    See \"this\"\r\n\r\nfor more: a, b`,
				`      PRIMARY    Web`,
				``,
				``,
				`      ",`,
				`            "rate": 0`,
				`         }`,
				`      ],`,
				`      "status": "success"`,
				`   }`,
			),
			want: []string{
				`2 key /message`, `4 key message/remarks`, `12 key message/rate`, `15 key /status`,
			},
		},
		{
			name: "05 a string that never closes ends with its line",
			page: page(`{`, `"remarks": "never closed,`, `"rate": 0,`, `"size": "x"`, `}`),
			want: []string{`2 key /remarks`, `3 key /rate`, `4 key /size`},
		},
		{
			name: "06 fields without braces in a flattened table",
			page: page(
				`SL.NO CONDITION RESPONSE ERROR CODE`,
				`1 When the key is wrong. "message": "Wrong key",`,
				`"status": "failed"`,
				`401`,
				`2 When nothing is given. "message": "Nothing given, sorry",`,
				`"status": "failed"`,
				`-`,
				`3 When both are given. "message": "Both given",`,
				`"status": "failed"`,
				`400`,
			),
			want: []string{
				`2 key ~message`, `2 message message=failed 401: Wrong key`, `3 key ~status`, `4 code 401`,
				`5 key ~message`, `5 message message=failed: Nothing given, sorry`, `6 key ~status`,
				`8 key ~message`, `8 message message=failed 400: Both given`, `9 key ~status`, `10 code 400`,
			},
		},
		{
			name: "06 the code at the end of the line",
			page: page(
				`SL.NO CONDITION RESPONSE ERROR CODE`,
				`1 When the key is wrong. "message": "Wrong key", "status": "failed" 401`,
				`2 When nothing is given. "message": "Nothing given", "status": "failed" 422`,
			),
			want: []string{
				`2 key ~message`, `2 message message=failed 401: Wrong key`, `2 key ~status`, `2 code 401`,
				`3 key ~message`, `3 message message=failed 422: Nothing given`, `3 key ~status`, `3 code 422`,
			},
		},
		{
			name: "07 a text that begins with a blank and a comma",
			page: page(`7 If both are there. "message":" ,Both are there. Give others.",`, `"status": "failed"`),
			want: []string{
				`1 key ~message`, `1 message message=failed:  ,Both are there. Give others.`, `2 key ~status`,
			},
		},
		{
			name: "08 a failure's text under another name",
			page: page(
				`{"Customer Details": "Nothing like that is here.","status": "failed"}`,
				``,
				`2 When it is wrong. "Customer Details": "Nothing like that is here.",`,
				`"status": "failed"`,
				``,
				`{"Thing Details": "No such thing.","code": "X1","message": "","status": "failed"}`,
			),
			want: []string{
				`1 key /Customer Details`,
				`1 message Customer Details=failed: Nothing like that is here.`,
				`1 key /status`,
				`3 key ~Customer Details`,
				`3 message Customer Details=failed: Nothing like that is here.`,
				`4 key ~status`,
				`6 key /Thing Details`,
				`6 message Thing Details=failed: No such thing.`,
				`6 key /code`, `6 key /message`, `6 key /status`,
			},
		},
		{
			name: "09 an ellipsis for the rest",
			page: page(`{ ..., "status": "success"}`, `{ …, "state": "success"}`),
			want: []string{`1 key /status`, `2 key /state`},
		},
		{
			name: "10 JSON inside a shell's quotes",
			page: page(
				`curl --location 'https://api.example.com/things/add' \`,
				`--header 'Content-Type: application/json' \`,
				`--header 'Cookie: A=; B=' \`,
				`--data '{`,
				`    "thing": {`,
				`        "colour": "red"`,
				`    }`,
				`}'`,
				`curl --location 'https://api.example.com/things/get' \`,
				`--data-raw '[`,
				`    {`,
				`        "id": "1"`,
				`    }`,
				`]'`,
				`curl -d '{"size": "it is big", "weight": 1}' -d '[{"shelf": 2}]'`,
			),
			want: []string{
				`1 path /things/add`, `5 key /thing`, `6 key thing/colour`, `9 path /things/get`, `12 key /id`,
				`15 key /size`, `15 key /weight`, `15 key /shelf`,
			},
		},
		{
			name: "11 Python",
			page: page(
				`import requests`,
				`import json`,
				`url = "https://api.example.com/things/add"`,
				`payload = json.dumps({`,
				`"thing": {`,
				`"old": False,`,
				`"new": True,`,
				`"owner": None,`,
				`"more": {}`,
				`}`,
				`})`,
				`headers = {`,
				`'Content-Type': 'application/json',`,
				`'Authorization': 'Basic <Your Token>'`,
				`}`,
				`response = requests.request("POST", url, headers=headers, data=payload)`,
				`print(response.text)`,
			),
			want: []string{
				`3 path /things/add`, `5 key /thing`,
				`6 key thing/old`, `7 key thing/new`, `8 key thing/owner`, `9 key thing/more`,
			},
		},
		{
			name: "11 a dict in single quotes is a body too",
			page: page(`payload = {'thing': {'colour': 'red', "size": 1}}`),
			want: []string{`1 key /thing`, `1 key thing/colour`, `1 key thing/size`},
		},
		{
			name: "12 real JSON inside JavaScript",
			page: page(
				`var options = {`,
				`'method': 'POST',`,
				`'url': 'https://api.example.com/things/add',`,
				`'headers': {`,
				`'Content-Type': 'application/json',`,
				`"Authorization": "Basic <Your Token>"`,
				`},`,
				`body: JSON.stringify({`,
				`"thing": {`,
				`"colour": "red"`,
				`}`,
				`})`,
				`};`,
				`var settings = {proxy: {"host": "x"}, data: {"depth": 1}};`,
				`fetch(url, {method: "POST", headers: {"X-Key": "1"}, body: JSON.stringify([{`,
				`size: 1,`,
				`"weight": 2`,
				`}])})`,
			),
			want: []string{
				`3 path /things/add`, `9 key /thing`, `10 key thing/colour`,
				`14 key /depth`, `16 key /size`, `17 key /weight`,
			},
		},
		{
			name: "13 bodies of functions",
			page: page(
				`request(options, function (error, response) {`,
				`  if (error) throw new Error(error);`,
				`  console.log(response.body);`,
				`  if (response.ok) { done({"id": 1}); } else { again(); }`,
				`});`,
				`{"colour": "red"}`,
			),
			want: []string{`4 key /id`, `6 key /colour`},
		},
		{
			name: "14 a placeholder that is not closed",
			page: page(
				`'headers': {`,
				`'Authorization': 'Basic <Your Token',`,
				`'Accept': 'x'`,
				`},`,
				`{"colour": "red"}`,
			),
			want: []string{`5 key /colour`},
		},
		{
			name: "15 JSON touches prose and code",
			page: page(
				`Give the thing as here.`,
				`{`,
				`"colour": "red"`,
				`}`,
				`Please add whatever else there's to say.`,
				`Error Codes`,
				`Example of a working curl`,
				`curl 'https://api.example.com/a' --data '{`,
				`"size": 1`,
				`}'`,
				`import json`,
				`payload = json.dumps({`,
				`"weight": 1`,
				`})`,
				`headers = {`,
				`'A': 'b'`,
				`}`,
			),
			want: []string{`3 key /colour`, `8 path /a`, `9 key /size`, `13 key /weight`},
		},
		{
			name: "16 apostrophes in prose",
			page: page(
				`Say if there's any more, and that it doesn't match 'the others' records'.`,
				`{"colour": "it's red", "size": "5'"}`,
				`The customer's key isn't here.`,
				`{"weight": 1}`,
			),
			want: []string{`2 key /colour`, `2 key /size`, `4 key /weight`},
		},
		{
			name: "17 an illustration like YAML, without its indentation",
			page: page(
				`paths:`,
				`/people:`,
				`pushPerson`,
				`Summary: Pushes a person`,
				`consumes:`,
				`- application/json`,
				`parameters:`,
				`- in: body`,
				`personName`,
				`nick`,
				`type: string`,
				`responses:`,
				`"status": "success":`,
				`description: Person pushed successfully`,
				``,
				`userOther`,
			),
			want: []string{
				`2 path /people`, `9 field personName <, >`, `10 field nick <, >`, `13 key ~status`,
			},
		},
		{
			name: "18 one long line, and a key with a blank at its end",
			page: `{"message":[{"id":1,"contacts":[{"id":2, "contactPerson ":"x"` +
				strings.Repeat(`,"deep":{"year":2016,"month":2}`, 60) +
				`},{"id":3,"contactPerson":"y"}],"status":"success"}]}`,
			want: slices.Concat(
				[]string{
					`1 key /message`,
					`1 key message/id`,
					`1 key message/contacts`,
					`1 key contacts/id`,
					`1 key contacts/contactPerson `,
				},
				slices.Repeat([]string{`1 key contacts/deep`, `1 key deep/year`, `1 key deep/month`}, 60),
				[]string{`1 key contacts/id`, `1 key contacts/contactPerson`, `1 key message/status`},
			),
		},
		{
			name: "19 keys with blanks, inside and at the end",
			page: `{"customer_code ":"1","Field 1":"","Field 2":""," lead":""}`,
			want: []string{`1 key /customer_code `, `1 key /Field 1`, `1 key /Field 2`, `1 key / lead`},
		},
		{
			name: "20 a blank in the host's placeholder",
			page: page(
				`POST https://<sub domain>.example.com/ms/thing/api/v1/add-update`,
				`or https://{your domain}.example.com/things.html, or https://api.example.com/v.2.0/x.html/v.2.0.`,
				`http://api.example.com/ thing-push?auth_key=<token>&api_id=35 &fields= {"title":" Some","type":"G"}`,
				`POST /ms/bare/path (see https://api.example.com/ and https://api.example.com).`,
			),
			want: []string{
				`1 path /ms/thing/api/v1/add-update`,
				`2 path /things.html`, `2 path /v.2.0/x.html/v.2.0`,
				`3 path /thing-push`, `3 parameter auth_key`, `3 parameter api_id`, `3 parameter fields`,
				`3 key /title`, `3 key /type`,
				`4 path /ms/bare/path`,
			},
		},
		{
			name: "21 slashes that are no paths",
			page: page(
				`For example, to sign in as somebody / secret use application/JSON, expired/disabled and N/A.`,
				`SL.NO ATTRIBUTE TYPE DESCRIPTION`,
				`1 id/leadId Integer Unique id.`,
				`2 contactPerson / name String Name of the person.`,
			),
			want: []string{`3 field id/leadId <Integer, >`, `4 field contactPerson / name <String, >`},
		},
		{
			name: "22 a table with example values",
			page: page(
				`Attributes used:`,
				``,
				`email`,
				``,
				`ATTRIBUTE TYPE DESCRIPTION`,
				`name string somebody`,
				`email string somebody@example.com`,
				`city string Somewhere`,
			),
			want: []string{`6 field name <string, >`, `7 field email <string, >`, `8 field city <string, >`},
		},
		{
			name: "23 a description beside a body is no message",
			page: page(
				`Response`,
				`Response Messages`,
				``,
				`{ ..., "status": "success"}`,
				``,
				`Thing pushed successfully.`,
				``,
				`{"message": "Wrong key","status": "failed"}`,
				``,
				`The key is either not passed, or expired/disabled`,
				``,
				`ResponseResponse Messages`,
				``,
				`{ ..., "status": "success"}`,
				``,
				`Thing pushed successfully.`,
			),
			want: []string{
				`4 key /status`,
				`8 key /message`, `8 message message=failed: Wrong key`, `8 key /status`,
				`14 key /status`,
			},
		},
		{
			name: "24 error names in a table apart by blanks",
			page: page(
				`ERROR MESSAGES`,
				``,
				`Error Messages Description`,
				`AuthKeyInvalid Please use another one`,
				`ServerFailure Something went wrong`,
				`APIExpired It is over`,
				``,
				`ADDITIONAL NOTES`,
				``,
				`  • PushTheData to somewhere`,
			),
			want: []string{`4 error name AuthKeyInvalid`, `5 error name ServerFailure`, `6 error name APIExpired`},
		},
		{
			name: "25 numbered rows, cells apart by blanks",
			page: page(
				`SL.NO ATTRIBUTE TYPE DESCRIPTION`,
				`1 Thing_name Varchar (mandatory) Name of the thing.`,
				`2 Kapture Thing Id Integer (gets generated) It is a unique id`,
				`and the string of it goes on here.`,
				`3 secSource String (optional) Where the string is from. Ex: North, South etc.`,
				`4 gender Char (mandatory) One letter, M or F.`,
				`5 Start Date datetime First day`,
				`6 Due Date Date Last day`,
				`7 Phone Number String Its phone`,
				`8 End Date * String Its end`,
				``,
				`API RESPONSE`,
			),
			want: []string{
				`2 field Thing_name <Varchar, mandatory>`, `3 field Kapture Thing Id <Integer, gets generated>`,
				`5 field secSource <String, optional>`, `6 field gender <Char, mandatory>`,
				`7 field Start Date <datetime, >`, `8 field Due Date <Date, >`,
				`9 field Phone Number <String, >`, `10 field End Date <String, *>`,
			},
		},
		{
			name: "25 rows without numbers, some without a description",
			page: page(
				`Parameter Data Type Description`,
				`Name* varchar Required field to update the Name`,
				`Customer Code string Customer Code`,
				`Type char`,
				`DateOfBirth Date(YYYY-MM-DD)`,
				`Start Date* datetime Start Date to be used, YYYY-MM-DD hh:mm:ss`,
				`Customer ID * String Required field`,
				`Marital Status Char Marital Status of the Customer`,
				``,
				`The string type is explained below.`,
			),
			want: []string{
				`2 field Name <varchar, *>`, `3 field Customer Code <string, >`, `4 field Type <char, >`,
				`5 field DateOfBirth <Date(YYYY-MM-DD), >`, `6 field Start Date <datetime, *>`,
				`7 field Customer ID <String, *>`, `8 field Marital Status <Char, >`,
			},
		},
		{
			name: "25 one cell a line under a glued header",
			page: page(
				`NameMandatoryTypeDescription`, ``,
				`thing_id`, ``, `Yes`, ``, `Number`, ``, `The id of the thing`, ``,
				`title*`, ``, `Yes`, ``, `String`, ``, `Its title`, ``, `and more of it`, ``,
				`DOB`, ``, `No`, ``, `Date`, ``,
				`name`, ``, `No`, ``, `Text`, ``, `Its name`, ``,
				`{`, `"thing_id": 1`, `}`,
			),
			want: []string{
				`3 field thing_id <Number, Yes>`, `11 field title <String, Yes>`,
				`21 field DOB <Date, No>`, `27 field name <Text, No>`,
				`36 key /thing_id`,
			},
		},
		{
			name: "25 one cell a line under a header of one cell a line",
			page: page(
				`Name`, `Mandatory`, `Type`, `Description`, ``,
				`thing_id`, ``, `Yes`, ``, `Number`, ``, `The id of the thing`, ``,
				`phone`, ``, `No`, ``, `Number`, ``, `Phone number of the thing`, ``,
				`[{"thing_id": 1}]`, ``,
				`Error Codes`, ``,
				`Error Codes`, `Description`, ``,
				`400`, ``, `Bad Request - something is wrong`, ``, `503`, ``, `Not now`,
			),
			want: []string{
				`6 field thing_id <Number, Yes>`, `14 field phone <Number, No>`,
				`22 key /thing_id`, `29 code 400`, `33 code 503`,
			},
		},
		{
			name: "25 rows apart by tabs or bars",
			page: page(
				"Name\tMandatory\tType\tDescription",
				"thing id\tYes\tNumber\tThe id",
				"Start of it & end\tNo\t\t",
				``,
				`| Name | Mandatory | Type | Description |`,
				`| --- | --- | --- | --- |`,
				"| `title`* | Yes | string | Its title |",
				`| is it so | No | some type | whatever |`,
			),
			want: []string{
				`2 field thing id <Number, Yes>`, `3 field Start of it & end <, No>`,
				`7 field title <string, Yes>`, `8 field is it so <some type, No>`,
			},
		},
		{
			name: "25 codes in rows",
			page: page(
				`SL.NO CODE DESCRIPTION`,
				`1 400 “Failed” or “Bad Request” is returned.`,
				`2 401 Unauthorized Or “Wrong key”.`,
				`3 500 Internal Server Error.`,
				``,
				`Error CodesDescription`,
				``,
				`403`,
				``,
				`Forbidden`,
				``,
				`NEXT THING API`,
				``,
				`404 of them.`,
			),
			want: []string{`2 code 400`, `3 code 401`, `4 code 500`, `8 code 403`},
		},
		{
			name: "26 names of sites and URLs inside values",
			page: `{"remarks": "From $0.19, see pharmacy.example or https://pharmacy.example/shop/now", ` +
				`"website":"https://www.example.com/home"} at https://api.example.com/things`,
			want: []string{`1 key /remarks`, `1 key /website`, `1 path /things`},
		},
		{
			name: "27 curly quotes, comments, no line break at the end",
			page: page(
				`The data is under “ALL THINGS”: see ‘requests’ and ‘responses’.`,
				`[`,
				`    {`,
				`        “limit” : 1, // Required field ,if PaginationEnabled`,
				`        "flag": false, //Accepts boolean [true/false], get configuration `,
				`  and search: based on all`,
				`        “start” : “2024-04-22”,`,
				`        "offset": "" // To skip {some} "rows": of them`,
				`    }`,
				`]`,
				`{"last": 1}`,
			),
			want: []string{`4 key /limit`, `5 key /flag`, `7 key /start`, `8 key /offset`, `11 key /last`},
		},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			for _, ends := range []string{"\n", "\r\n"} {
				got := notation(readPage(t, strings.ReplaceAll(test.page, "\n", ends)).Facts())
				if !slices.Equal(got, test.want) {
					t.Errorf(
						"line ends %q\ngot:\n  %s\nwant:\n  %s",
						ends, strings.Join(got, "\n  "), strings.Join(test.want, "\n  "),
					)
				}
			}
		})
	}
}

// A hostile page is read in bounded memory, and what was not read is reported.
func TestTooManyFacts(t *testing.T) {
	tests := map[string]string{
		"names in JSON":   strings.Repeat(`{"a":`, 2*maxFacts),
		"paths":           strings.Repeat("https://example.com/a.html\n", 2*maxFacts),
		"rows of a table": "Name Mandatory Type Description\n" + strings.Repeat("size Yes Number x\n", 2*maxFacts),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			page := readPage(t, "Get Thing API\n"+text)
			if got := len(page.Facts()); got > maxFacts {
				t.Errorf("%d facts, want at most %d", got, maxFacts)
			}
			if len(page.Doubts) != 1 || !strings.Contains(page.Doubts[0].Why, "was not read") {
				t.Errorf("doubts %v", page.Doubts)
			}
		})
	}
}
