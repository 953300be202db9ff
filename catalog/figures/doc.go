// Package figures makes tables of counts that tell sponsors how a program goes
// and nobody anything about a single person.
//
// A count under [Least] is not told, nor is one that follows from what is told:
// not by taking a row from a total, nor one column from the next. [Protect] hides
// further cells until everything hidden could be at least [Least] different values.
// How that is proved stands beside it; the test tries all values that would
// give the same table.
//
// This package imports the standard library only. Counting is catalogdb's.
package figures
