package client

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/wire"
)

// sampleRecord is a customer with as many fields as a real one has.
var sampleRecord = func() string {
	c := gen.Customer{
		ID:                 wire.NumberID(700000001),
		Name:               "Asha Rao",
		Address:            "12 Lake Road",
		City:               "Bengaluru",
		State:              "Karnataka",
		Country:            "India",
		CmID:               wire.NumberID(1000298),
		CompanyPhone:       "9000000001",
		CurrentStatus:      "N",
		CompanyStatus:      "A",
		CustomerType:       "t",
		FeedbackOnCustomer: "0",
		ImageReferenceID:   "CUS_2024-05-02 16:15:42.249",
		MaxCreditAmt:       1.5,
		TotalNoOfEnquiries: 1,
		Zone:               49827,
	}
	for i := range 2 {
		c.Contacts = append(c.Contacts, gen.Contact{
			ID:            wire.NumberID(int64(800000001 + i)),
			Email:         "asha@example.com",
			Phone:         "9000000001",
			ContactPerson: "Asha Rao",
			LeadID:        wire.NumberID(700000001),
			MaritalStatus: " ",
			Gender:        " ",
		})
	}
	const others = `{"generationDate":"May 2, 2024 4:15:42 PM",
		"lastModificationTime":{"year":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42},
		"attr1":"","attr2":"","attr3":"","attr4":"","attr5":"","attr6":"","attr7":"","attr8":"","attr9":"",
		"attr10":"","deleted":false,"isApi":true}`
	_ = json.Unmarshal([]byte(others), &c)
	text, _ := json.Marshal(c)
	return string(text)
}()

// manyRecords is a response with n customers.
func manyRecords(n int) []byte {
	records := strings.TrimSuffix(strings.Repeat(sampleRecord+",", n), ",")
	return []byte(`{"message":[` + records + `],"status":"success"}`)
}

// What streaming costs, and what it saves: compare whole and stream of one run.
func BenchmarkList(b *testing.B) {
	body := manyRecords(5000)
	b.Run("whole", func(b *testing.B) { // read all, decode all with encoding/json
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			text, _ := io.ReadAll(bytes.NewReader(body))
			var list gen.CustomerList
			if err := json.Unmarshal(text, &list); err != nil || len(list.Message) != 5000 {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream", func(b *testing.B) { // as Pull does: each record with its bytes, inspected, identified
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			l := &rawjson.List{Path: []string{"message"}, Max: 1 << 20}
			for element, err := range l.Elements(b.Context(), bytes.NewReader(body)) {
				if err != nil {
					b.Fatal(err)
				}
				n++
				c := &Customer{}
				c.prepare("id")
				if err := c.UnmarshalJSON(element); err != nil {
					b.Fatal(err)
				}
			}
			if n != 5000 {
				b.Fatal(n)
			}
		}
	})
	b.Run("inspect", func(b *testing.B) {
		b.SetBytes(int64(len(sampleRecord)))
		text := []byte(sampleRecord)
		for b.Loop() {
			if in, err := rawjson.Inspect(b.Context(), text, "id"); err != nil || len(in.Notes) > 0 {
				b.Fatal(in.Notes, err)
			}
		}
	})
}
