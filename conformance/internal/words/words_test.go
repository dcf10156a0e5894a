package words

import "testing"

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 cases", 1: "1 case", 2: "2 cases"} {
		if got := Plural(n, "case"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for text, want := range map[string]string{
		"today.ndjson":                "today.ndjson",
		"https://a.example/x%20y?a=1": "'https://a.example/x%20y?a=1'",
		"":                            "''",
		"two words":                   "'two words'",
		"O'Neil":                      `'O'\''Neil'`,
		"`id`":                        "'`id`'",
		"~/a":                         "'~/a'",
		"a\nb":                        "'a\nb'",
		"नाम":                         "'नाम'",
	} {
		if got := ShellWord(text); got != want {
			t.Errorf("%q is the word %s, want %s", text, got, want)
		}
	}
}

func TestClosest(t *testing.T) {
	candidates := []string{"customer_id", "customer_code", "email"}
	for value, want := range map[string]string{
		"customerId":   "customer_id",
		"custmer_code": "customer_code",
		"emial":        "email",
		"email":        "", // the value itself is not a candidate
		"phone":        "",
		"":             "",
	} {
		if got := Closest(value, candidates); got != want {
			t.Errorf("closest to %q is %q, want %q", value, got, want)
		}
	}
}
