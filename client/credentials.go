package client

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// secret is a credential that no printing can show: a function prints as an address, even to what walks memory.
type secret func() string

func hide(s string) secret { return func() string { return s } }

// keyring holds the credentials. An operation's own comes before the source's, and the source's before the one for all.
type keyring struct {
	all    secret
	of     map[Operation]secret
	source func(context.Context, Operation) (string, error)
	pairs  map[Operation]keyPair
}

// keyPair is what the headers x-api-key and x-api-type say.
type keyPair struct {
	key secret
	as  string
}

// WithToken sends token with every operation that has no credential of its own. It is the API key that Kapture gives
// out, with or without its "Basic " prefix.
func WithToken(token string) Option {
	return func(cfg *config) error { return cfg.keys.set("WithToken", token) }
}

// WithTokenFor sends token with op alone: Kapture gives each configured API a key of its own.
func WithTokenFor(op Operation, token string) Option {
	return func(cfg *config) error { return cfg.keys.set("WithTokenFor", token, op) }
}

// WithTokenSource asks source for the token before every attempt, so that keys can rotate. Where it returns "" and no
// error, [WithToken] counts. It must be safe for concurrent use.
func WithTokenSource(source func(ctx context.Context, op Operation) (string, error)) Option {
	return option(source != nil, "WithTokenSource: nil; leave the option out, or give the key by WithToken", func(cfg *config) { cfg.keys.source = source })
}

// WithBasicAuth sends user and password with the operations given, or with all. The pages about orders and those of
// 2021 want them.
func WithBasicAuth(user, password string, ops ...Operation) Option {
	return func(cfg *config) error {
		if user == "" || strings.Contains(user, ":") {
			return errors.New("WithBasicAuth: the user is empty or holds a colon")
		}
		return cfg.keys.set("WithBasicAuth", base64.StdEncoding.EncodeToString([]byte(user+":"+password)), ops...)
	}
}

// WithAPIKeyPair sends the headers x-api-key and x-api-type beside the token with the operations given, or with those
// of tickets. Some tenants need them; TICKET is the one type that has been observed. An empty key stands for the
// operation's own token.
func WithAPIKeyPair(key, apiType string, ops ...Operation) Option {
	var err error
	if key != "" {
		key, err = cleanToken("WithAPIKeyPair", key)
	}
	if !headerText(apiType) {
		err = errors.New("WithAPIKeyPair: the type is empty or cannot be a header")
	}
	all := len(ops) == 0
	for _, op := range operations {
		if all && op.Resource == "tickets" {
			ops = append(slices.Clip(ops), op.ID)
		}
	}
	return func(cfg *config) error {
		return cmp.Or(err, give("WithAPIKeyPair", cfg.keys.pairs, keyPair{hide(key), apiType}, ops...))
	}
}

func (k *keyring) set(option, token string, ops ...Operation) error {
	token, err := cleanToken(option, token)
	if err == nil && len(ops) == 0 {
		if k.all != nil {
			return errors.New(option + ": there is a credential for all operations already; name those that this one is for")
		}
		k.all = hide(token)
	}
	return cmp.Or(err, give(option, k.of, hide(token), ops...))
}

// give makes v the credential of some operations, none of which may have one.
func give[V any](option string, of map[Operation]V, v V, ops ...Operation) error {
	for _, op := range ops {
		_, known := op.info()
		if _, has := of[op]; has || !known {
			return errors.New(option + ": " + string(op) + " is no operation of this package's Op constants, or has a credential already")
		}
		of[op] = v
	}
	return nil
}

// cleanToken takes the prefix off. Its errors do not show the token.
func cleanToken(option, token string) (string, error) {
	words := strings.Fields(token)
	if len(words) > 0 && strings.EqualFold(words[0], "basic") {
		words = words[1:]
	}
	if len(words) != 1 || !headerText(words[0]) {
		return "", errors.New(option + `: the token is empty, or holds a blank or what no header can have; give the key alone, with or without "Basic "`)
	}
	return words[0], nil
}

// token finds the credential of op, "" if there is none.
func (k *keyring) token(ctx context.Context, op Operation) (string, error) {
	if s := k.of[op]; s != nil {
		return s(), nil
	}
	if k.source != nil {
		token, err := k.source(ctx, op)
		if err == nil && token != "" {
			token, err = cleanToken("the token source", token)
		}
		if err != nil || token != "" {
			return token, err
		}
	}
	if k.all != nil {
		return k.all(), nil
	}
	return "", nil
}

// credentials puts the operation's credentials into the request, at every attempt, since a source may have rotated the
// key meanwhile.
func (c *Client) credentials(next doer) doer {
	return func(req *http.Request) (*http.Response, error) {
		x := exchangeOf(req.Context())
		token, err := c.keys.token(req.Context(), x.as)
		if err != nil {
			return nil, x.fail(ErrCredentials, "the token source failed, nothing was sent", err)
		}
		pair, paired := c.keys.pairs[x.as]
		plain, _ := base64.StdEncoding.DecodeString(token)
		_, password, _ := strings.Cut(string(plain), ":") // if it is a user and a password
		x.secrets = []secret{hide(token), hide(password), pair.key}
		for _, values := range req.URL.Query() { // of a raw path, where a key may stand
			for _, v := range values {
				x.secrets = append(x.secrets, hide(v))
			}
		}
		if token != "" {
			req.Header.Set("Authorization", "Basic "+token)
		}
		if paired {
			req.Header.Set("X-Api-Key", cmp.Or(pair.key(), token))
			req.Header.Set("X-Api-Type", pair.as)
		}
		return next(req)
	}
}

// redact cuts the credentials of the call out of a text that came from elsewhere: a server may send back what it was
// sent. Of a text that shows one in disguise nothing is left. One of fewer than four letters is not looked for, because it
// would be found in every word.
func (x *exchange) redact(text string) string {
	for _, s := range x.secrets {
		if s == nil || len(s()) < 4 {
			continue
		}
		text = strings.NewReplacer(s(), "[redacted]", url.QueryEscape(s()), "[redacted]").Replace(text)
		if strings.ContainsAny(text, `\%&+`) && strings.Contains(undisguised(text), undisguised(s())) {
			return "[redacted]"
		}
	}
	return text
}

var escapes = regexp.MustCompile(`(?i)\\u[0-9a-f]{4}|%(25)*[0-9a-f]{2}`)

// undisguised takes back what JSON, URLs and HTML make of a text, more or less: it is for comparing with another such.
func undisguised(text string) string {
	text = escapes.ReplaceAllStringFunc(text, func(escape string) string {
		if n, err := strconv.ParseUint(strings.TrimLeft(escape, `\uU`), 16, 16); err == nil {
			return string(rune(n))
		}
		n, _ := strconv.ParseUint(escape[len(escape)-2:], 16, 8)
		return string([]byte{byte(n)})
	})
	return strings.NewReplacer(`\`, "", "+", " ").Replace(html.UnescapeString(text))
}
