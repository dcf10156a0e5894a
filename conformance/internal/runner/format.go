package runner

// File is one case file.
type File struct {
	// Resource is the file's name without .yaml.
	Resource Text    `yaml:"resource"`
	About    string  `yaml:"about"`
	Cases    []*Case `yaml:"cases"`
}

// Case is a sequence of steps that belong together. On the mock each case has
// its own world, so it sees nothing that another case stored.
type Case struct {
	// Name is unique over all files, in kebab-case.
	Name Text `yaml:"name"`
	// About says what the case shows.
	About string `yaml:"about"`
	// Operation is the operationId that the case is about. Steps may name
	// others.
	Operation Text `yaml:"operation"`
	// Use and Generation name one of the operation's x-uses. A case has both or
	// neither.
	Use        Text `yaml:"use"`
	Generation Text `yaml:"generation"`
	// Keys runs the case once for each state of the key, as NAME-STATE.
	Keys []Text `yaml:"keys"`
	// Live says whether the case may run against a live tenant: read, write
	// (only with permission) or never. Without it the case never does: somebody
	// has to decide that a case suits a tenant.
	Live Text `yaml:"live"`
	// Decided names the choice of the mock that the case depends on, where the
	// documents leave one. Such a case never runs against a live tenant.
	Decided Text    `yaml:"decided"`
	Steps   []*Step `yaml:"steps"`

	file     string // customers.yaml
	resource string // customers
}

// Step is one call of the client, one body sent without the client, or one
// response served to the client. Exactly one of Call and Send says how the
// request is made. With Serve, the runner responds itself.
type Step struct {
	// Call names a method of the client, for example Customers.Add.
	Call Text `yaml:"call"`
	// Send is true to send the body unchanged, without the client.
	Send Value `yaml:"send"`
	// Serve names the sample that a local server returns.
	Serve Text `yaml:"serve"`
	// ServeThen is the body that the local server returns to every request
	// after the first, for calls that ask for more pages. Without it the server
	// returns the sample again.
	ServeThen Value `yaml:"serve_then"`

	// Operation is the step's operation if it is not the case's.
	Operation Text `yaml:"operation"`
	// Key is the state of the key; good if left out.
	Key Text `yaml:"key"`

	// Sample names the request sample that is the body or the argument.
	Sample Text `yaml:"sample"`
	// Args is the body or the argument if Sample is empty.
	Args Value `yaml:"args"`
	// Set puts values into the sample or the argument, by JSON pointer.
	Set map[string]Value `yaml:"set"`
	// Remove removes fields from it, by JSON pointer.
	Remove []Text `yaml:"remove"`
	// Raw is a body that need not be JSON. Only for Send.
	Raw Text `yaml:"raw"`
	// ContentType is the type of a body that Send sends; application/json if
	// left out.
	ContentType Text `yaml:"content_type"`
	// Method is the HTTP method that Send uses; the contract's if left out.
	Method Text `yaml:"method"`
	// AsQuery puts the body into the query string under this name, as the
	// oldest call expects it, and sends no body.
	AsQuery Text `yaml:"as_query"`
	// Query is the query string that Send sends, by name. ${key} is the key
	// itself, which is then not sent in a header.
	Query map[string]Text `yaml:"query"`

	// Sends names the sample that the client must put on the wire, if it is not
	// the argument itself. SendsSet changes it, Set does not.
	Sends    Text             `yaml:"sends"`
	SendsSet map[string]Value `yaml:"sends_set"`

	// Invalid says what is wrong with the request. The run fails if the checker
	// does not notice.
	Invalid Text `yaml:"invalid"`
	// HTTP is the status of a served response; 200 if left out.
	HTTP Value `yaml:"http"`

	Expect Expect `yaml:"expect"`
	// MockOnly marks a step that stores data which a tenant has anyway. It
	// never runs against a live tenant.
	MockOnly bool `yaml:"mock_only"`
	// SkipOn names a documented failure that ends the case without a verdict,
	// for example if a tenant has no data.
	SkipOn Text `yaml:"skip_on"`
	// SkipUnless ends the case in the same way if the response has no value at
	// this JSON pointer.
	SkipUnless Text `yaml:"skip_unless"`
	// Save keeps values of the response under a name, by JSON pointer.
	Save map[string]Text `yaml:"save"`

	served []byte // response to serve, in a derived case
	line   int
}

// local reports whether the runner serves the response itself.
func (s *Step) local() bool { return s.Serve.Given() || s.served != nil }

// Expect is the expected outcome of a step.
type Expect struct {
	// Response is the component schema of the response. Without it, Success or
	// Failure decides, and without these the case's use.
	Response Text `yaml:"response"`
	// Success and Failure name one of the operation's x-successes or
	// x-failures. The text must be the documented one.
	Success Text `yaml:"success"`
	Failure Text `yaml:"failure"`
	// HTTP is a status. Cases give it only if a page does.
	HTTP Value `yaml:"http"`
	// Fields are expectations on the response's body, by JSON pointer.
	Fields map[string]Match `yaml:"fields"`
	// Result are expectations on the value that the client's method returned,
	// encoded as JSON.
	Result map[string]Match `yaml:"result"`
	// Error is the code of the client's error.
	Error Text `yaml:"error"`
	// Undeclared is the number of undeclared fields that the client must report.
	Undeclared Value `yaml:"undeclared"`
	// Exchanges is the number of requests that the step must make; 1 if left out.
	Exchanges Value `yaml:"exchanges"`
	// Exchange is the request, counted from 1, that the other expectations are
	// about; the last if left out.
	Exchange Value `yaml:"exchange"`
}

// exchanges is the number of requests that the step must make.
func (e *Expect) exchanges() int {
	if e.Exchanges.Given() {
		return intOf(e.Exchanges)
	}
	return 1
}

// keyState is the state of the key that the step needs.
func (s *Step) keyState() string {
	if s.Key.Given() {
		return s.Key.Value
	}
	return KeyGood
}

// placeholders lists the names that the step's values mention.
func (s *Step) placeholders() []string {
	all := placeholdersIn(s.Args.JSON)
	all = append(all, placeholdersIn(s.Raw.Value)...)
	for _, set := range []map[string]Value{s.Set, s.SendsSet} {
		for _, value := range set {
			all = append(all, placeholdersIn(value.JSON)...)
		}
	}
	return all
}

// expectedResponse returns the component schema that the response of a step
// must fit, and the documented outcome, if the step names one. The component is
// "" if the step does not say which response it expects.
func expectedResponse(c *Case, step *Step, op *operation) (component string, documented *outcome) {
	expect := &step.Expect
	switch {
	case expect.Failure.Given():
		documented, _ = op.failure(expect.Failure.Value)
	case expect.Success.Given():
		documented, _ = op.success(expect.Success.Value)
	}

	switch {
	case expect.Response.Given():
		return expect.Response.Value, documented
	case documented != nil:
		return documented.Response, documented
	}
	if op.ID == c.Operation.Value {
		if use, ok := op.described.Use(c.Use.Value, c.Generation.Value); ok {
			return use.Response, nil
		}
	}
	return "", nil
}
