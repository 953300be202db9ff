// Package care is what a service is looked after by: checks that are asked
// daily or weekly, each of which comes back as one line that is green, amber or
// red, with what to do and the runbook that says more.
//
// A check asks one thing and is bounded in time; all are asked at once, so that
// one that hangs keeps no other waiting ([Run]). Asking is somebody else's
// business: what the database knows comes from caredb, what the storage knows
// from buckets, and cmd joins both with the network and the machine. This
// package holds the vocabulary, what the machine itself tells (/proc, the
// disks), and the judgement: functions from facts to a [Finding], where every
// threshold stands.
//
// [Checks] lists all that is ever asked; the documentation, the runbooks and the
// program are held to that list by tests. Beside the standard library it imports
// catalog, whose [catalog.Sentence] lets what was found be said in any language.
package care
