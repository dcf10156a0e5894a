package mock

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// keyState is what a key may do.
type keyState int

const (
	keyRefused keyState = iota
	keyForbidden
	keyGood
)

// key is what an Authorization header turned out to be.
type key struct {
	state keyState
	world string
	why   string // it is not good
}

// tokenWorld is the world of the key given by WithToken. No test key can name
// it, because the name of a world has no brackets.
const tokenWorld = "(token)"

// readKey decides what credentials may do at an operation. Only keys made for
// tests are known here, so that a production key sent by mistake is rejected
// and not looked at further.
func (k *Kapture) readKey(credentials, operation string) key {
	if credentials == "" {
		return key{why: "the request has no key; send the header Authorization: Basic test-WORLD"}
	}
	secret, ok := basic(credentials)
	if !ok {
		return key{why: "the Authorization header does not have the form Basic KEY"}
	}
	if k.isToken(secret) {
		return key{state: keyGood, world: tokenWorld}
	}
	return readTestKey(userOf(secret), operation)
}

// basic returns the token of the scheme Basic. The name of a scheme may be
// written in any case, and is followed by one or more blanks (RFC 9110, 11.1 and
// 11.4).
func basic(credentials string) (token string, ok bool) {
	i := strings.IndexAny(credentials, " \t")
	if i < 0 || !strings.EqualFold(credentials[:i], "Basic") {
		return "", false
	}
	return strings.TrimLeft(credentials[i:], " \t"), true
}

// credentials returns what carries the key, in the form of an Authorization
// header.
func credentials(r *http.Request, e endpoint) string {
	if !e.keyInQuery {
		return r.Header.Get("Authorization")
	}
	if token := r.URL.Query().Get("auth_key"); token != "" {
		return "Basic " + token
	}
	return ""
}

func (k *Kapture) isToken(secret string) bool {
	if k.token == "" {
		return false
	}
	return secret == k.token || secret == base64.StdEncoding.EncodeToString([]byte(k.token))
}

// testKey begins every key that names a world.
const testKey = "test-"

// userOf returns the key that a token is: the token itself, or the user name of
// an encoded pair. It is empty for a token of another form.
func userOf(token string) string {
	if strings.HasPrefix(token, testKey) {
		return token
	}

	pair, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return ""
	}
	user, _, isPair := strings.Cut(string(pair), ":")
	if !isPair {
		return ""
	}
	return user
}

// WorldOf names the world that the test key of a request belongs to, whether or
// not a mock accepts the key: a request with test-acme-expired belongs to the
// world acme. It returns "" for a request without a test key, also for one with
// the key of [WithToken].
func WorldOf(r *http.Request) string {
	token, ok := basic(r.Header.Get("Authorization"))
	if !ok {
		token = r.URL.Query().Get("auth_key") // where one operation of 2016 has its key
	}
	world, _ := splitTestKey(userOf(token))
	return world
}

// splitTestKey returns the world of a test key and the names after it. The world
// is empty for a key of another form.
func splitTestKey(secret string) (world string, names []string) {
	parts := strings.Split(secret, "-")
	if len(parts) < 2 || parts[0] != "test" || !goodWorld(parts[1]) {
		return "", nil
	}
	return strings.Clone(parts[1]), parts[2:] // the world outlives the request
}

// readTestKey reads the parts of a key such as test-acme-ci-only.getCustomer.
func readTestKey(secret, operation string) key {
	world, names := splitTestKey(secret)
	if world == "" {
		const form = "the key does not have the form test-WORLD, where WORLD has letters, digits, _ and . only, " +
			"at most %d of them; the mock takes no other keys"
		return key{why: fmt.Sprintf(form, maxWorldName)}
	}

	out := key{state: keyGood, world: world}
	for _, name := range names {
		switch {
		case name == "expired" || name == "disabled":
			return key{why: fmt.Sprintf("the key of world %s says that it is %s", world, name)}
		case name == "forbidden":
			out.state = keyForbidden
			out.why = fmt.Sprintf("the key of world %s says that it has no permission", world)
		case strings.HasPrefix(name, "only."):
			// A key of another configured API is rejected here.
			if !slices.Contains(strings.Split(name, ".")[1:], operation) {
				return key{why: fmt.Sprintf("the key of world %s is not for %s", world, operation)}
			}
		}
	}
	return out
}

// maxWorldName is the longest name of a world.
const maxWorldName = 64

func goodWorld(name string) bool {
	if name == "" || len(name) > maxWorldName {
		return false
	}

	for _, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
