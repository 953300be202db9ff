// Package qoe says how well play went, from what players notice themselves.
//
// A player sends what it noticed with its beats: play was asked for, the
// picture moved, it stood and went on, the quality changed, it failed, the page
// was left before anything was seen. [Read] takes what it knows of that and
// passes over the rest: nothing that a player says here can fail a beat.
//
// Each event has a number that the player counts, so one that was sent twice
// counts once. The events of one playback session come to a [View], in whatever
// order they arrive ([Fold]). Views come to five [Figures]: how many, how fast
// they started, how long they stood still, how many left before the start, how
// many failed.
//
// Everything here is pure and imports the standard library only. SQL is in
// playbackdb.
package qoe
