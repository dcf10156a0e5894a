package cases

import (
	"fmt"
	"strings"
)

// The states that a step may ask its key to be in.
const (
	KeyGood      = "good"
	KeyPassword  = "user-password" // HTTP Basic with user name and password
	KeyAbsent    = "absent"
	KeyWrong     = "wrong"
	KeyExpired   = "expired"
	KeyDisabled  = "disabled"
	KeyForbidden = "forbidden" // without permission for this call
	KeyOtherAPI  = "other-api" // good, but of another configured API
)

// keyStates lists the states of a key.
var keyStates = []string{KeyGood, KeyPassword, KeyAbsent, KeyWrong, KeyExpired, KeyDisabled, KeyForbidden, KeyOtherAPI}

// Credential is what a request bears: a token, or user and password, or
// nothing.
type Credential struct {
	Token          string
	User, Password string
}

// String never shows the credential.
func (c Credential) String() string { return "credential" }

// GoString never shows the credential.
func (c Credential) GoString() string { return "credential" }

// Keys gives the credential for a step.
type Keys interface {
	// Key returns the credential of a case in the given state for a call of
	// the operation. ok is false if there is none; reason then says why, and
	// the case is skipped.
	Key(caseName, state, operation string) (c Credential, reason string, ok bool)
}

// MockKeys are the keys of the embedded mock: each case gets a world of its
// own, and every state is to be had.
type MockKeys struct {
	// Prefix keeps the worlds of one run apart from those of another against
	// the same mock; letters and digits.
	Prefix string
}

// Key implements [Keys].
func (k MockKeys) Key(caseName, state, operation string) (Credential, string, bool) {
	world := "test-" + k.Prefix + strings.ReplaceAll(caseName, "-", "_")
	switch state {
	case KeyAbsent:
		return Credential{}, "", true
	case KeyWrong:
		return Credential{Token: "a-key-that-nobody-gave"}, "", true
	case KeyPassword:
		return Credential{User: world, Password: "conformance"}, "", true
	case KeyOtherAPI:
		other := "getCustomer"
		if operation == other {
			other = "pullCustomers"
		}
		return Credential{Token: world + "-only." + other}, "", true
	case KeyGood, "":
		return Credential{Token: world}, "", true
	}
	return Credential{Token: world + "-" + state}, "", true
}

// TenantKeys are the credentials of a live tenant, or of a mock that knows one
// key alone.
type TenantKeys struct{ Credential }

// Key implements [Keys].
func (k TenantKeys) Key(_, state, _ string) (Credential, string, bool) {
	switch state {
	case KeyAbsent:
		return Credential{}, "", true
	case KeyWrong:
		return Credential{Token: "a-key-that-nobody-gave"}, "", true
	case KeyGood, "":
		return k.Credential, "", true
	case KeyPassword:
		if k.User == "" {
			return Credential{}, "no user and password were given", false
		}
		return Credential{User: k.User, Password: k.Password}, "", true
	}
	return Credential{}, fmt.Sprintf("it needs a key that is %s, which only the mock has", state), false
}
