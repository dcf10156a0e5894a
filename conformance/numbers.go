package conformance

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strings"
)

// Bounds of what is read exactly. What they exclude, such as 1e999999999 or a
// megabyte of digits, is beyond any float64 or beyond its precision, and would
// only cost time.
const (
	maxExponent = 400
	maxDigits   = 1000
)

// isBeyondFloat reports whether a number is too large for a float64.
func isBeyondFloat(n json.Number) bool {
	_, err := n.Float64()
	return err != nil
}

// exact returns a number as a fraction. ok is false beyond the bounds.
func exact(n json.Number) (value *big.Rat, ok bool) {
	text := string(n)
	if len(text) > maxDigits {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exponent, ok := new(big.Int).SetString(strings.TrimPrefix(text[i+1:], "+"), 10)
		if !ok || !exponent.IsInt64() || exponent.Int64() > maxExponent || exponent.Int64() < -maxExponent {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// exactAny returns a number of a body or of the contract as a fraction.
func exactAny(v any) (value *big.Rat, ok bool) {
	switch v := v.(type) {
	case json.Number:
		return exact(v)
	case float64:
		value = ratOf(&v)
		return value, value != nil
	case int:
		return big.NewRat(int64(v), 1), true
	case int64:
		return big.NewRat(v, 1), true
	case uint64:
		return new(big.Rat).SetInt(new(big.Int).SetUint64(v)), true
	}
	return nil, false
}

// compare compares a number with a bound. A number that is too long to be read
// exactly is compared as a float64, which is right but for its last digits.
func compare(n json.Number, bound *big.Rat) int {
	if bound == nil {
		return 0
	}
	if value, ok := smallInt(n); ok && bound.IsInt() && bound.Num().IsInt64() {
		return cmp.Compare(value, bound.Num().Int64())
	}
	if value, ok := exact(n); ok {
		return value.Cmp(bound)
	}

	approximate, _ := n.Float64() // infinite beyond its range
	limit, _ := bound.Float64()
	switch {
	case approximate < limit:
		return -1
	case approximate > limit:
		return 1
	}
	return 0
}

// usualDigits is the usual length of whole numbers: so many characters fit an
// int64, even if one of them is a sign.
const usualDigits = 18

// smallInt reads a whole number of usual length, which most numbers are, without
// the cost of a fraction.
func smallInt(n json.Number) (value int64, ok bool) {
	if len(n) > usualDigits || strings.ContainsAny(string(n), ".eE") {
		return 0, false
	}
	value, err := n.Int64()
	return value, err == nil
}

// isMultiple reports whether a number is a multiple of another. One that is too
// long to be read exactly counts as one.
func isMultiple(n json.Number, of *big.Rat) bool {
	value, ok := exact(n)
	if !ok || of.Sign() == 0 {
		return true
	}
	return new(big.Rat).Quo(value, of).IsInt()
}

// decimal writes a bound as a person would.
func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(20), "0")
}

// isInteger reports whether a number is whole.
func isInteger(n json.Number) bool {
	if !strings.ContainsAny(string(n), ".eE") {
		return true
	}
	if r, ok := exact(n); ok {
		return r.IsInt()
	}

	mantissa, exponent, _ := strings.Cut(strings.ToLower(string(n)), "e")
	_, fraction, _ := strings.Cut(mantissa, ".")
	isZero := strings.Trim(mantissa, "-0.") == ""
	switch {
	case isZero:
		return true
	case exponent == "":
		return strings.Trim(fraction, "0") == ""
	}
	// It is so far below one that nothing whole is left, or so far above that
	// nothing else is.
	return !strings.HasPrefix(exponent, "-")
}
