package mock

import (
	"encoding/base64"
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
}

// tokenWorld is the world of the key given by WithToken. No test key can name
// it, because a world's name has no brackets.
const tokenWorld = "(token)"

// readKey judges an Authorization header for an operation. Only keys that were
// made for tests are known here, so that a production key sent by mistake is
// refused and never looked at further.
func (k *Kapture) readKey(authorization, operation string) key {
	secret, ok := strings.CutPrefix(authorization, "Basic ")
	if !ok {
		return key{}
	}
	if k.token != "" && (secret == k.token || secret == base64.StdEncoding.EncodeToString([]byte(k.token))) {
		return key{state: keyGood, world: tokenWorld}
	}
	if !strings.HasPrefix(secret, "test-") {
		pair, err := base64.StdEncoding.DecodeString(secret)
		if err != nil {
			return key{}
		}
		if secret, _, ok = strings.Cut(string(pair), ":"); !ok {
			return key{}
		}
	}
	return readTestKey(secret, operation)
}

func readTestKey(secret, operation string) key {
	parts := strings.Split(secret, "-")
	if len(parts) < 2 || parts[0] != "test" || !goodWorld(parts[1]) {
		return key{}
	}
	out := key{state: keyGood, world: strings.Clone(parts[1])} // it outlives the header
	for _, name := range parts[2:] {
		switch {
		case name == "expired" || name == "disabled":
			out.state = keyRefused
			return out
		case name == "forbidden":
			out.state = keyForbidden
		case strings.HasPrefix(name, "only."):
			// A key of another configured API is no key of this one.
			if !slices.Contains(strings.Split(name, ".")[1:], operation) {
				out.state = keyRefused
				return out
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
