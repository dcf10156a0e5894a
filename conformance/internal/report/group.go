package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// caseList has the cases of one operation.
type caseList struct {
	Operation string
	Cases     []Case
	Failed    int
	Skipped   int
}

// byOperation sorts the cases by their operation, in the order of the run.
func (r *Run) byOperation() []*caseList {
	var lists []*caseList
	byName := map[string]*caseList{}

	for _, c := range r.Cases {
		name := cmp.Or(c.Operation, "other")
		list := byName[name]
		if list == nil {
			list = &caseList{Operation: name}
			byName[name] = list
			lists = append(lists, list)
		}

		list.Cases = append(list.Cases, c)
		switch state(c) {
		case Failed:
			list.Failed++
		case Skipped:
			list.Skipped++
		}
	}
	return lists
}

// group is one finding that several cases share.
type group struct {
	conformance.Finding
	Cases []Case
	Times int
}

// names lists the cases of the group, each with the place of its definition.
func (g *group) names() []string {
	var names []string
	for _, c := range g.Cases {
		name := c.Name
		if place := c.Place(); place != "" {
			name += " (" + place + ")"
		}
		names = append(names, name)
	}
	return names
}

// groups puts the same finding of several cases together. Findings for which the
// server is at fault come first, then those of the client and of the contract.
func (r *Run) groups() []*group {
	type key struct{ code, operation, side, part, pointer, location, expected string }
	var list []*group
	byKey := map[key]*group{}

	for _, c := range r.Cases {
		for _, f := range c.Findings {
			k := key{
				code:      f.Code,
				operation: f.Operation,
				side:      string(f.Side),
				part:      f.Part,
				pointer:   generic(f.Pointer),
				location:  f.Location,
				expected:  f.Expected,
			}
			g := byKey[k]
			if g == nil {
				g = &group{Finding: f}
				byKey[k] = g
				list = append(list, g)
			}

			g.Times += max(f.Count, 1)
			known := slices.ContainsFunc(g.Cases, func(other Case) bool { return other.Name == c.Name })
			if !known {
				g.Cases = append(g.Cases, c)
			}
		}
	}

	slices.SortStableFunc(list, func(a, b *group) int {
		return cmp.Or(
			cmp.Compare(slices.Index(faults, a.Fault), slices.Index(faults, b.Fault)),
			cmp.Compare(a.Operation, b.Operation),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Pointer, b.Pointer),
		)
	})
	return list
}

// drift lists the undeclared fields, each once.
func (r *Run) drift() []conformance.Drift {
	type key struct{ operation, side, pointer, schema string }
	var list []conformance.Drift
	index := map[key]int{}

	for _, c := range r.Cases {
		for _, d := range c.Drift {
			d.Count = max(d.Count, 1)
			k := key{operation: d.Operation, side: string(d.Side), pointer: generic(d.Pointer), schema: d.Schema}
			i, known := index[k]
			if known {
				list[i].Count += d.Count
				continue
			}
			index[k] = len(list)
			list = append(list, d)
		}
	}

	slices.SortStableFunc(list, func(a, b conformance.Drift) int {
		return cmp.Or(
			cmp.Compare(a.Operation, b.Operation),
			cmp.Compare(a.Side, b.Side),
			cmp.Compare(a.Pointer, b.Pointer),
		)
	})
	return list
}

// skip is how many cases were skipped for one reason.
type skip struct {
	reason string
	count  int
}

func (s skip) String() string {
	return words.Plural(s.count, "case") + ": " + cmp.Or(s.reason, "no reason is given")
}

// skips lists why cases were skipped. Unless each case is wanted, cases of one
// kind are one entry: the text after a colon belongs to a single case.
func (r *Run) skips(each bool) []skip {
	var list []skip
	for _, c := range r.Cases {
		if c.Status != Skipped {
			continue
		}
		reason := c.Reason
		if !each {
			reason, _, _ = strings.Cut(reason, ": ")
		}
		i := slices.IndexFunc(list, func(s skip) bool { return s.reason == reason })
		if i < 0 {
			i = len(list)
			list = append(list, skip{reason: reason})
		}
		list[i].count++
	}
	return list
}

// generic replaces the numbers of a pointer by "*", so that the same field of
// different elements counts as one.
func generic(pointer string) string {
	parts := strings.Split(pointer, "/")
	for i, part := range parts {
		if part != "" && strings.Trim(part, "0123456789") == "" {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// place names the operation, if there is one, and the place of a finding.
func place(f conformance.Finding) string {
	return strings.TrimPrefix(f.Operation+", "+where(f), ", ")
}

// splitLocation splits a location of the form file:line. It reports false for any
// other text.
func splitLocation(location string) (file string, line int, ok bool) {
	file, number, _ := strings.Cut(location, ":")
	line, err := strconv.Atoi(number)
	return file, line, err == nil
}

// where names the place of a finding in one phrase.
func where(f conformance.Finding) string {
	place := string(f.Side)
	switch {
	case f.Part == "body" && f.Pointer != "":
		place += " " + f.Pointer
	case f.Part != "":
		place += " " + f.Part
	}
	return place
}

// apart reports whether expected and actual say more than the message does.
func apart(f conformance.Finding) bool {
	if f.Expected == "" && f.Actual == "" {
		return false
	}
	return !strings.Contains(f.Message, f.Expected) || !strings.Contains(f.Message, f.Actual)
}
