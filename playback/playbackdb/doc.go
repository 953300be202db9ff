// Package playbackdb stores playback sessions, their beats and what was
// watched. It is the SQL home of the playback domain and may read the
// catalog's tables.
//
// # Beats
//
// Thousands of doctors send a beat every ten seconds, and each is acknowledged
// only when it is on disk. So beats of all requests are collected for some
// milliseconds and written in one transaction ([Store.Beat]):
//
//	lock the sessions, in the order of their ids
//	read them with the database's clock
//	apply the rules in Go (playback.Apply)
//	write sessions, coverage, unions, resume positions with one unnest each
//	read the unions, judge, write completions
//	commit, then answer everybody
//
// The lock on the session's row makes the clock rule right with any number of
// API processes: what one has read and not yet written, no other can read. A
// doctor has one session that lasts, so the time of a doctor is never counted
// twice; opening a session ends the previous one under a lock on the account
// ([Store.Start]). All processes use the clock of the database.
//
// Locks are always taken in the same order – account, sessions by id, unions
// by key, resume positions by key, chains of evidence by enrolment – so that
// batches cannot deadlock.
//
// # Evidence
//
// Whatever writes a completion or a waiver, or undoes an import, puts it on
// record in the same transaction ([RecordEvidence]). The heads of the chains
// are stored elsewhere day by day ([Store.WriteHeads]).
//
// # Quality
//
// What players notice is written beside their beats, never with them
// ([EventRecorder]), rolled up to one view a session ([Store.RollUpQuality])
// and dropped by age.
//
// # Truth and projection
//
// coverage holds what each session was credited; coverage_union is derived from
// it, kept in step in the same transaction, and can be rebuilt at any time
// ([Store.RebuildUnion]).
//
// Live coverage is itself derived, from stored attendance and the live map.
// Reading progress and starting to play notice that a recording, map, schedule
// or enrolment has changed since, and derive it again first ([Store.ProjectLive]):
// no other part of the system has to tell.
package playbackdb
