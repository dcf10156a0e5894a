package wire

import (
	"encoding/json"
	"testing"
	"time"
)

// A contact as "Get Customer API (2024)" returns it, with made-up names and
// numbers.
const benchContact = `{
	"id": 200000001, "cmId": 1000298, "leadId": 700000001, "contactPerson": "Asha", "gender": " ",
	"phone": "9000000001", "additionalPhone": "", "email": "user@example.com",
	"isPrimaryContact": true, "isActive": true,
	"generationDate": {"year": 2024, "month": 4, "dayOfMonth": 2, "hourOfDay": 16, "minute": 15, "second": 42},
	"parentContactId": 0, "subOfficeId": 0, "creatorId": 0, "age": 0, "maritalStatus": " ", "isGuest": false,
	"phoneCountryCode": "", "enquiryId": 0, "orderId": 0, "isMergeEnable": false,
	"imageReferenceId": "CUS_2024-05-02 16:15:42.249"
}`

type benchCommon struct {
	ContactPerson    string `json:"contactPerson,omitzero"`
	Gender           string `json:"gender,omitzero"`
	Phone            string `json:"phone,omitzero"`
	AdditionalPhone  string `json:"additionalPhone,omitzero"`
	Email            string `json:"email,omitzero"`
	Age              int64  `json:"age,omitzero"`
	MaritalStatus    string `json:"maritalStatus,omitzero"`
	PhoneCountryCode string `json:"phoneCountryCode,omitzero"`
}

type benchWire struct {
	benchCommon
	ID               ID   `json:"id,omitzero"`
	CmID             ID   `json:"cmId,omitzero"`
	LeadID           ID   `json:"leadId,omitzero"`
	IsPrimaryContact Flag `json:"isPrimaryContact,omitzero"`
	IsActive         Flag `json:"isActive,omitzero"`
	GenerationDate   Time `json:"generationDate,omitzero"`
	ParentContactID  ID   `json:"parentContactId,omitzero"`
	SubOfficeID      ID   `json:"subOfficeId,omitzero"`
	CreatorID        ID   `json:"creatorId,omitzero"`
	IsGuest          Flag `json:"isGuest,omitzero"`
	EnquiryID        ID   `json:"enquiryId,omitzero"`
	OrderID          ID   `json:"orderId,omitzero"`
	IsMergeEnable    Flag `json:"isMergeEnable,omitzero"`
	ImageReferenceID Time `json:"imageReferenceId,omitzero"`
}

type benchPlain struct {
	benchCommon
	ID               int64 `json:"id,omitzero"`
	CmID             int64 `json:"cmId,omitzero"`
	LeadID           int64 `json:"leadId,omitzero"`
	IsPrimaryContact bool  `json:"isPrimaryContact,omitzero"`
	IsActive         bool  `json:"isActive,omitzero"`
	GenerationDate   struct {
		Year       int `json:"year"`
		Month      int `json:"month"`
		DayOfMonth int `json:"dayOfMonth"`
		HourOfDay  int `json:"hourOfDay"`
		Minute     int `json:"minute"`
		Second     int `json:"second"`
	} `json:"generationDate,omitzero"`
	ParentContactID  int64  `json:"parentContactId,omitzero"`
	SubOfficeID      int64  `json:"subOfficeId,omitzero"`
	CreatorID        int64  `json:"creatorId,omitzero"`
	IsGuest          bool   `json:"isGuest,omitzero"`
	EnquiryID        int64  `json:"enquiryId,omitzero"`
	OrderID          int64  `json:"orderId,omitzero"`
	IsMergeEnable    bool   `json:"isMergeEnable,omitzero"`
	ImageReferenceID string `json:"imageReferenceId,omitzero"`
}

func benchDecode[T any](b *testing.B, data []byte) {
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		var v T
		if err := json.Unmarshal(data, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func benchEncode[T any](b *testing.B, data []byte) {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(&v); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecode decodes one contact with and without wire types. Its ratio
// sub-benchmark takes both in turn, so that a busy machine burdens both alike.
func BenchmarkDecode(b *testing.B) {
	data := []byte(benchContact)
	b.Run("plain", func(b *testing.B) { benchDecode[benchPlain](b, data) })
	b.Run("wire", func(b *testing.B) { benchDecode[benchWire](b, data) })
	b.Run("ratio", func(b *testing.B) {
		var plain, wire time.Duration
		for b.Loop() {
			start := time.Now()
			var p benchPlain
			if err := json.Unmarshal(data, &p); err != nil {
				b.Fatal(err)
			}
			middle := time.Now()
			var w benchWire
			if err := json.Unmarshal(data, &w); err != nil {
				b.Fatal(err)
			}
			plain += middle.Sub(start)
			wire += time.Since(middle)
		}
		b.ReportMetric(float64(wire)/float64(plain), "wire/plain")
	})
}

func BenchmarkEncode(b *testing.B) {
	data := []byte(benchContact)
	b.Run("plain", func(b *testing.B) { benchEncode[benchPlain](b, data) })
	b.Run("wire", func(b *testing.B) { benchEncode[benchWire](b, data) })
}

// BenchmarkTimeRead measures the first look at a date. Decoding a response does
// not pay for it.
func BenchmarkTimeRead(b *testing.B) {
	moment := time.Date(2024, 5, 2, 16, 15, 42, 0, India)
	for form := FormMonthName; form <= FormRFC3339; form++ {
		b.Run(form.String(), func(b *testing.B) {
			v := DateTimeOf(moment, form)
			b.ReportAllocs()
			for b.Loop() {
				if v.Time().IsZero() {
					b.Fatal("not understood")
				}
			}
		})
	}
	b.Run("package time", func(b *testing.B) {
		for b.Loop() {
			if _, err := time.ParseInLocation("2006-01-02 15:04:05", "2024-05-02 16:15:42", India); err != nil {
				b.Fatal(err)
			}
		}
	})
}
