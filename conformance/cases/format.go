package cases

// File is one case file.
type File struct {
	// Resource is the file's own name without .yaml.
	Resource Text    `yaml:"resource"`
	About    string  `yaml:"about"`
	Cases    []*Case `yaml:"cases"`
}

// Case is a sequence of steps that belong together. On the mock each case has
// a world of its own: nothing that another case stored is seen.
type Case struct {
	// Name is unique over all files, in kebab-case.
	Name Text `yaml:"name"`
	// About tells a reader what the case shows.
	About string `yaml:"about"`
	// Operation is the operationId that the case is about. Steps may name
	// others.
	Operation Text `yaml:"operation"`
	// Use and Generation name one of the operation's x-uses; both or neither.
	Use        Text `yaml:"use"`
	Generation Text `yaml:"generation"`
	// Keys runs the case once for each state of the key, named NAME-STATE.
	Keys []Text `yaml:"keys"`
	// Live says whether the case may meet a live tenant: read, write (with
	// permission only) or never. Left out, it is never: a case is fit for a
	// tenant only if somebody has thought about it.
	Live Text `yaml:"live"`
	// Decided says which choice of the mock the case rests on, where the
	// documents leave one. Such a case never meets a live tenant.
	Decided Text    `yaml:"decided"`
	Steps   []*Step `yaml:"steps"`

	file string // customers.yaml
}

// Step is one call, one body sent by hand, or one answer served to the client.
// Exactly one of Call and Send says how the request is made. Serve beside it
// says that the runner answers it itself.
type Step struct {
	// Call names a method of the client, for example Customers.Add.
	Call Text `yaml:"call"`
	// Send is true to send the body as it stands, past the client.
	Send Value `yaml:"send"`
	// Serve names the sample that a local server answers.
	Serve Text `yaml:"serve"`
	// ServeThen is the body that it answers to every request after the first,
	// for calls that ask on; the same sample again if left out.
	ServeThen Value `yaml:"serve_then"`

	// Operation is the step's own operation where it is not the case's.
	Operation Text `yaml:"operation"`
	// Key is the state of the key: good if left out.
	Key Text `yaml:"key"`

	// Sample names the request sample that is the body or the argument.
	Sample Text `yaml:"sample"`
	// Args is the argument where no sample is.
	Args Value `yaml:"args"`
	// Set puts values into the sample or the argument, by JSON pointer.
	Set map[string]Value `yaml:"set"`
	// Remove takes members out of it, by JSON pointer.
	Remove []Text `yaml:"remove"`
	// Raw is a body that need not be JSON. Send alone.
	Raw Text `yaml:"raw"`
	// ContentType of a body that Send sends; application/json if left out.
	ContentType Text `yaml:"content_type"`
	// Method of a request that Send sends; the contract's own if left out.
	Method Text `yaml:"method"`
	// AsQuery puts the body into the query string under this name, as the
	// oldest call wants it, and sends none.
	AsQuery Text `yaml:"as_query"`
	// Query is the query string that Send sends, by name. ${key} is the key
	// itself, which is then in no header.
	Query map[string]Text `yaml:"query"`

	// Sends names the sample that the client must put on the wire, where it
	// is not the argument itself. Set does not change it, SendsSet does.
	Sends    Text             `yaml:"sends"`
	SendsSet map[string]Value `yaml:"sends_set"`

	// Invalid says what is wrong with the request. The run then fails if the
	// checker does not notice.
	Invalid Text `yaml:"invalid"`
	// HTTP is the status under which Serve answers; 200 if left out.
	HTTP Value `yaml:"http"`

	Expect Expect `yaml:"expect"`
	// MockOnly marks a step that puts data there which a tenant has anyway; a
	// live tenant never gets it.
	MockOnly bool `yaml:"mock_only"`
	// SkipOn names a documented failure that ends the case without a verdict:
	// a tenant without data, say.
	SkipOn Text `yaml:"skip_on"`
	// SkipUnless ends the case likewise where the answer lacks the value at
	// this JSON pointer.
	SkipUnless Text `yaml:"skip_unless"`
	// Save keeps values of the answer under a name, by JSON pointer.
	Save map[string]Text `yaml:"save"`

	line int
}

// Expect is what a step must bring.
type Expect struct {
	// Answer is the component schema of the answer. It follows from Success
	// and Failure, and from the case's use where none of the three stands.
	Answer Text `yaml:"answer"`
	// Success and Failure name one of the operation's x-successes or
	// x-failures; the text must be the documented one.
	Success Text `yaml:"success"`
	Failure Text `yaml:"failure"`
	// HTTP is a status, only where a page gives one.
	HTTP Value `yaml:"http"`
	// Members are expectations on the answer's body, by JSON pointer.
	Members map[string]Match `yaml:"members"`
	// Result are expectations on what the client's method returned, as JSON.
	Result map[string]Match `yaml:"result"`
	// Error is the code that the client's error must bear.
	Error Text `yaml:"error"`
	// Undeclared is how many undeclared members the client must report.
	Undeclared Value `yaml:"undeclared"`
	// Exchanges is how many requests the step must make; 1 if left out.
	Exchanges Value `yaml:"exchanges"`
	// Exchange is the one, counted from 1, that the rest is about where there
	// are several; the last if left out.
	Exchange Value `yaml:"exchange"`
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
