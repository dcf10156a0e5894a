package conformance

import (
	"strings"
	"testing"
)

// TestFormats has texts that RFCs call valid and invalid.
func TestFormats(t *testing.T) {
	for name, c := range map[string]struct {
		valid   []string
		invalid []string
	}{
		"date": { // RFC 3339, 5.6: full-date
			valid: []string{"2024-02-29", "0001-01-01", "9999-12-31"},
			invalid: []string{
				"2023-02-29", "2024-13-01", "2024-00-10", "2024-1-01", "24-01-01", "2024/01/01", "2024-01-01T00:00:00Z",
				"20240101", "2024-01-01 ", "२०२४-०१-०१", "",
			},
		},
		"date-time": { // RFC 3339, 5.6: date-time
			valid: []string{
				"2024-02-29T23:59:59Z", "2024-02-29t23:59:59.123456789z", "2024-02-29T00:00:00+05:30",
				"2024-02-29T00:00:00-23:59",
				"1998-12-31T23:59:60Z", "1998-12-31T15:59:60.123-08:00", "1999-01-01T05:29:60+05:30",
			},
			invalid: []string{
				"2024-02-29 23:59:59Z", "2024-02-29T23:59:59", "2024-02-29T24:00:00Z",
				"2024-02-29T23:60:59Z", "2023-02-29T00:00:00Z",
				"2024-02-29T1:02:03Z", "2024-02-29T23:59:59,5Z", "2024-02-29T23:59:59.Z", "2024-02-29T00:00:00+24:00",
				"2024-02-29T00:00:00+0530", "2024-02-29T00:00:00+05", "1998-12-31T22:59:60Z", "1998-12-31T23:58:60Z",
				"1998-12-31T23:59:61Z", "1998-12-31T23:59:60+01:00", "2024-02-29",
			},
		},
		"email": { // RFC 5321, 4.1.2: Mailbox
			valid: []string{
				"asha@example.com", "asha.rao+crm@in.example.com", "te~st!#$%&'*/=?^_{|}@example.com", "asha@example",
				`"asha rao"@example.com`, `"asha..rao"@example.com`, `"a@b"@example.com`, `"a\"b"@example.com`,
				"asha@[192.0.2.1]", "asha@[IPv6:2001:db8::1]",
			},
			invalid: []string{
				" asha@example.com", "asha@example.com ", "(home)asha@example.com",
				"Asha <asha@example.com>", "<asha@example.com>",
				"asha", "@example.com", "asha@", ".asha@example.com", "asha.@example.com",
				"as..ha@example.com", "asha@-example.com",
				"asha@example..com", "asha rao@example.com", "asha@[192.0.2.300]", "asha@[IPv6:x]",
				"asha@[192.0.2.1", `"asha@example.com`,
				"asha@dev@example.com", "a@example.com,b@example.com", "dev@  .in", "",
			},
		},
		"hostname": { // RFC 1123, 2.1
			valid: []string{"example.com", "a", "3com.com", "xn--4gbwdl.xn--wgbh1c", "a-b.c", strings.Repeat("a", 63)},
			invalid: []string{
				"", ".", "example.com.", ".example.com", "a..b", "-a", "a-", "a_b", "a b",
				strings.Repeat("a", 64), "münchen.example",
				strings.Repeat("abc.", 63) + "ab",
			},
		},
		"ipv4": { // RFC 2673, 3.2
			valid: []string{"192.0.2.1", "0.0.0.0", "255.255.255.255"},
			invalid: []string{
				"192.0.2",
				"192.0.2.256",
				"192.0.2.01",
				"192.0.2.1.1",
				"0x7f000001",
				"::1",
				"192.0.2.1/24",
				"",
			},
		},
		"ipv6": { // RFC 4291, 2.2
			valid: []string{"::", "::1", "2001:db8::8:800:200C:417A", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8"},
			invalid: []string{
				"fe80::1%eth0",
				"1::2::3",
				"12345::",
				":1",
				"1:2:3:4:5:6:7:8:9",
				"192.0.2.1",
				"[::1]",
				"",
			},
		},
		"uri": { // RFC 3986, 3
			valid: []string{
				"http://foo.example/?baz=qux#quux", "urn:isbn:0451450523", "tel:+1-816-555-1212",
				"mailto:asha@example.com",
				"ldap://[2001:db8::7]/c=GB?objectClass?one", "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com", "a:",
			},
			invalid: []string{
				"//foo.example/?baz=qux", "/abc", "abc", `\\\\SERVER\\share`, "http:// spaces.example",
				":// no scheme", "1a:b",
				"bar,baz:qux", "https://[@example.org/a", "https://example.org/a[b]",
				"https://example.org/foo|bar", "http://a/<x>",
				"http://example.com/%zz", "http://example.com/#a#b", "http://münchen.example/",
				"http://example.com:port/", "",
			},
		},
		"uri-reference": { // RFC 3986, 4.1
			valid: []string{
				"",
				"/abc",
				"abc",
				"#fragment",
				"?query",
				"//foo.example/x",
				"http://example.com",
				"../a",
			},
			invalid: []string{`\\\\SERVER\\share`, "a b", "#a\\b", "1a:b", "%", "a|b"},
		},
		"uuid": { // RFC 9562, 4
			valid: []string{
				"2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380",
				"00000000-0000-0000-0000-000000000000",
			},
			invalid: []string{
				"2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
				"2eb8aa08-aa98-11ea-b4aa-73b441d1638g", "",
			},
		},
		"byte": { // RFC 4648, 4
			valid:   []string{"", "YQ==", "YWI=", "YWJj", "+/+/"},
			invalid: []string{"YQ", "YQ=", "Y", "-_-_", "YW Jj", "YWJj\nYWJj", "YQ==YQ=="},
		},
	} {
		check := checkerOf(t, "\n    Text: {type: string, format: "+name+"}\n")
		verdict := func(text string) bool {
			return check.CheckComponent("Text", []byte(quotedJSON(text)), SideResponse).OK()
		}
		for _, text := range c.valid {
			if !verdict(text) {
				t.Errorf("%s rejects %q", name, text)
			}
		}
		for _, text := range c.invalid {
			if verdict(text) {
				t.Errorf("%s accepts %q", name, text)
			}
		}
	}
}

func TestNumberFormats(t *testing.T) {
	for schema, numbers := range map[string]map[string]bool{
		"{type: integer, format: int32}": {
			"2147483647": true, "2147483648": false, "-2147483648": true, "-2147483649": false,
			"2147483647.0": true, "3e9": false,
		},
		"{type: integer, format: int64}": {
			"9223372036854775807": true, "9223372036854775808": false, "-9223372036854775808": true,
			"-9223372036854775809":  false,
			"9223372036854775807.0": true, "1e18": true, "1e19": false,
		},
		"{type: number, format: float}": {
			"3.4e38": true, "3.5e38": false, "-3.5e38": false, "1e-50": true, "0.1": true,
		},
		"{type: number, format: double}": {"1.7e308": true, "1e309": false, "0.1": true},
		"{type: number, format: int32}":  {"2147483648": false, "2147483647": true},
	} {
		check := checkerOf(t, "\n    Number: "+schema+"\n")
		for number, want := range numbers {
			if got := check.CheckComponent("Number", []byte(number), SideResponse).OK(); got != want {
				t.Errorf("%s accepts %s: %v, want %v", schema, number, got, want)
			}
		}
	}
}

// A format that the checker does not know is a note to readers.
func TestUnknownFormat(t *testing.T) {
	r := checker(t).CheckComponent("Person", []byte(`{"id":1,"name":"x","shade":"any text"}`), SideResponse)
	if !r.OK() {
		t.Errorf("an unknown format is checked: %s", brief(r.Findings))
	}
}
