package documents

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		r    io.Reader
		want string
	}{
		"nothing":      {strings.NewReader(""), "documents: page.txt is empty; expected the text of a page"},
		"blanks alone": {strings.NewReader(" \n\ufeff\r\n\t"), "documents: page.txt is empty"},
		"binary data":  {strings.NewReader("PK\x03\x04\x00\x00\x08"), "documents: page.txt is binary"},
		"UTF-16":       {strings.NewReader("\xff\xfeA\x00"), "documents: page.txt is UTF-16; save it as UTF-8 text"},
		"no text": {
			strings.NewReader("\x89PNG\xfa\xfb\xfc\xfd\xf8"),
			"documents: page.txt is binary or not UTF-8",
		},
		"HTML source": {
			strings.NewReader("\n<!DOCTYPE html>\n<html>"),
			"documents: page.txt is HTML without any text; open it in a browser",
		},
		"HTML, saved": {
			strings.NewReader("<!-- saved from url=(0025)https://example.com/page -->\n<HTML lang=\"en\">"),
			"documents: page.txt is HTML without any text",
		},
		"too much": {
			io.LimitReader(neverEnding('a'), MaxSize+2),
			"documents: page.txt is larger than 8388608 bytes",
		},
		"a bad reader": {iotest.ErrReader(errors.New("no luck")), "documents: reading page.txt: no luck"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read("page.txt", test.r)
			if got != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v; want an error with %q", got, err, test.want)
			}
		})
	}
}

type neverEnding byte

func (b neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "page.txt")
	const text = "\ufeff{\"a\xa0b\u200b\": 1, \"c\": 2} and so on, text enough for one bad byte"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	facts := got.Facts()
	if len(facts) != 2 || facts[0].Value != "a\ufffdb" || facts[0].File != name || facts[0].Line != 1 {
		t.Errorf("facts %v", facts)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none.txt"): "does not exist",
		dir:                            "is a directory",
	} {
		_, err := ReadFile(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s gives %v, want an error with %q", path, err, want)
		}
	}
}

// Patterns that make a careless reader look at the same text again and again.
var adversarial = map[string]string{
	"open braces":        `{`,
	"open objects":       `{"a":`,
	"lines of braces":    "{\n",
	"open arrays":        `[{`,
	"closing braces":     `}]`,
	"open strings":       `"a`,
	"values that go on":  "{\"a\": \"b\n",
	"escaped quotes":     `\"`,
	"quotes in values":   `"a": "b"x `,
	"apostrophes":        ` 'a`,
	"curly quotes":       `“a `,
	"colons":             `"a": `,
	"comments":           "{//\n",
	"header cells":       "Description\n",
	"headers":            "Name\nMandatory\nType\nDescription\n",
	"headers on a line":  "Parameter Data Type Description\n",
	"half headers":       "NameType",
	"rows":               "NameMandatoryTypeDescription\na\nYes\nNumber\n",
	"failures":           "SL.NO CONDITION RESPONSE ERROR CODE\n\"message\": \"a\"\n401\n",
	"blank lines":        "a\n\n\n\n\n\n\n\n",
	"titles":             "Add Thing API\n",
	"headings":           "SAMPLE REQUEST\n",
	"URLs":               "https://<a b>.c/d?e=f ",
	"query strings":      ` /a/b?c=d`,
	"open placeholders":  "https://<a ",
	"bare paths":         " /a/b",
	"illustrations":      "paths:\n/a:\nparameters:\nb\n",
	"tags":               "<table><tr><td>a</td>\n",
	"open tags":          "<tr><td><",
	"escaped JSON":       `"{\"a\": 1}" `,
	"one object, fields": `"a": "b c", `,
}

// TestReadLarge ends in no time if the work grows with the text, and not
// before the tests' time is over if it grows with its square.
func TestReadLarge(t *testing.T) {
	for name, pattern := range adversarial {
		t.Run(name, func(t *testing.T) {
			for _, prefix := range []string{"", "{\"x\": \"", "SL.NO ATTRIBUTE TYPE DESCRIPTION\n"} {
				readPage(t, prefix+strings.Repeat(pattern, (96<<10)/len(pattern)))
			}
		})
	}
}

// A path that ends with braces that were never opened is cut in one pass.
func TestReadLongPath(t *testing.T) {
	page := readPage(t, "/a"+strings.Repeat("}", 1<<20))
	if facts := page.Facts(); len(facts) != 1 || facts[0].Value != "/a" {
		t.Errorf("%d facts, want the path /a", len(facts))
	}
}

func BenchmarkRead(b *testing.B) {
	for name, pattern := range adversarial {
		for _, size := range []int{64 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%dk", name, size>>10), func(b *testing.B) {
				text := strings.Repeat(pattern, size/len(pattern))
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if _, err := Read("page.txt", strings.NewReader(text)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, pattern := range adversarial {
		f.Add(strings.Repeat(pattern, 3))
	}
	f.Add(page(
		`ADD THING API`, `POST https://<sub domain>.example.com/things/add`,
		`SL.NO ATTRIBUTE TYPE DESCRIPTION`, `1 a/b Integer x`,
		`{ {"message": "x""status": "failed" }`, `--data '{`, `“limit” : 1, // x`, `"remarks": "`, ``, `x",`, `}'`,
		`SL.NO CONDITION RESPONSE ERROR CODE`, `1 When. "message": " ,x",`, `"status": "failed"`, `401`,
		`Error Messages Description`, `AuthKey x`,
		`headers = {'a': 'b'}`, `| Name | Type |`, `|---|---|`, `| a | b |`,
	))
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read("page.txt", strings.NewReader(text))
		if err != nil {
			return
		}
		lineEnds := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")
		last := strings.Count(lineEnds.Replace(text), "\n") + 1

		for i, section := range got.Sections {
			if i > 0 && section.Line <= got.Sections[i-1].Line {
				t.Fatalf("section %q on line %d after line %d", section.Title, section.Line, got.Sections[i-1].Line)
			}
			for _, fact := range section.Facts {
				isInSection := fact.Line >= max(1, section.Line) && fact.Line <= last
				if !isInSection || fact.Value == "" || fact.File != "page.txt" {
					t.Fatalf("fact %+v of a section on line %d in a text of %d lines", fact, section.Line, last)
				}
			}
		}
		for _, doubt := range got.Doubts {
			if doubt.Line < 1 || doubt.Line > last {
				t.Fatalf("doubt %+v in a text of %d lines", doubt, last)
			}
		}
		_ = Compare(nil, nil, got).Summary()
	})
}
