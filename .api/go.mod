// The gate of the public API. It is a separate module, so that its dependencies
// are not those of the client.
module github.com/kapture-community/kapture-go/.api

go 1.26.0

require (
	golang.org/x/exp v0.0.0-20261014143641-f0251eb4aa3e
	golang.org/x/mod v0.42.0
	golang.org/x/tools v0.52.0
)

require golang.org/x/sync v0.24.0 // indirect
