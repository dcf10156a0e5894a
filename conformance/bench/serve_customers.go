package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

func init() { helpers["customers"] = customersServer }

// customersServer responds to a pull with prepared records, the same at each
// request for a day. The lists of the first days are prepared as a whole.
func customersServer(o serveOptions) (http.Handler, error) {
	records := Records{Spread: o.Spread}
	small, err := preparedServer(o)
	if err != nil {
		return nil, err
	}
	kept := map[int][]byte{} // by index
	for day := range o.Days {
		kept[day*o.Records], err = listAt(records, day*o.Records, o.Records)
		if err != nil {
			return nil, err
		}
	}

	mux := http.NewServeMux()
	mux.Handle("/", small)
	mux.HandleFunc(pathOf("pullCustomers"), func(w http.ResponseWriter, r *http.Request) {
		index, err := indexOf(r, o.Records)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		to := paced(w, o.Pace)
		if list, ok := kept[index]; ok {
			_, _ = to.Write(list)
			return
		}
		_ = records.write(to, index, o.Records)
	})
	return mux, nil
}

func listAt(records Records, index, n int) ([]byte, error) {
	var text strings.Builder
	err := records.write(&text, index, n)
	return []byte(text.String()), err
}

// indexOf returns the index of the first record of the day that a pull asks for.
func indexOf(r *http.Request, perDay int) (int, error) {
	var days []struct {
		Start string `json:"start_date"`
	}
	if err := json.NewDecoder(r.Body).Decode(&days); err != nil || len(days) != 1 {
		return 0, fmt.Errorf("not a pull of 2021: %w", err)
	}
	day, err := time.Parse(time.DateOnly, days[0].Start[:min(len(time.DateOnly), len(days[0].Start))])
	if err != nil {
		return 0, err
	}
	return int(day.Sub(firstDay).Hours()/24) * perDay, nil
}

// firstDay is the first day that a pull asks for.
var firstDay = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// aDay is the body of a pull of the first day.
const aDay = `[{"start_date":"2024-01-01","end_date":"2024-01-01"}]`

// paced returns a writer that keeps to a number of bytes a second.
func paced(w http.ResponseWriter, pace int) io.Writer {
	if pace == 0 {
		return w
	}
	return &pacedWriter{to: w, pace: float64(pace), began: time.Now()}
}

type pacedWriter struct {
	to    http.ResponseWriter
	pace  float64
	began time.Time
	sent  float64
}

func (p *pacedWriter) Write(b []byte) (int, error) {
	n, err := p.to.Write(b)
	p.sent += float64(n)
	ahead := time.Duration(p.sent/p.pace*float64(time.Second)) - time.Since(p.began)
	time.Sleep(ahead)
	return n, err
}
