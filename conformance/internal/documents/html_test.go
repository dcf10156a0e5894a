package documents

import (
	"slices"
	"testing"
)

// The source of a page states the same facts as its text.
func TestHTML(t *testing.T) {
	const source = `<!DOCTYPE html>
<html><head><title>Docs</title><style>p { color: red }</style>
<script>var url = "https://tracker.example.com/x"</script></head>
<body>
<nav><a href="/login">Log in</a></nav>
<h1>Add Thing API</h1>
<p>POST <code>https://api.example.com/things/add</code></p>
<h2>Request Body</h2>
<table>
<thead><tr><th>Name</th><th>Type</th><th>Mandatory</th><th>Description</th></tr></thead>
<tbody>
<tr><td><code>thing_id</code></td><td>Number</td><td>Yes</td><td>The identifier</td></tr>
<tr><td>call_back*</td><td>Text</td><td></td><td>When &amp; where</td></tr>
</tbody></table>
<h2>Sample Request</h2>
<pre><code class="language-json">{
  "thing_id": 1,
  "call_back": "x &lt; y"
}</code></pre>
<p>Response</p>
<div><pre>{"message": "Thing added !", "status": "success"}</pre></div>
</body></html>`

	page := readPage(t, source)
	var got []string
	for _, fact := range page.Facts() {
		text := string(fact.Kind) + " " + fact.Value
		if fact.Kind == KindField {
			text += ": " + fact.Mandatory + ", " + fact.Type
		}
		got = append(got, text)
	}
	want := []string{
		"method POST",
		"path /things/add",
		"field thing_id: Yes, Number",
		"field call_back: *, Text",
		"key thing_id",
		"key call_back",
		"key message",
		"message Thing added !",
		"key status",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(page.Doubts) > 0 {
		t.Errorf("got %q\nwant %q\ndoubts %v", got, want, page.Doubts)
	}
	if title := page.Sections[len(page.Sections)-1].Title; title != "Add Thing API" {
		t.Errorf("title %q", title)
	}
}
