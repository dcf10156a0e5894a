package main

// Miss is a target that stays out of reach after honest work. The target stays
// in the table and counts as not held; a figure worse than the floor, 10 % below
// what was measured, fails the run.
type Miss struct {
	// Target is the id of the target, as the table of known misses prints it.
	Target   string
	Measured float64
	// Reason is the physical reason, and Tried what was tried.
	Reason string
	Tried  string
}

// knownMisses lists them all. Enter one only after a profile says where the time
// goes; delete it when the target is held.
var knownMisses = []Miss{}

// find returns the known miss of a target, nil if there is none.
func find(misses []Miss, target string) *Miss {
	for i := range misses {
		if misses[i].Target == target {
			return &misses[i]
		}
	}
	return nil
}
