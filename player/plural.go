package player

import (
	"fmt"
	"strconv"
	"strings"
)

// pluralOther is the form of a count that no rule of a language meets.
const pluralOther = "other"

// pluralRules tell which form of a word a count takes: form → condition, as CLDR
// writes them (UTS #35, part 3, "Language Plural Rules"), for whole numbers:
//
//	"few": "n % 100 = 3..10", "one": "n = 1"
//
// Conditions of one language exclude each other, so their order does not matter.
type pluralRules map[string]string

// form of a count n ≥ 0.
func (r pluralRules) form(n int) string {
	for form, condition := range r {
		if meets(n, condition) {
			return form
		}
	}
	return pluralOther
}

// meets tells whether n meets a condition: relations joined by "and", which
// binds closer, and "or".
func meets(n int, condition string) bool {
	for either := range strings.SplitSeq(condition, " or ") {
		all := true
		for relation := range strings.SplitSeq(either, " and ") {
			all = all && holds(n, relation)
		}
		if all {
			return true
		}
	}
	return false
}

// holds reads one relation, such as "n % 100 = 3..10,15" or "n != 1".
func holds(n int, relation string) bool {
	left, right, found := strings.Cut(relation, "=")
	if !found {
		panic(fmt.Sprintf("player: no plural rule: %q", relation)) // in a file that is embedded
	}
	left, negated := strings.CutSuffix(left, "!")
	operand, modulus, _ := strings.Cut(left, "%")
	if strings.TrimSpace(operand) != "n" {
		panic(fmt.Sprintf("player: no plural rule: %q", relation))
	}
	if modulus != "" {
		n %= wholeNumber(modulus)
	}
	return within(n, right) != negated
}

// within tells whether n is in a list of values and ranges.
func within(n int, list string) bool {
	for item := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(item, "..")
		if !isRange {
			to = from
		}
		if wholeNumber(from) <= n && n <= wholeNumber(to) {
			return true
		}
	}
	return false
}

// wholeNumber reads a number of an embedded file.
func wholeNumber(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		panic(fmt.Sprintf("player: no plural rule: %v", err))
	}
	return n
}
