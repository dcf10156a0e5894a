package main

import "fmt"

// reason says why an exchange could not be checked.
type reason int

const (
	lostNothing reason = iota
	lostNoResponse
	lostLeft
	lostCut
	lostLarge
	lostPart
	lostBehind
	lostSwitched
	lostOnPath
	lostOpen
	lostUnreadable
	reasons
)

// lostText says it in two forms.
type lostText struct {
	sentence string // of one exchange, as a line in a log
	phrase   string // of several exchanges, after their number
}

var lostTexts = [reasons]lostText{
	lostNoResponse: {
		sentence: "there is no response",
		phrase:   "without a response",
	},
	lostLeft: {
		sentence: "the client left before the end of the exchange",
		phrase:   "left by the client before the end",
	},
	lostCut: {
		sentence: "the server responded, and the request did not pass whole after that",
		phrase:   "with a request that did not pass whole",
	},
	lostLarge: {
		sentence: fmt.Sprintf("a body is larger than %d MiB", maxKept>>20),
		phrase:   fmt.Sprintf("with a body over %d MiB", maxKept>>20),
	},
	lostPart: {
		sentence: "a part of a large body can only be checked with the rest of it",
		phrase:   "with a large body, a part of which can only be checked with the rest of it",
	},
	lostBehind: {
		sentence: "the checks are behind; exchanges arrive faster than they can be checked",
		phrase:   "that arrived faster than they could be checked",
	},
	lostSwitched: {
		sentence: "it switched to another protocol",
		phrase:   "that switched to another protocol",
	},
	lostOnPath: {
		sentence: fmt.Sprintf("a body is larger than %d MiB, and --fail holds no larger ones", maxOnPath>>20),
		phrase:   fmt.Sprintf("with a body over %d MiB, which --fail does not hold", maxOnPath>>20),
	},
	lostOpen: {
		sentence: "the proxy was stopped before",
		phrase:   "still open or unchecked when the proxy was stopped",
	},
	lostUnreadable: { // named by the error of its line
		phrase: "that cannot be read in the recording",
	},
}

func (r reason) sentence() string { return lostTexts[r].sentence }

func (r reason) phrase() string { return lostTexts[r].phrase }
