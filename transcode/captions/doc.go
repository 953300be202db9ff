// Package captions turns what people upload as captions, SubRip (SRT) or
// WebVTT, into WebVTT that is safe to serve beside a recording as a <track>.
//
//	bytes ─ lines.go ──→ blocks of cues, each line checked, times in order
//	      ─ go-astisub → cue text with its markup
//	      ─ track.go ──→ a Track: plain text with bold, italics, underline and
//	                     voices, nothing else
//	      ─ WriteWebVTT
//
// An uploaded file is hostile until proven otherwise: style sheets, regions,
// comments and unknown settings are left out, other markup is refused, sizes are
// bounded. Every error names the line, because the person who reads it has the
// file open in an editor.
//
// go-astisub lives here and sees only checked lines: by itself it panics on a
// time line without an end, stops without a word at an overlong line, and tells
// no line numbers for cues. X-TIMESTAMP-MAP is not written: captions are loaded
// beside the stream and count from its start. The package imports nothing of
// Rounds.
package captions
