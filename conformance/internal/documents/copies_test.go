package documents

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestCopies holds the forms in which the same kind of page comes out of
// different ways to copy it. The hard cases are those of the pages at hand;
// these are what the next copy may look like.
func TestCopies(t *testing.T) {
	cases := []struct {
		name   string
		page   string
		want   []string
		doubts []string
	}{
		{
			name: "the headers of all tables are lost",
			page: page(
				`Add Thing API`,
				`Request Body`,
				`Here is the list of parameters.`,
				`title*`, `Yes`, `string`, `The title of the thing`,
				`thing code`, `No`, `Text`,
				`due_date`, `No`, `date`, `The last day of it`,
				`Please map whatever else there is.`,
				`Error Codes`,
				`400`, `Bad Request - something is wrong`,
				`429`, `Slow down`,
				`Example of a working curl`,
				`500`, `of them`,
			),
			want: []string{
				`4 field title <string, Yes>`, `8 field thing code <Text, No>`, `11 field due_date <date, No>`,
				`17 code 400`, `19 code 429`,
			},
		},
		{
			name: "a name is lost from a table",
			page: page(
				`Name`, `Mandatory`, `Type`, `Description`,
				`phone`, `Yes`, `Number`, `Phone number of the thing`,
				`Yes`, `String`, `Mail address of the thing`,
				`colour`, `No`, `String`, `Its colour`,
			),
			want: []string{`5 field phone <Number, Yes>`, `12 field colour <String, No>`},
			doubts: []string{
				`page.txt:8: a row of a table without a name: Yes or No follows the description of the row before`,
			},
		},
		{
			name: "all names are lost from a table",
			page: page(
				`Name`, `Mandatory`, `Type`, `Description`,
				`The account of the thing`, `Its number`,
				`{"cmId": 1}`,
			),
			want:   []string{`7 key /cmId`},
			doubts: []string{`page.txt:1: the header of a table, but none of its rows could be read`},
		},
		{
			name: "rows with bars behind each cell",
			page: page(
				`Name | Mandatory | Type | Description |`,
				`---|---|---|---|`,
				`title* | Yes | string | The title of the thing |`,
				`due date | No | | The last day, a|b |`,
				` | No | string | A row that lost its name |`,
				`Response | Response Messages |`,
				`---|---|`,
				`{ ..., "status": "success"} | Thing created |`,
				`{"message": "Wrong key","status": "failed"} | The key is wrong |`,
				`Error Codes | Description |`,
				`---|---|`,
				`400 | Bad Request |`,
				`Error Messages | Description |`,
				`AuthKeyInvalid | Please use another |`,
			),
			want: []string{
				`3 field title <string, Yes>`, `4 field due date <, No>`, `8 key /status`,
				`9 key /message`, `9 message message=failed: Wrong key`, `9 key /status`,
				`12 code 400`, `14 error name AuthKeyInvalid`,
			},
			doubts: []string{`page.txt:5: a row of a table without a name`},
		},
		{
			name: "few columns, the mark among the words",
			page: page(
				`| Name | Type |`, `|---|---|`, `| thing | string (mandatory) |`, `|  |  |`,
				`Name Type`, `colour string`, ``,
				`Name Mandatory`, `size Yes`, ``,
				`NAME DESCRIPTION`, `weight`,
			),
			want: []string{
				`3 field thing <string (mandatory), mandatory>`,
				`6 field colour <string, >`,
				`9 field size <, Yes>`,
			},
			doubts: []string{`page.txt:11: the header of a table, but none of its rows could be read`},
		},
		{
			name: "bare keys in a body",
			page: page(`{message: "Say x", status: "failed", more: [{deep: 1}]}`),
			want: []string{
				`1 key /message`, `1 message message=failed: Say x`, `1 key /status`, `1 key /more`, `1 key more/deep`,
			},
		},
		{
			name: "numbers that are no codes",
			page: page(`401 of them.`, `{"a": 1}`, `Response Body`, `402 of them.`, `Response Codes`, `403`),
			want: []string{`2 key /a`, `6 code 403`},
		},
		{
			name: "a cell a line with bars",
			page: page(
				`Parameter |`, `Mandatory |`, `Type |`, `Description |`, `---|---|---|---|`,
				`thing_id |`, `Yes |`, `String |`, `Which one. |`,
				`colour |`, `No |`, `String |`, `Its colour. |`,
			),
			want: []string{`6 field thing_id <String, Yes>`, `10 field colour <String, No>`},
		},
		{
			name: "labels beside the names on the wire",
			page: page(
				`NameMandatoryData FieldDescription`, ``,
				`Category Id`, ``, `Yes`, ``, `category_id`, ``, `Which category`, ``,
				`Start Date & End Date`, ``, `No`, ``, `start_date, end_date`, ``, `When it was made`, ``,
				`[{"category_id": "1"}]`,
			),
			want: []string{
				`3 field Category Id <, Yes>`, `3 field category_id <, Yes>`,
				`11 field Start Date & End Date <, No>`, `11 field start_date <, No>`, `11 field end_date <, No>`,
				`19 key /category_id`,
			},
		},
		{
			name: "the source in Markdown",
			page: page(
				`# Add Thing API`,
				``,
				`## Create Thing.`,
				``,
				`<mark style="color:green;">`+"`POST`"+`</mark> `+
					`[https://\<sub domain>.example.com/things/add](https://api.example.com/things/add)`,
				``,
				`{% hint style="info" %}`,
				`**NOTE:** There's a hint.`,
				`{% endhint %}`,
				``,
				`### Request Body`,
				``,
				`<table><thead><tr><th>Name</th><th width="125">Mandatory</th><th>Type</th>`+
					`<th>Description</th></tr></thead><tbody>`+
					`<tr><td>title<mark style="color:red;">*</mark></td><td>Yes</td><td>string</td>`+
					`<td>The title &amp; more</td></tr>`+
					`<tr><td>due_date</td><td>No</td><td>date</td><td></td></tr></tbody></table>`,
				``,
				`{% tab title="Body Request" %}`,
				"```json",
				`[`, `    {`, `        "title": ""`, `    }`, `]`,
				"```",
				`{% endtab %}`,
				``,
				`### Error Codes`,
				``,
				`<table>`,
				`<tr><th>Error Codes</th><th>Description</th></tr>`,
				`<tr><td>404</td><td>Not Found</td></tr>`,
				`</table>`,
				`<table><tr><th>Error Messages</th><th>Description</th></tr>`+
					`<tr><td>AuthKeyInvalid</td><td>no</td></tr></table>`,
				`<table><tr><th>Name</th><th>Type</th></tr><tr><td></td><td>string</td></tr></table>`,
			),
			want: []string{
				`5 path /things/add`, `5 path /things/add`,
				`13 field title <string, Yes>`, `13 field due_date <date, No>`,
				`19 key /title`, `29 code 404`, `31 error name AuthKeyInvalid`,
			},
			doubts: []string{`page.txt:32: a row of a table without a name`},
		},
		{
			name: "Markdown with tags in its rows",
			page: page(
				`# Add Thing API`,
				`POST {{base_url}}/things/add?trial=1 or /things/{thing_id}/more, `+
					`see ![how](https://files.example.com/steps.png)`,
				`| Name | Mandatory | Type | Description |`,
				`| ---- | --------- | ---- | ----------- |`,
				`| thing\_id<mark style="color:red;">\*</mark> | Yes | string | which |`,
			),
			want: []string{
				`2 path /things/add`, `2 parameter trial`, `2 path /things/{thing_id}/more`,
				`5 field thing_id <string, Yes>`,
			},
		},
		{
			name: "blanks that do not break",
			page: page(
				"Add\u00a0Thing\u00a0API",
				"1\u00a0{\u00a0\"message\": \"Wrong\u00a0key\" }",
				"SL.NO\u00a0ATTRIBUTE TYPE\u00a0DESCRIPTION",
				"1\u00a0size\u202fInteger\u00a0x",
			),
			want: []string{`2 key /message`, `2 message message=: Wrong key`, `4 field size <Integer, >`},
		},
		{
			name: "a part of the source of HTML",
			page: page(
				`<h1>Add Thing API</h1>`,
				`<pre>{&quot;size&quot;: 1}</pre>`,
				`https://api.example.com/things/add`,
			),
			want: []string{`3 path /things/add`},
			doubts: []string{
				`page.txt:2: quotes are written as &quot;, so no body can be read; copy the text as a browser shows it`,
			},
		},
		{
			name: "JSON escaped in a string of a program",
			page: page(
				`RequestBody body = RequestBody.create(mediaType, "{\r\n \"thing\": {\"colour\": \"red\"}\r\n}");`,
				`CURLOPT_POSTFIELDS =>'{`,
				`  "size": 1`,
				`}',`,
				`CURLOPT_HTTPHEADER => array(`,
				`  'Content-Type: application/json'`,
				`),`,
			),
			want: []string{`1 key /thing`, `1 key thing/colour`, `3 key /size`},
		},
		{
			name: "quotes inside a value",
			page: page(
				`{"message": "Say "no" to it, please", "status": "failed"}`,
				`{"message": "Say \"no\"", "status": "failed"}`,
			),
			want: []string{
				`1 key /message`, `1 message message=failed: Say "no" to it, please`, `1 key /status`,
				`2 key /message`, `2 message message=failed: Say "no"`, `2 key /status`,
			},
		},
		{
			name: "a row that cannot be read",
			page: page(
				`SL.NO ATTRIBUTE TYPE DESCRIPTION`,
				`1 thing_id Integer Its id.`,
				`2 Colour Rainbow Its colour.`,
			),
			want:   []string{`2 field thing_id <Integer, >`},
			doubts: []string{`page.txt:3: a row of a table, but no cell with a type shows where its name ends`},
		},
		{
			name: "a first row that cannot be read",
			page: page(
				`SL.NO ATTRIBUTE TYPE DESCRIPTION`,
				`1 Colour Rainbow Its colour.`,
				`2 Date of Birth Date Its day.`,
				``,
				`Parameter Data Type Description`,
				`Colour of it Rainbow`,
				`Mode of Payment* varchar Which`,
			),
			want:   []string{`3 field Date of Birth <Date, >`, `7 field Mode of Payment <varchar, *>`},
			doubts: []string{`page.txt:2: a row of a table, but no cell with a type shows where its name ends`},
		},
		{
			name: "a menu and the turn of pages are no sections",
			page: page(
				`Get Thing API`, `Add Thing API`, `Pull Thing API by Date Range`,
				`The API gives things.`,
				`{"colour": "red"}`,
				`PreviousGet Thing APINextPush Thing API`,
				`Next`,
				`{"size": "big"}`,
			),
			want: []string{`5 key /colour`, `8 key /size`},
		},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			got := readPage(t, test.page)
			if facts := notation(got.Facts()); !slices.Equal(facts, test.want) {
				t.Errorf("got:\n  %s\nwant:\n  %s", strings.Join(facts, "\n  "), strings.Join(test.want, "\n  "))
			}
			var doubts []string
			for _, doubt := range got.Doubts {
				doubts = append(doubts, doubt.String())
			}
			if !slices.Equal(doubts, test.doubts) {
				t.Errorf("doubts:\n  %s\nwant:\n  %s", strings.Join(doubts, "\n  "), strings.Join(test.doubts, "\n  "))
			}
		})
	}
}

func TestSections(t *testing.T) {
	text := page(
		`Kapture API`,
		`  • Reference`,
		`    • Add Thing API`,
		`{"before": 1}`,
		`ADD THING API`,
		``,
		`OBJECTIVE OF ADD THING API`,
		``,
		`Fig 1: Steps`,
		``,
		`STEPS IN AN IMAGE`,
		``,
		`SAMPLE REQUEST`,
		`{"colour": "red"}`,
		`Pull Thing API by Date Range`,
		``,
		`Request Body`,
		`{"size": 1}`,
	)
	got := readPage(t, text)
	var titles, sections []string
	for _, section := range got.Sections {
		headings := strings.Join(section.Headings, ", ")
		titles = append(titles, fmt.Sprintf("%d %s: %s", section.Line, section.Title, headings))
	}
	for _, fact := range got.Facts() {
		sections = append(sections, fact.Section())
	}
	wantTitles := []string{
		"0 : ",
		"1 Kapture API: ",
		"5 ADD THING API: OBJECTIVE OF ADD THING API, SAMPLE REQUEST",
		"15 Pull Thing API by Date Range: Request Body",
	}
	if !slices.Equal(titles, wantTitles) {
		t.Errorf("titles %q, want %q", titles, wantTitles)
	}
	want := []string{"Kapture API", "ADD THING API > SAMPLE REQUEST", "Pull Thing API by Date Range > Request Body"}
	if !slices.Equal(sections, want) {
		t.Errorf("sections %q, want %q", sections, want)
	}
}
