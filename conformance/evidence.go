package conformance

import (
	"fmt"
	"strings"
)

const extensionEvidence = "x-evidence"

// evidence is what an x-evidence extension says: its strongest class and
// what is cited for that.
type evidence struct {
	class   Class
	sources []string
}

// evidenceOf reads x-evidence; nil if there is none that can be read.
func evidenceOf(extensions map[string]any) *evidence {
	said, ok := extensions[extensionEvidence].(map[string]any)
	if !ok {
		return nil
	}
	for _, class := range []Class{Documented, Observed, Inferred} {
		list, ok := said[string(class)]
		if !ok {
			continue
		}
		e := &evidence{class: class}
		switch list := list.(type) {
		case []any:
			for _, source := range list {
				if text, ok := source.(string); ok {
					e.sources = append(e.sources, text)
				}
			}
		case string:
			e.sources = []string{list}
		}
		return e
	}
	return nil
}

// maxCited keeps a sentence readable; a finding's Sources have them all.
const maxCited = 2

// blame decides whose fault a broken rule is, and says why.
func blame(side Side, e *evidence) (fault Fault, why string) {
	cited := ""
	if e != nil && len(e.sources) > 0 {
		first := e.sources[:min(len(e.sources), maxCited)]
		cited = " (" + strings.Join(first, "; ")
		if more := len(e.sources) - len(first); more > 0 {
			cited += fmt.Sprintf(" and %d more", more)
		}
		cited += ")"
	}
	switch {
	case side == SideRequest:
		return FaultClient, "a request must keep to the contract"
	case e == nil:
		return FaultServer, "the contract names no evidence here, so it is taken at its word"
	case e.class == Documented:
		return FaultServer, "the answer breaks what is documented" + cited
	case e.class == Observed:
		return FaultContract, "the contract only observed this, no page states it" + cited
	}
	return FaultContract, "the contract only inferred this, no page states it" + cited
}

// blameSender is for what JSON and HTTP themselves forbid.
func blameSender(side Side) (fault Fault, why string) {
	if side == SideRequest {
		return FaultClient, "the client sent it, and JSON or HTTP itself forbids it"
	}
	return FaultServer, "the server sent it, and JSON or HTTP itself forbids it"
}
