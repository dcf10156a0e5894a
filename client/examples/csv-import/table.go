package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/kapture-community/kapture-go/client"
)

// row is a line of the file that names a customer.
type row struct {
	line     int
	customer client.CustomerRequest
}

// columns are the columns that a file may have.
var columns = map[string]func(*client.CustomerInfo) **string{
	"name":    func(c *client.CustomerInfo) **string { return &c.CustomerName },
	"phone":   func(c *client.CustomerInfo) **string { return &c.Phone },
	"email":   func(c *client.CustomerInfo) **string { return &c.EmailID },
	"code":    func(c *client.CustomerInfo) **string { return &c.CustomerCode },
	"city":    func(c *client.CustomerInfo) **string { return &c.City },
	"state":   func(c *client.CustomerInfo) **string { return &c.State },
	"country": func(c *client.CustomerInfo) **string { return &c.Country },
	"address": func(c *client.CustomerInfo) **string { return &c.Address },
	"remarks": func(c *client.CustomerInfo) **string { return &c.Remarks },
}

// table is the CSV file.
type table struct {
	file     string
	encoding string
}

// check reads the whole file and counts its rows. It returns the first mistakes
// together, so that a user can correct them at once.
func (t table) check() (n int, err error) {
	const most = 10
	var wrong []error
	for _, err := range t.rows() {
		n++
		if err != nil {
			wrong = append(wrong, err)
		}
		if len(wrong) == most {
			break
		}
	}

	if n == 0 {
		return 0, fmt.Errorf("%s has no rows", t.file)
	}
	return n, errors.Join(wrong...)
}

// rows reads the file line by line, so that its size does not matter.
func (t table) rows() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		in, err := os.Open(t.file)
		if err != nil {
			yield(row{}, err)
			return
		}
		defer in.Close()

		text, err := decoded(in, t.encoding)
		if err != nil {
			yield(row{}, err)
			return
		}
		lines := csv.NewReader(text)
		names, err := t.header(lines)
		if err != nil {
			yield(row{}, err)
			return
		}

		for {
			cells, err := lines.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(row{}, t.readError(err))
				return
			}
			line, _ := lines.FieldPos(0)
			if blank(cells) {
				continue // spreadsheets leave rows of commas at the end
			}
			r, err := parse(line, names, cells)
			if !yield(r, err) {
				return
			}
		}
	}
}

// decoded reads the file as UTF-8. A byte order mark is removed, and decides if
// it is that of UTF-16.
func decoded(in io.Reader, name string) (io.Reader, error) {
	var from encoding.Encoding
	switch name {
	case "utf-8":
		from = encoding.Nop
	case "utf-16":
		from = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "windows-1252":
		from = charmap.Windows1252
	default:
		return nil, fmt.Errorf("unknown -encoding %q; use utf-8, utf-16 or windows-1252", name)
	}

	buffered := bufio.NewReader(in)
	start, _ := buffered.Peek(3) // a shorter file has no mark
	if string(start) == "\xef\xbb\xbf" {
		_, _ = buffered.Discard(3)
		return buffered, nil
	}
	if strings.HasPrefix(string(start), "\xff\xfe") || strings.HasPrefix(string(start), "\xfe\xff") {
		from = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	return from.NewDecoder().Reader(buffered), nil
}

// header reads the names of the columns. A column without a name is allowed as
// long as it is empty.
func (t table) header(lines *csv.Reader) ([]string, error) {
	cells, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s has no line that names the columns", t.file)
	}
	if err != nil {
		return nil, t.readError(err)
	}

	names := make([]string, len(cells))
	for i, cell := range cells {
		name := strings.ToLower(strings.TrimSpace(cell))
		switch {
		case name == "":
			continue
		case columns[name] == nil:
			return nil, fmt.Errorf("%s: unknown column %q; see -help", t.file, cell)
		case slices.Contains(names, name):
			return nil, fmt.Errorf("%s: column %q appears twice", t.file, cell)
		}
		names[i] = name
	}
	return names, nil
}

func (t table) readError(err error) error {
	return fmt.Errorf("%s: %w", t.file, err)
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// parse makes a customer of a row. The error names the line.
func parse(line int, names, cells []string) (row, error) {
	r := row{line: line}
	for i, cell := range cells {
		value := strings.TrimSpace(cell)
		if value == "" {
			continue
		}
		if err := checkCell(names[i], value); err != nil {
			return r, fmt.Errorf("line %d: %w", line, err)
		}
		*columns[names[i]](&r.customer.CustomerInfo) = &value
	}

	info := r.customer.CustomerInfo
	if info.CustomerName == nil || info.Phone == nil && info.EmailID == nil {
		return r, fmt.Errorf("line %d: a name is needed, and a phone or an email", line)
	}
	return r, nil
}

// phone allows the characters of a phone number and nothing else: no decimal
// point, no exponent, no mark that cannot be seen.
var phone = regexp.MustCompile(`^\+?[0-9(][0-9 ()/-]*$`)

// checkCell rejects what a spreadsheet made of a value. The value itself is not
// in the error: it belongs to a customer.
func checkCell(column, value string) error {
	switch {
	case column == "":
		return errors.New("a value in a column without a name; name the column")
	case !utf8.ValidString(value):
		return fmt.Errorf("%s is not UTF-8; save the file as UTF-8, or use -encoding windows-1252", column)
	case strings.ContainsRune(value, 0):
		return fmt.Errorf("%s contains a NUL character; is the file UTF-16? use -encoding utf-16", column)
	case strings.HasPrefix(value, "="):
		return fmt.Errorf("%s is a formula; export the values instead", column)
	case column == "phone" && !phone.MatchString(value):
		return errors.New("phone is not a phone number: only digits, spaces, + ( ) / and - are expected; " +
			"format the column as text in the spreadsheet, so that it gets no exponent and no decimal point")
	}
	return nil
}
