package mock

import (
	"maps"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// handler returns the body of a success, or a *failedCall.
type handler func(*call) (any, error)

// endpoint serves one operation. Paths, generations and texts come from the
// contract.
type endpoint struct {
	// respond serves an operation with one use.
	respond handler
	// choose serves an operation with several uses, which share a URL and differ
	// in body and in response. It names the use of a body as the contract does,
	// for example "get (2021)". A body that is not JSON is nil.
	choose func(body any) (use string, respond handler)
	// emptyBody: the body says nothing. It is an empty form, or the query has
	// everything.
	emptyBody bool
	// keyInQuery: the key is in the query, not in the Authorization header.
	keyInQuery bool
}

// endpoints serves the operations, by operationId.
var endpoints = gather(
	customerEndpoints,
	enquiryEndpoints,
	ticketEndpoints,
	orderEndpoints,
	faqEndpoints,
	productEndpoints,
)

func gather(resources ...map[string]endpoint) map[string]endpoint {
	all := map[string]endpoint{}
	for _, resource := range resources {
		maps.Copy(all, resource)
	}
	return all
}

// useOf decides which use of an operation a body belongs to.
func (e endpoint) useOf(operation contract.Operation, body any) (contract.Use, handler) {
	if e.choose == nil {
		return operation.Uses[0], e.respond
	}

	name, respond := e.choose(body)
	for _, use := range operation.Uses {
		if use.String() == name {
			return use, respond
		}
	}
	return contract.Use{}, respond
}
