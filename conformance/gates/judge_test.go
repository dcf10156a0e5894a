package gates

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// judge compares the results with what the column promises.
func (r *cellRun) judge(results []result, received int) {
	if len(results) == 0 {
		r.surprise("no result at all")
	}
	w := r.column.expected(r.call)
	once := r.column.fault.Times > 0
	failed := 0
	for _, result := range results {
		expected := w
		if once && result.err == nil {
			expected = good // the fault hits one call of a bulk write
		} else {
			failed++
		}
		r.judgeResult(expected, result, received < len(results))
	}
	if once && w.code != "" && failed != r.column.fault.Times {
		r.surprise("%d of %d calls failed, want %d", failed, len(results), r.column.fault.Times)
	}

	if r.refused() || w.tries == 0 {
		return
	}
	expected := len(results) * w.tries // a list fails at its first page
	if w.code == "" || once {
		// The requests of all calls and pages, and the tries that failed.
		expected = r.clean.requests + w.tries - 1
	}
	if w.code == client.ErrTimeout && received <= expected {
		return // the time may be over before a request is sent
	}
	if received != expected {
		r.surprise("the server received %d requests, want %d", received, expected)
	}
}

// judgeResult compares one result. notSent says that a request may not have
// reached the server, with a connection or without.
func (r *cellRun) judgeResult(w want, got result, notSent bool) {
	if w.code == "" {
		r.judgeSuccess(w, got)
		return
	}
	r.judgeError(w, got.err, notSent)
	least, most := r.clean.between(w.before)
	if r.effect == streams && (got.records < least || got.records > most) {
		r.surprise("returned %d records before the error, want %d to %d", got.records, least, most)
	}
}

// judgeError compares an error of the client with what the column promises.
func (r *cellRun) judgeError(w want, err error, notSent bool) {
	e, isOurs := errors.AsType[*client.Error](err)
	if !isOurs {
		r.surprise("want %s, got %v (%T)", w.code, err, err)
		return
	}

	isTimeout := w.code == client.ErrTimeout
	if e.Code != w.code {
		r.surprise("want the code %s, got %v", w.code, err)
	}
	unknown := errors.Is(err, client.ErrOutcomeUnknown)
	mayBeEither := isTimeout && notSent
	if unknown != w.unknown && !mayBeEither {
		r.surprise("says that the outcome is unknown: %v, want %v: %v", unknown, w.unknown, err)
	}

	operation := r.operation
	if r.raw {
		operation = "raw"
	}
	if e.Operation != operation {
		r.surprise("the error is one of %s", e.Operation)
	}
	// If time is short, a call may try again before it has a connection.
	if !isTimeout && w.tries > 0 && e.Attempts != w.tries {
		r.surprise("the error says that it was tried %d times, want %d", e.Attempts, w.tries)
	}

	// On a busy machine, the moment of a date may have passed.
	isDate := r.column.fault.Kind == mock.TooManyRequestsDate
	if !isDate && e.RetryAfter < r.column.fault.RetryAfter/2 {
		r.surprise("the error says to retry after %v, the server said %v", e.RetryAfter, r.column.fault.RetryAfter)
	}
}

func (r *cellRun) judgeSuccess(w want, got result) {
	if got.err != nil {
		r.surprise("failed: %v", got.err)
		return
	}
	all := len(r.clean.records)
	if got.records > all || got.records < all && (!w.cut || got.records == 0) {
		r.surprise("returned %d records, want %d", got.records, all)
	}
	var notes []client.NoteKind
	for _, n := range got.notes {
		notes = append(notes, n.Kind)
	}
	unexpected := w.note == "" && len(notes) > 0
	missing := w.note != "" && !slices.Contains(notes, w.note)
	if unexpected || missing {
		r.surprise("has the notes %q, want %q", notes, w.note)
	}
}

// judgeEffect compares what the results say with what the world shows.
func (r *cellRun) judgeEffect(results []result, done int) {
	sure := 0
	maybe := 0
	for _, result := range results {
		switch {
		case result.err == nil:
			sure++
		case errors.Is(result.err, client.ErrOutcomeUnknown):
			maybe++
		}
	}
	if done < sure {
		r.surprise("%d writes succeeded and the world shows %d", sure, done)
	}
	if done > sure+maybe && !r.column.lies {
		r.surprise("the world shows %d writes; %d succeeded, and %d may have been done", done, sure, maybe)
	}
	if done > len(results) {
		r.surprise("the world shows %d writes, %d were asked for", done, len(results))
	}
}

// judgeSecrets looks for the key in everything that a program might print.
func (r *cellRun) judgeSecrets(results []result) {
	texts := map[string]string{"the log": r.log.String()}
	for _, result := range results {
		if result.err == nil {
			continue
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			texts["the error under "+verb] = fmt.Sprintf(verb, result.err)
		}
		for err := result.err; err != nil; err = errors.Unwrap(err) {
			texts[fmt.Sprintf("a %T", err)] = err.Error()
		}
		var e *client.Error
		if errors.As(result.err, &e) {
			fields := []string{e.Message, e.Detail, e.Sample, string(e.Body), e.RequestID, e.ContentType}
			texts["the error's fields"] = fmt.Sprintf("%q", fields)
		}
		raw, _ := json.Marshal(result.err)
		texts["the error as JSON"] = string(raw)
	}

	for where, text := range texts {
		if strings.Contains(text, secretPiece) {
			r.surprise("%s shows the key: %s", where, text)
		}
	}
}
