// What packages the program, in a module of its own: nothing here is a requirement of the client. It needs only the
// standard library.
module github.com/kapture-community/kapture-go/.release

go 1.26.0
