// Package playback decides who may play what, where play starts, and which
// seconds count as watched.
//
// Its rules are pure functions over values; it imports catalog and the
// standard library only. SQL is in playbackdb, HTTP in playbackapi, the signing
// of cookies in cloudfront, the front door in edge.
//
// # One doctor, one clock
//
// A doctor opens a playback session; its player sends beats that claim ranges
// of the recording. The server cannot see the screen, but it has a clock, and
// nobody can watch more than the clock allows. So a session is worth the time
// between its start and its end (or now), times a rate of at most 2:
//
//	credited ≤ rate × (min(now, ended) − started) + slack
//
// Opening a session ends the doctor's previous one at the same instant, on any
// device and for any webinar, so the times of a doctor's sessions never
// overlap: adding them up counts no second of the clock twice, two tabs cannot
// earn twice, and a tablet that was offline for hours still gets what it
// watched until another device took over. The slack of 15 s exists once for a
// doctor, not once for a session: what a session has credited ahead of its
// clock is carried into the next ([Clock.Carry]). See [Clock].
//
// # Beats
//
// A beat is cumulative (it claims everything since the last acknowledged one)
// and counts once for its number, in whatever order beats arrive ([Apply]).
// What the clock does not allow is refused and counted, never stored.
//
// # Coverage, resume position, credit
//
// Coverage ([Ranges], whole milliseconds, half-open) only grows. The resume
// position is a different thing and may go backwards ([Resume]). Credit is
// judged from coverage by the program's rule ([Judge]).
//
// # Rules, exclusions, waivers
//
// A [Case] is all that a completion is judged by: the rule in force, what of the
// recording counts for nobody ([Excluded]), the coverage, a completion that is
// on record and a [Waiver]. What is on record stands, whatever changes. By
// [Case.Certain] a completion is recorded: when a beat, a projection of
// attendance, a new rule, a new exclusion or a waiver reaches it. [Compare] tells beforehand
// what a proposal would change, [Explanation] afterwards why something is missing.
//
// # Live
//
// Attendance is kept as it was reported, on the clock of the live session. Live
// coverage is derived from it through the live map of the current recording
// ([OnRecording]), again whenever either changes.
package playback
