package care

import "time"

// JudgeRelease is about the libraries and the system in a release: they are mended
// by a newer one only. built is the time of its newest change; zero: not known.
func JudgeRelease(built, now time.Time) Finding {
	if built.IsZero() {
		return NotKnown("This program does not know of when it is: it was built outside of a checkout.")
	}
	age := now.Sub(built)
	light := Green
	if age > 90*24*time.Hour {
		light = Amber
	}
	return with(light, "Run `make vuln`, take up what its libraries have mended, and release anew, even without a change of your own.", "This release was made %s ago.", short(age))
}
