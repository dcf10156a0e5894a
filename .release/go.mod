// This module packs the program. It is separate so that it adds nothing to the requirements of the client, and it uses
// only the standard library.
module github.com/kapture-community/kapture-go/.release

go 1.26.0
