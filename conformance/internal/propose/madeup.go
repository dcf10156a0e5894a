package propose

import (
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

var (
	// Names of fields whose values are personal data or credentials: even a value of
	// one letter is replaced.
	personal = lazyregexp.New(`(?i)name|person|phone|mobile|mail|address|contact|birth|dob|zip|` +
		`key|token|secret|password|pin`)
	birth = lazyregexp.New(`(?i)birth|dob|anniversary`)

	// Forms of time. Dates stay: they prove facts, such as months that count from
	// zero.
	moment = lazyregexp.New(`^(\d{1,2}:\d{2}(:\d{2})?|\d{4}-\d{2}-\d{2}|\d{2}[-/]\d{2}[-/]\d{4}|` +
		`[A-Z][a-z]{2} \d{1,2}, \d{4})(,?[ T\x{202f}]\d{1,2}:\d{2}(:\d{2})?([ \x{202f}][AP]M)?)?$`)

	address    = lazyregexp.New(`[^\s@<>"',;]+@[^\s@<>"',;]+`)
	webAddress = lazyregexp.New(`(?i)(https?://)[^/\s"']+`)
	digit      = lazyregexp.New(`\d`)
	longNumber = lazyregexp.New(`\d{4,}`)
	code       = lazyregexp.New(`^[A-Z]{1,3}$`)
	flag       = lazyregexp.New(`^(?i:true|false|yes|no|null)$`)
	fewDigits  = lazyregexp.New(`^(?:[^\pL\d]*\d){1,3}[^\pL\d]*$`)
)

// madeUp returns a value of the same shape and length for the field called name.
// The same text always becomes the same text, so an identifier still connects a
// request with its response.
func madeUp(name, text string) string {
	isPersonal := personal.MatchString(name)
	switch {
	case birth.MatchString(name) && moment.MatchString(text):
		return digit.ReplaceAllString(text, "1") // still a date
	case moment.MatchString(text), flag.MatchString(text):
		return text
	case !isPersonal && (code.MatchString(text) || fewDigits.MatchString(text)):
		return text
	}

	withoutAddresses := func(rest string) string { return replaceAround(address, rest, madeUpAddress, scramble) }
	return replaceAround(webAddress, text, madeUpHost, withoutAddresses)
}

// madeUpText replaces only what identifies somebody in a text that is a fact: its
// long numbers and its e-mail addresses.
func madeUpText(text string) string {
	withoutNumbers := func(rest string) string { return longNumber.ReplaceAllStringFunc(rest, scramble) }
	return replaceAround(address, text, madeUpAddress, withoutNumbers)
}

func madeUpHost(address string) string {
	scheme, _, _ := strings.Cut(address, "//")
	return scheme + "//example.com"
}

func madeUpAddress(text string) string {
	local, _, _ := strings.Cut(text, "@")
	return scramble(local) + "@example.com"
}

// replaceAround replaces the matches of a form with one function, and the text
// around them with another.
func replaceAround(form lazyregexp.Regexp, text string, match, around func(string) string) string {
	var b strings.Builder
	end := 0
	for _, m := range form.FindAllStringIndex(text, -1) {
		b.WriteString(around(text[end:m[0]]))
		b.WriteString(match(text[m[0]:m[1]]))
		end = m[1]
	}
	b.WriteString(around(text[end:]))
	return b.String()
}

const (
	vowels     = "aeiou"
	consonants = "bdfgklmnprstvz"
)

// scramble replaces each letter and each digit with another one of its kind. The
// same text always gives the same result.
func scramble(text string) string {
	hash := fnv.New64a()
	hash.Write([]byte(text))
	state := hash.Sum64()
	runes := []rune(text)
	for i, r := range runes {
		state = state*6364136223846793005 + 1442695040888963407
		pick := int(state >> 40)
		switch {
		case unicode.IsDigit(r):
			runes[i] = otherOf(digitsLike(runes, i), r, pick)
		case unicode.IsLetter(r):
			letters := consonants
			if strings.ContainsRune(vowels, unicode.ToLower(r)) {
				letters = vowels
			}
			runes[i] = otherOf(letters, unicode.ToLower(r), pick)
			if unicode.IsUpper(r) {
				runes[i] = unicode.ToUpper(runes[i])
			}
		}
	}
	return string(runes)
}

// digitsLike are the digits that may take the place of a digit. A phone number
// still begins as phone numbers do, and no number gets a zero in front.
func digitsLike(text []rune, i int) string {
	first := i == 0 || !unicode.IsDigit(text[i-1])
	switch {
	case first && text[i] >= '6':
		return "6789"
	case first && text[i] != '0':
		return "12345"
	case first:
		return "0"
	}
	return "0123456789"
}

// otherOf picks one of the characters that is not r, if there is another.
func otherOf(characters string, r rune, pick int) rune {
	rest := strings.ReplaceAll(characters, string(r), "")
	if rest == "" {
		return r
	}
	return rune(rest[pick%len(rest)])
}
