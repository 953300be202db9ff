// Package evidence keeps what credit hangs on so that a change of it later is
// found, by anybody, from an export alone.
//
// # One chain an enrolment
//
// Whenever something that credit hangs on becomes final or changes, one
// [Record] is written in the same transaction: what happened, by which rule, on
// which recording, which seconds and where they came from. Its bytes are hashed
// together with the hash of the record before ([Hash]); so no record can be
// changed, left out or moved without changing all hashes after it.
//
// The canonical form of a record is its JSON as [Encode] writes it: UTF-8, no
// white space, keys in the order of the struct, times in UTC, lengths in whole
// milliseconds, shares in whole hundredths of a percent. These very bytes are
// stored, hashed and exported; nothing is ever encoded again to be checked.
//
// # A head a day
//
// Whoever owns the database could write a whole chain anew. So once a day the
// ends of all chains that grew go into a [Head], which is stored at a second
// place where nobody can change or remove it for years. Heads are chained too:
// each holds the hash of the one before.
//
// # Proof
//
// [Verify] reads an export ([Writer]) and the heads and tells the first record
// that is not what it was. It needs no database and no network.
//
// [Statement] tells the same as statements of the xAPI Video Profile.
//
// This package imports catalog and the standard library only. SQL is in
// playbackdb; the place for heads is package vault.
package evidence
