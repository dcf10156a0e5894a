package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/kapture-community/kapture-go/spec"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// Records makes lists of customers. Every record is the one of the sample of the
// pull of 2021, of 1.9 kB, with its own identifier.
type Records struct {
	// Spread puts the identifiers all over 1,000,000,000, in place of one after
	// the other.
	Spread bool
	// Undeclared adds three fields that the contract does not have, like the
	// records of a tenant that has added fields.
	Undeclared bool
	// Fault makes the name of the last record a number.
	Fault bool
}

// The list around the records, as the server of 2021 sends it.
const (
	listBegins = `{"message":[`
	listEnds   = `],"status":"success"}`
)

// firstID is the lowest identifier. All of them have ten digits.
const firstID = 1_000_000_000

// id returns the identifier of a record. The spread ones are a permutation of
// the numbers below 1,000,000,000: the factor has no divisor in common with it.
func (r Records) id(index int) int {
	if r.Spread {
		return firstID + index*387_420_489%1_000_000_000
	}
	return firstID + index
}

// template returns the record, and where its identifier is in it.
func (r Records) template() (record []byte, at int, err error) {
	sample, err := spec.Sample("customers/pull-2021.response.json")
	if err != nil {
		return nil, 0, err
	}
	var list struct {
		Message []json.RawMessage `json:"message"`
	}
	if err := json.Unmarshal(sample, &list); err != nil {
		return nil, 0, err
	}
	var id struct {
		ID json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(list.Message[0], &id); err != nil {
		return nil, 0, err
	}
	var text bytes.Buffer
	if err := json.Compact(&text, list.Message[0]); err != nil {
		return nil, 0, err
	}

	before := append([]byte(`{"id":`), id.ID...)
	after := fmt.Appendf(nil, `{"id":%d`, firstID)
	if !bytes.HasPrefix(text.Bytes(), before) {
		return nil, 0, fmt.Errorf("the sample does not begin with its identifier: %.20q", text.Bytes())
	}
	record = append(after, text.Bytes()[len(before):]...)
	if r.Undeclared {
		record = append(record[:len(record)-1], `,"tenantRegion":"south","tenantScore":17,"tenantSince":"2021-04"}`...)
	}
	return record, len(`{"id":`), nil
}

// write writes a list of n records, the first of which has an index. It holds a
// few records only.
func (r Records) write(to io.Writer, index, n int) error {
	record, at, err := r.template()
	if err != nil {
		return err
	}

	record = append(record, ',')
	const most = 32 << 10
	buffer := append(make([]byte, 0, most+len(record)), listBegins...)
	for i := range n {
		strconv.AppendInt(record[:at], int64(r.id(index+i)), 10)
		last := i == n-1
		if last {
			record = r.last(record)
		}
		buffer = append(buffer, record...)
		if last || len(buffer) > most {
			if _, err := to.Write(buffer); err != nil {
				return err
			}
			buffer = buffer[:0]
		}
	}
	_, err = io.WriteString(to, listEnds)
	return err
}

// last returns the last record of a list: without the comma, and with its fault.
func (r Records) last(record []byte) []byte {
	record = bytes.TrimSuffix(record, []byte(","))
	if r.Fault {
		return bytes.Replace(record, []byte(`"name":"`), []byte(`"name":17,"tenantName":"`), 1)
	}
	return record
}

// list returns a list of n records.
func (r Records) list(n int) ([]byte, error) {
	var text bytes.Buffer
	err := r.write(&text, 0, n)
	return text.Bytes(), err
}

// sample returns a sample of the contract without its blanks.
func sample(name string) ([]byte, error) {
	text, err := spec.Sample(name)
	if err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	err = json.Compact(&compact, text)
	return compact.Bytes(), err
}

// pathOf returns the path of an operation.
func pathOf(operation string) string {
	op, _ := contract.ByID(operation)
	return op.Path
}
