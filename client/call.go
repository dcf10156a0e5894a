package client

import (
	"context"
	"encoding/json"
	"io"
)

// answerOf is what call fills: a pointer to an answer type, which decodes itself and embeds answer.
type answerOf[T any] interface {
	*T
	json.Unmarshaler
	came(*reply)
	identify(member string)
	identity() string
}

// call sends request as one call and decodes the answer into a T.
func call[T any, P answerOf[T]](ctx context.Context, c *Client, x *exchange, send sender, request any, want due) (*T, error) {
	r, err := c.ask(ctx, x, send, request, want)
	if err != nil {
		return nil, err
	}
	return decoded[T, P](r, r.record)
}

// decoded makes a T of text, which is r's JSON or a part of it. It fails with the element of a stream alone: the others
// are parts of what was judged.
func decoded[T any, P answerOf[T]](r *reply, text json.RawMessage) (*T, error) {
	v := new(T)
	P(v).identify(r.id)
	err := P(v).UnmarshalJSON(text)
	P(v).came(r)
	return v, err
}

// ask sends one call and reads its whole answer.
func (c *Client) ask(ctx context.Context, x *exchange, send sender, request any, want due) (r *reply, err error) {
	body, end, err := c.open(ctx, x, send, request)
	if err != nil {
		return nil, err
	}
	defer func() { end(err) }()
	text, _ := io.ReadAll(body) // read already, by capped
	_ = body.Close()
	if r, err = x.judge(text, want); err == nil && want.more != nil {
		err = want.more(r)
	}
	return r, err
}
