package client

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/gen/redact"
)

// secret is a credential that printing cannot reveal: a function prints as an
// address, even to programs that walk memory.
type secret func() string

func newSecret(s string) secret { return func() string { return s } }

// keyring holds the credentials. That of an operation comes before the
// source's, and the source's before the one for all operations.
type keyring struct {
	all    secret
	tokens map[Operation]secret
	source func(context.Context, Operation) (string, error)
	pairs  map[Operation]keyPair
}

// keyPair is the values of the headers x-api-key and x-api-type.
type keyPair struct {
	key     secret // "" for the operation's token
	apiType string
}

// WithToken sends token with every operation that does not have its own
// credential. It is the API key that Kapture gives out, with or without its
// "Basic " prefix.
func WithToken(token string) Option {
	return func(cfg *config) error { return cfg.keys.setToken("WithToken", token) }
}

// WithTokenFor sends token with op only: Kapture gives each configured API its
// own key.
func WithTokenFor(op Operation, token string) Option {
	return func(cfg *config) error { return cfg.keys.setToken("WithTokenFor", token, op) }
}

// WithTokenSource asks source for the token before every attempt, so that keys
// can rotate. An operation with its own credential ([WithTokenFor],
// [WithBasicAuth]) is sent with that, and source is not asked. If source
// returns "" and no error, the credential for all operations is used. source
// must be safe for concurrent use. Its error ends the call with
// [ErrCredentials].
func WithTokenSource(source func(ctx context.Context, op Operation) (string, error)) Option {
	const reason = "WithTokenSource: nil source; leave the option out, or give the key with WithToken"
	return option(source != nil, reason, func(cfg *config) { cfg.keys.source = source })
}

// WithBasicAuth sends user and password with the operations given, or with all
// that do not have their own credential. The pages about orders and those of
// 2021 ask for them.
func WithBasicAuth(user, password string, ops ...Operation) Option {
	return func(cfg *config) error {
		if user == "" || strings.Contains(user, ":") {
			return errors.New("WithBasicAuth: invalid user: it is empty or contains a colon")
		}
		token := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
		return cfg.keys.setToken("WithBasicAuth", token, ops...)
	}
}

// WithAPIKeyPair sends the headers x-api-key and x-api-type in addition to the
// token, with the operations given, or with those of tickets. Some callers send
// them; TICKET is the only type that was observed. If key is empty, x-api-key
// has the operation's token.
func WithAPIKeyPair(key, apiType string, ops ...Operation) Option {
	if len(ops) == 0 {
		ops = operationsOf("tickets")
	}
	return func(cfg *config) error {
		if !headerText(apiType) {
			return errors.New("WithAPIKeyPair: the type is empty, or cannot be in a header")
		}
		pair := keyPair{key: newSecret(""), apiType: apiType}
		if key != "" {
			clean, err := cleanToken("WithAPIKeyPair", key)
			if err != nil {
				return err
			}
			pair.key = newSecret(clean)
		}
		return assign("WithAPIKeyPair", cfg.keys.pairs, pair, ops)
	}
}

// operationsOf lists the operations of a resource.
func operationsOf(resource string) (ops []Operation) {
	for _, op := range operations {
		if op.Resource == resource {
			ops = append(ops, op.ID)
		}
	}
	return ops
}

// setToken sets the token of the operations given, or of all.
func (k *keyring) setToken(option, token string, ops ...Operation) error {
	clean, err := cleanToken(option, token)
	if err != nil {
		return err
	}
	if len(ops) > 0 {
		return assign(option, k.tokens, newSecret(clean), ops)
	}

	if k.all != nil {
		return errors.New(option + ": there is a credential for all operations already; " +
			"name the operations that this one is for")
	}
	k.all = newSecret(clean)
	return nil
}

// assign gives each operation a credential. None of them may have one.
func assign[V any](option string, credentials map[Operation]V, credential V, ops []Operation) error {
	for _, op := range ops {
		if _, known := op.info(); !known {
			return fmt.Errorf("%s: unknown operation %q; use an Op constant of this package", option, op)
		}
		if _, has := credentials[op]; has {
			return fmt.Errorf("%s: operation %q has a credential already", option, op)
		}
		credentials[op] = credential
	}
	return nil
}

// cleanToken removes the prefix. Its errors do not show the token.
func cleanToken(option, token string) (string, error) {
	words := strings.Fields(token)
	if len(words) > 0 && strings.EqualFold(words[0], "basic") {
		words = words[1:]
	}
	if len(words) != 1 || !headerText(words[0]) {
		return "", errors.New(option + ": invalid token: it is empty, or has spaces or characters " +
			`that cannot be in a header; give the key only, with or without "Basic "`)
	}
	return words[0], nil
}

// noToken is the credential where there is none.
var noToken = newSecret("")

// token returns the credential of op, that of "" if there is none.
func (k *keyring) token(ctx context.Context, op Operation) (secret, error) {
	if own := k.tokens[op]; own != nil {
		return own, nil
	}

	if k.source != nil {
		token, err := k.source(ctx, op)
		if err != nil {
			return nil, err
		}
		if token != "" {
			token, err = cleanToken("the token source", token)
			return newSecret(token), err
		}
	}

	if k.all != nil {
		return k.all, nil
	}
	return noToken, nil
}

// credentials puts the operation's credentials into the request. It does so at
// every attempt, since a source may have rotated the key in the meantime.
func (c *Client) credentials(next link) link {
	return func(a *attempt, req *http.Request) (*http.Response, error) {
		op := cmp.Or(a.call.credentialsOf, a.call.op)
		secretToken, err := c.keys.token(a.beginning, op)
		if err != nil {
			if a.beginning.Err() != nil {
				return nil, a.failure(a.beginning, err)
			}
			return nil, a.fail(ErrCredentials, "the token source failed; nothing was sent", err)
		}
		pair, paired := c.keys.pairs[op]

		a.tokens = a.tokens.with(secretToken)
		if paired {
			a.keepOut(pair.key)
		}
		for _, value := range secretsIn(req.URL.RawQuery) {
			a.keepOut(newSecret(value))
		}

		token := secretToken()
		if token != "" {
			req.Header.Set("Authorization", "Basic "+token)
		}
		if paired {
			req.Header.Set("X-Api-Key", cmp.Or(pair.key(), token))
			req.Header.Set("X-Api-Type", pair.apiType)
		}
		return next(a, req)
	}
}

// secretsIn returns the values of a query that can be credentials: by their
// name, or because they are long and have digits. The query of a raw path may
// contain a key, but type=customer is not one: it would be cut out of every
// message.
func secretsIn(query string) (secrets []string) {
	separator := func(r rune) bool { return r == '&' || r == ';' }
	for _, parameter := range strings.FieldsFunc(query, separator) {
		name, value, _ := strings.Cut(parameter, "=")
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		looksLikeKey := len(value) >= 16 && strings.ContainsAny(value, "0123456789") && !strings.Contains(value, " ")
		if redact.IsSecretName(name) || looksLikeKey {
			secrets = append(secrets, value)
		}
	}
	return secrets
}

// keepOut keeps a credential out of the errors of the attempt, and of those
// after it: a server may name the key of the attempt before.
func (a *attempt) keepOut(credential secret) { a.secrets = a.secrets.with(credential) }

// secrets are credentials that texts must not show.
type secrets []secret

// with returns the credentials and one more, once.
func (list secrets) with(credential secret) secrets {
	known := slices.ContainsFunc(list, func(s secret) bool { return s() == credential() })
	if known {
		return list
	}
	return append(list, credential)
}

// maxErrorText is how much of a response an error keeps. It bounds the time
// that redact takes, too: some milliseconds, so that it need not heed the
// context.
const maxErrorText = 1 << 20

// mark is in the place of a credential.
const mark = "[redacted]"

// redact cuts the credentials of the attempt out of a text: a server may send
// back what it received. A text that contains a credential in an encoding whose
// place is not known is dropped entirely. Of a long text, only the beginning is
// left.
func (a *attempt) redact(text string) string {
	if text == "" {
		return ""
	}
	secrets := a.secretsToCut()

	// The end of a text that is cut off may be a part of a credential, which
	// cannot be recognised.
	margin := secrets.Longest()
	cut := min(len(text), maxErrorText+margin)
	isCut := cut < len(text)
	clean, disguised := secrets.Text(text[:cut], mark)
	if disguised {
		return mark
	}
	if isCut {
		clean = clean[:max(0, len(clean)-margin)]
	}
	return clean[:min(len(clean), maxErrorText)]
}

// redactAll is redact for an element of a list, which must not be cut off. Its
// size is bounded by WithMaxResponseBytes.
func (a *attempt) redactAll(text string) string {
	clean, disguised := a.secretsToCut().Text(text, mark)
	if disguised {
		return mark
	}
	return clean
}

func (a *attempt) secretsToCut() *redact.Secrets {
	var credentials []string
	for _, token := range a.tokens {
		credentials = append(credentials, redact.Credentials(token())...)
	}
	for _, s := range a.secrets {
		credentials = append(credentials, s())
	}
	return redact.New(credentials...)
}
