package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
	"github.com/kapture-community/kapture-go/spec"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// judge checks exchanges that were not made by cases, and keeps what a report
// needs. It is safe for concurrent use: no check waits for another one.
type judge struct {
	doc     *openapi3.T
	checker *conformance.Checker
	tally   *runner.Tally
	reads   map[string]bool // operations that the contract calls idempotent
	// foreignIsFinding says that the exchanges are a client's of Kapture only. A
	// browser also has others.
	foreignIsFinding bool

	mu      sync.Mutex
	rows    []report.Case
	passed  map[string]*report.Case // by operation: what conforms is one row
	checked int
	foreign int            // at paths that are not in the contract
	lost    map[reason]int // could not be checked
	halves  int            // have no response, or none that can be read
	refused int            // were not passed on
	partly  map[string]int // a part is unknown, by what is written about it
}

// unknown says what a recording left out of an exchange: that something is
// missing there proves nothing.
type unknown struct {
	credential  bool // no request of the recording has one
	requestBody bool
	// redacted says that credentials were cut out.
	redacted bool
	// others says that exchanges with other servers are expected.
	others bool
}

// newJudge prepares the contract. basePath is a path under which the server
// serves.
func newJudge(showValues bool, basePath string) (*judge, error) {
	doc, checker, err := loadContract(showValues, basePath)
	if err != nil {
		return nil, err
	}
	tally, err := runner.NewTally(doc, checker, spec.FS)
	if err != nil {
		return nil, err
	}

	reads := map[string]bool{}
	for _, op := range contract.Operations() {
		reads[op.ID] = op.Idempotent
	}

	return &judge{
		doc:     doc,
		checker: checker,
		tally:   tally,
		reads:   reads,
		passed:  map[string]*report.Case{},
		lost:    map[reason]int{},
		partly:  map[string]int{},
	}, nil
}

// doesNotLoad is for the contract that this program contains.
func doesNotLoad(err error) error {
	const advice = "this is a mistake of the program: report it with its --version"
	return fmt.Errorf("the contract does not load: %w; %s", err, advice)
}

// loadContract makes the checker of the contract.
func loadContract(showValues bool, basePath string) (*openapi3.T, *conformance.Checker, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, nil, doesNotLoad(err)
	}

	options := []conformance.Option{
		conformance.WithValues(showValues),
		conformance.WithBundle("spec/dist/kapture.json"),
		conformance.WithLocation(func(file string, line int) string {
			return "spec/" + path.Base(file) + ":" + strconv.Itoa(line)
		}),
	}

	if basePath != "" {
		options = append(options, conformance.WithBasePath(basePath))
	}

	checker, err := conformance.NewChecker(doc, options...)
	if err != nil {
		return nil, nil, doesNotLoad(err)
	}
	return doc, checker, nil
}

// check checks one exchange and counts it. The result has no operation if the
// path is not in the contract, and no finding either if that is expected.
func (j *judge) check(ctx context.Context, ex conformance.Exchange, not unknown) conformance.Result {
	result := j.look(ctx, ex, not)
	j.count(ex, result, 0)
	j.note(result, not)
	return result
}

// checkResponse is as check for an exchange whose request has been checked:
// ofRequest is the result of that. What depends on both is checked together.
func (j *judge) checkResponse(
	ctx context.Context, ex conformance.Exchange, ofRequest conformance.Result,
) conformance.Result {
	isSame := ofRequest.Operation != "" && ofRequest.Operation == ex.Operation && ofRequest.Name == ex.Name
	isSimple := ex.Request.Method != "" && ex.Request.Method != http.MethodHead && readable(ex)
	if !isSame || !isSimple || !ofRequest.OK() {
		return j.check(ctx, ex, unknown{})
	}

	response := ex
	response.Request = conformance.Request{}
	result := withoutCredentials(ex, ofRequest.Join(j.checker.Check(ctx, response)))
	j.count(ex, result, 0)
	j.note(result, unknown{})
	return result
}

// look checks one exchange and counts nothing.
func (j *judge) look(ctx context.Context, ex conformance.Exchange, not unknown) conformance.Result {
	if !readable(ex) {
		ex.Response = conformance.Response{}
	}

	operation, isKnown := j.find(ex)
	if !isKnown {
		return j.lookAtStray(ctx, ex, operation, not)
	}
	ex.Operation = operation
	result := j.checker.Check(ctx, ex)
	result.Findings = slices.DeleteFunc(result.Findings, not.covers)
	if not.redacted {
		result.Findings = slices.DeleteFunc(result.Findings,
			func(f conformance.Finding) bool { return isRedacted(ex, f) })
	}
	return withoutCredentials(ex, result)
}

// lookAtStray checks an exchange with a path, or with a method of a path, that is
// not in the contract. at is the operation that has the path, "" for none.
func (j *judge) lookAtStray(
	ctx context.Context, ex conformance.Exchange, at string, not unknown,
) conformance.Result {
	nothing := conformance.Result{Name: ex.Name}
	if at == "" && ex.Request.Method == http.MethodOptions {
		return nothing // a browser asks first whether it may call
	}
	if at == "" {
		ex.Response = conformance.Response{} // nothing describes it
	}

	result := j.checker.Check(ctx, ex)
	result.Operation = at
	result.Findings = slices.DeleteFunc(result.Findings, not.covers)
	isExpected := at == "" && (not.others || !j.foreignIsFinding)
	if isExpected && !misspelt(result) {
		return nothing
	}
	return withoutCredentials(ex, result)
}

// withoutCredentials cuts the credentials of an exchange out of what a report
// shows of it.
func withoutCredentials(ex conformance.Exchange, result conformance.Result) conformance.Result {
	if len(result.Findings) == 0 && len(result.Drift) == 0 {
		return result
	}
	s := new(credentialFinder).secretsOf(ex)
	for i := range result.Findings {
		s.hideIn(&result.Findings[i])
	}
	for i := range result.Drift {
		s.hideInDrift(&result.Drift[i])
	}
	return result
}

// misspelt reports whether the path of an exchange is nearly one of the
// contract.
func misspelt(result conformance.Result) bool {
	return slices.ContainsFunc(result.Findings, func(f conformance.Finding) bool {
		return f.Code == conformance.CodeOperationUnknown && f.Location != ""
	})
}

// covers reports whether a finding only says that something is absent which is
// not known.
func (u unknown) covers(f conformance.Finding) bool {
	switch f.Code {
	case conformance.CodeCredentialMissing:
		return u.credential
	case conformance.CodeBodyMissing:
		return u.requestBody && f.Side == conformance.SideRequest
	}
	return false
}

// maxFailureBody is the size above which a response is not looked through for a
// documented failure, in bytes: that would decode it again, and each of them is
// a message of a few words.
const maxFailureBody = 16 << 10

// count adds a result to the report. took is how long the exchange was on its
// way, 0 if that is not known.
func (j *judge) count(ex conformance.Exchange, result conformance.Result, took time.Duration) {
	isForeign := result.Operation == ""
	if !isForeign {
		response := ex.Response.Body
		if len(response) > maxFailureBody {
			response = nil
		}
		j.tally.Add(result, response)
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	if isForeign {
		j.foreign++
		if len(result.Findings) == 0 {
			return
		}
	} else {
		j.checked++
		if ex.Response.Status == 0 || !readable(ex) {
			j.halves++
		}
	}
	j.addRow(report.Case{
		Name:      ex.Name,
		Operation: result.Operation,
		Status:    report.Passed,
		Duration:  took,
		Exchanges: 1,
		Findings:  result.Findings,
		Drift:     result.Drift,
	}, result.OK())
}

// addRow must be called with the lock held.
func (j *judge) addRow(row report.Case, ok bool) {
	if !ok {
		row.Status = report.Failed
		if len(j.rows) < maxRows {
			j.rows = append(j.rows, row)
			return
		}
		row.Findings = row.Findings[:min(1, len(row.Findings))]
	}
	j.addToSum(row)
}

// addToSum adds what conforms, and what is beyond the rows that are kept, to the
// row of its operation. It must be called with the lock held.
func (j *judge) addToSum(row report.Case) {
	operation := row.Operation
	sum := j.passed[operation]
	if sum == nil {
		sum = &report.Case{Name: "all other exchanges of " + operation, Operation: operation, Status: report.Passed}
		j.passed[operation] = sum
	}

	sum.Exchanges++
	sum.Duration += row.Duration
	if row.Status == report.Failed {
		sum.Status = report.Failed
	}
	if len(sum.Drift) < maxRows {
		sum.Drift = append(sum.Drift, row.Drift...)
	}
	if len(sum.Findings) < maxRows {
		sum.Findings = append(sum.Findings, row.Findings...)
	}
}

// note counts what a recording left out.
func (j *judge) note(result conformance.Result, not unknown) {
	if result.Operation == "" {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if not.requestBody {
		j.partly["recorded without the request's body, which is not judged"]++
	}
	if not.credential {
		j.partly["of a recording without any credential, whose credentials are not judged; Chrome leaves them out "+
			"unless its setting says otherwise"]++
	}
}

// find returns the operation that an exchange belongs to. isKnown reports that
// its method is the operation's, too. A known path with another method is to be
// found wrong, unless a browser asks first whether it may call it.
func (j *judge) find(ex conformance.Exchange) (at string, isKnown bool) {
	address, err := url.Parse(ex.Request.URL)
	if err != nil {
		return "", false
	}
	path := address.EscapedPath()
	if id, ok := j.checker.Find(ex.Request.Method, path); ok {
		return id, true
	}
	if ex.Request.Method == http.MethodOptions {
		return "", false
	}

	for _, op := range j.checker.Operations() {
		if id, ok := j.checker.Find(op.Method, path); ok {
			return id, false
		}
	}
	return "", false
}

// readable reports whether the response can be checked: false for one in a coding
// that the checker does not undo, if the client asked for it. One that the client
// did not ask for is the server's fault, which the check finds.
func readable(ex conformance.Exchange) bool {
	coding := codingOf(ex.Response.Header)
	switch coding {
	case "", "identity", "gzip", "x-gzip":
		return true
	}
	accepted := strings.Join(ex.Request.Header.Values("Accept-Encoding"), ",")
	return !strings.Contains(strings.ToLower(accepted), coding)
}

// lose counts an exchange of which too little is known for a check.
func (j *judge) lose(why reason) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lost[why]++
}

// refuse counts a request that was not passed on.
func (j *judge) refuse() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.refused++
}

// nothing reports whether there is nothing to report on.
func (j *judge) nothing() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.checked == 0 && len(j.rows) == 0
}

// maxRows bounds what is kept: a proxy may run for days.
const maxRows = 1000

// report sums up.
func (j *judge) report(target, profile string, started time.Time) *report.Run {
	j.mu.Lock()
	defer j.mu.Unlock()

	run := &report.Run{
		Tool:       report.Tool{Name: "kapture-conformance", Version: version()},
		Contract:   report.Contract{Title: j.doc.Info.Title, Version: j.doc.Info.Version, Hash: j.tally.Hash()},
		Target:     target,
		Profile:    profile,
		Started:    started,
		Duration:   time.Since(started),
		Operations: j.tally.Operations(),
		Coverage:   j.tally.Coverage(),
		Cases:      slices.Clone(j.rows),
		Unchecked:  j.halves,
		Notes:      j.notes(),
	}

	for _, count := range j.lost {
		run.Unchecked += count
	}
	for _, operation := range slices.Sorted(maps.Keys(j.passed)) {
		run.Cases = append(run.Cases, *j.passed[operation])
	}
	return run
}

// notes must be called with the lock held.
func (j *judge) notes() []string {
	var notes []string
	add := func(count int, text string) {
		if count > 0 {
			notes = append(notes, words.Plural(count, "exchange")+" "+text)
		}
	}

	add(j.foreign, "used paths that are not in the contract")
	for why := range reasons {
		add(j.lost[why], why.phrase()+": not checked")
	}
	add(j.halves, "without a response, or with one in an unsupported content coding; only the requests were checked")
	add(j.refused, "refused: the proxy passes on only requests for its own server")
	for _, text := range slices.Sorted(maps.Keys(j.partly)) {
		add(j.partly[text], text)
	}
	return notes
}
