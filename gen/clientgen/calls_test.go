package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/spec/contract"
)

var twoOperations = []operation{
	{contract.Operation{ID: "getThing"}},
	{contract.Operation{ID: "addThing"}},
}

func TestOperationCalls(t *testing.T) {
	const source = `package client

func (s *ThingsService) Get(id string) { s.lookUp(id) }

func (s *ThingsService) GetAll(ids []string) { each(ids, s.Get) }

func (s *ThingsService) Add() { call(OpAddThing) }

func (s *ThingsService) lookUp(id string) { call(OpGetThing) }

func (c *Client) Raw() { call(opRaw) }

func call(op Operation) {}
`
	calls, err := operationCalls(folderWith(t, source), twoOperations)
	if err != nil {
		t.Fatal(err)
	}
	const want = "map[OpAddThing:[Things.Add] OpGetThing:[Things.Get Things.GetAll]]"
	if got := fmt.Sprint(calls); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMethodsThatCallNoOperationOrTwo(t *testing.T) {
	for body, constants := range map[string]string{
		"":                                     "0",
		"call(OpGetThing)\n\tcall(OpAddThing)": "2: [OpAddThing OpGetThing]",
	} {
		source := "package client\n\nfunc (s *ThingsService) Do() {\n\t" + body + "\n}\n"
		want := "ThingsService.Do must call one operation, but names the constants of " + constants
		_, err := operationCalls(folderWith(t, source), twoOperations)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", body, err, want)
		}
	}
}

func folderWith(t *testing.T, source string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "client.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}
