package client

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/rawjson"
)

var record = func() string {
	c := gen.Customer{ID: 700000001, Name: "Asha Rao", Address: "12 Lake Road", City: "Bengaluru", State: "Karnataka", Country: "India", CmID: 1000298, CompanyPhone: "9000000001",
		CurrentStatus: "N", CompanyStatus: "A", CustomerType: "t", FeedbackOnCustomer: "0", ImageReferenceID: "CUS_2024-05-02 16:15:42.249", MaxCreditAmt: 1.5, TotalNoOfEnquiries: 1, Zone: 49827}
	for i := range 2 {
		c.Contacts = append(c.Contacts, gen.Contact{ID: int64(800000001 + i), Email: "asha@example.com", Phone: "9000000001", ContactPerson: "Asha Rao", LeadID: 700000001, MaritalStatus: " ", Gender: " "})
	}
	_ = json.Unmarshal([]byte(`{"generationDate":"May 2, 2024 4:15:42 PM","lastModificationTime":{"year":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42},
		"attr1":"","attr2":"","attr3":"","attr4":"","attr5":"","attr6":"","attr7":"","attr8":"","attr9":"","attr10":"","deleted":false,"isApi":true}`), &c)
	text, _ := json.Marshal(c)
	return string(text)
}()

func manyRecords(n int) []byte {
	return []byte(`{"message":[` + strings.TrimSuffix(strings.Repeat(record+",", n), ",") + `],"status":"success"}`)
}

// What streaming costs, and what it keeps: compare the two, of one run.
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
			err := l.Read(bytes.NewReader(body), func(element []byte) error {
				n++
				c := &Customer{}
				c.identify("id")
				return c.UnmarshalJSON(element)
			})
			if err != nil || n != 5000 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("inspect", func(b *testing.B) {
		b.SetBytes(int64(len(record)))
		text := []byte(record)
		for b.Loop() {
			if in, err := rawjson.Inspect(text, "id"); err != nil || len(in.Notes) > 0 {
				b.Fatal(in.Notes, err)
			}
		}
	})
}
