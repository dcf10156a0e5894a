package runner

import (
	"fmt"
	"strings"
)

// The states that a step may want its key to be in.
const (
	KeyGood      = "good"
	KeyPassword  = "user-password" // HTTP Basic with user name and password
	KeyAbsent    = "absent"
	KeyWrong     = "wrong"
	KeyExpired   = "expired"
	KeyDisabled  = "disabled"
	KeyForbidden = "forbidden" // without permission for this call
	KeyOtherAPI  = "other-api" // good, but for another configured API
)

// keyStates lists the states of a key.
var keyStates = []string{
	KeyGood, KeyPassword, KeyAbsent, KeyWrong, KeyExpired, KeyDisabled, KeyForbidden, KeyOtherAPI,
}

// Credential is what a request sends: a token, or user and password, or nothing.
type Credential struct {
	Token          string
	User, Password string
}

// String does not show the credential.
func (c Credential) String() string { return "credential" }

// GoString does not show the credential.
func (c Credential) GoString() string { return "credential" }

// Keys provides the credentials of a run.
type Keys interface {
	// Key returns the credential of a case for a call of the operation, in the
	// given state. If there is none, ok is false and reason says why; the case
	// is then skipped.
	Key(caseName, state, operation string) (c Credential, reason string, ok bool)
}

// MockKeys are the keys of the embedded mock. Each case gets its own world, and
// every state is available.
type MockKeys struct {
	// Prefix separates the worlds of one run from those of another run against
	// the same mock. It consists of letters, digits and underscores.
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

// TenantKeys are the credentials of a live tenant, or of a mock that knows only
// one key.
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
	return Credential{}, fmt.Sprintf("it needs a key in the state %q, which only the mock has", state), false
}
