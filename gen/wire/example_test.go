package wire_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/kapture-community/kapture-go/gen/wire"
)

// One identifier, as a response has it and as a request has it.
func ExampleID() {
	var response struct {
		CustomerID wire.ID `json:"customer_id"`
	}
	if err := json.Unmarshal([]byte(`{"customer_id": 700000001}`), &response); err != nil {
		fmt.Println(err)
		return
	}
	asked := wire.TextID("700000001")
	fmt.Println(response.CustomerID, response.CustomerID == asked, response.CustomerID.Same(asked))

	n, ok := asked.Int64()
	fmt.Println(n, ok)
	// Output:
	// 700000001 false true
	// 700000001 true
}

func ExampleFlag() {
	var response struct {
		CityPotential wire.Flag `json:"cityPotential"`
	}
	if err := json.Unmarshal([]byte(`{"cityPotential": "false"}`), &response); err != nil {
		fmt.Println(err)
		return
	}
	value, known := response.CityPotential.Bool()
	fmt.Println(value, known)
	// Output: false true
}

// A customer and its contact write one moment in two forms.
func ExampleTime() {
	var customer struct {
		GenerationDate wire.Time `json:"generationDate"`
		Contacts       []struct {
			GenerationDate wire.Time `json:"generationDate"`
		} `json:"contacts"`
	}
	err := json.Unmarshal([]byte(`{
		"generationDate": "May 2, 2024 4:15:42 PM",
		"contacts": [{"generationDate":
			{"year": 2024, "month": 4, "dayOfMonth": 2, "hourOfDay": 16, "minute": 15, "second": 42}}]
	}`), &customer)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, date := range []wire.Time{customer.GenerationDate, customer.Contacts[0].GenerationDate} {
		fmt.Println(date.Time().UTC().Format(time.DateTime), "from", date.Form())
	}
	// Output:
	// 2024-05-02 10:45:42 from MMM d, yyyy h:mm:ss a
	// 2024-05-02 10:45:42 from calendar object
}

// A date that does not exist is kept and reported, never moved to another day.
func ExampleTime_Valid() {
	var date wire.Time
	if err := json.Unmarshal([]byte(`"2024-02-30"`), &date); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(date.Valid(), date.Time().IsZero(), string(date.Literal()))
	// Output: false true "2024-02-30"
}

func ExampleDateOf() {
	// Half past eight in the evening in Greenwich is the next day in India.
	evening := time.Date(2024, 4, 30, 20, 30, 0, 0, time.UTC)
	request := map[string]wire.Time{
		"due_date":      wire.DateOf(evening),
		"callback_time": wire.DateTimeOf(evening, wire.FormDateTime),
	}
	b, err := json.Marshal(request)
	fmt.Println(string(b), err)
	// Output: {"callback_time":"2024-05-01 02:00:00","due_date":"2024-05-01"} <nil>
}
