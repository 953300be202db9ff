// Package transcode turns what presenters upload into what doctors watch. Its
// decisions are pure functions over values; its doing is one Pipeline over
// small interfaces.
//
//	Probe ── Judge ──→ refused, with a code and a sentence for the presenter
//	           │
//	           └─────→ NewPlan ──→ encode in pieces ──→ Join ──→ Package ──→ Put ──→ Check ──→ Publish
//
// A [Probe] is what was measured of a file. [Judge] accepts or refuses it,
// [Ladder] picks the rungs and [NewPlan] fixes every number of the encode: the
// frame grid, the length, rate caps, group-of-pictures and segment length. They
// touch neither disk nor clock, so that they can be read, tabled and argued
// about.
//
// # Content
//
// A [Sample] belongs to the probe: some excerpts of 2 s encoded at two small
// sizes. From them follow the kind of [Content], the quality of each rung and
// its predicted bit rate. A rung that would cost nearly as much as the one above it is not encoded;
// the top rung, one of at most 480 lines and one of at most 150 kb/s always
// are. Slides need three rungs, a camera most of them. Predictions are compared
// with what came out, in the log. The whole sound is listened to by EBU R 128
// when it is encoded, not for the verdict, which must not take minutes; it gets
// one constant gain (−16 LUFS) and a limiter only where a peak would pass
// −1.5 dBTP. What the decoder could not read is counted during the one full
// decode there is: the encode.
//
// # Before anything is published
//
// Every frame is counted where it is made, in pieces; the joined rungs are counted
// again in their boxes, and a small one is decoded to its end, picture and sound
// (companions.go says why that one, and what it costs). Beside it one rung of at
// most 480 lines is copied into a single file, for players without HLS. Then the
// package is read as a player reads it and held against the rules (hls), and what
// lies in the bucket is listed.
//
// # Slides
//
// The same decode looks at the key frames ([Finisher]): [SlideStarts] finds where
// another slide is shown for a while, and those places become suggested chapters
// with a picture each; some pictures are offered as posters. Times are those of
// key frames, so a chapter begins within a second of its slide. It is done on the joined rungs and not in
// the pieces, because what moves all the time, a camera's inset, is known only
// from the whole.
//
// A presenter sees her own file at once, from the storage, and the beginning
// of what is made of it early: when the sound and the first piece are here, one
// rung of at most 480 lines is copied into an MP4 among the parts, and again
// whenever twice as many pieces follow each other (early.go). It is no stream,
// nobody but the makers may read it, and it goes with the parts.
//
// # Attempts
//
// A [Pipeline] runs one attempt at one recording. It owns a lease that a
// heartbeat renews and a fencing token that every write carries; it writes
// below a prefix that belongs to the attempt alone, and the last thing it does
// is one transaction that makes the result live. Killing it anywhere leaves
// the previous state standing and the recording is picked up again when the
// lease runs out.
//
// # Pieces
//
// A recording is encoded in pieces of 60 to 120 s ([Plan.Chunks]) and its sound
// in one, by any number of machines:
//
//	Pipeline     verdict ── lay out ── wait, fetch what is done ─────────── join ── package ── store ── publish
//	                           │             ↑                ↑
//	database              rows: waiting → running → done      │
//	                                   │                      │
//	ChunkWorker              claim ── source (cached) ── encode ── survey ── put parts ── hand over
//
// The attempt lays out one row a piece and waits; that costs it next to nothing,
// so a process holds many attempts at once and no verdict waits behind an
// encode. A [ChunkWorker] claims the piece whose turn it is, over all machines:
// of the presenter with the fewest running; then of the recording that is due
// first, each being due its own length after it was laid out. So a short talk
// never waits for the pieces of a six-hour one, and that one not for ever.
//
// Whoever encodes a piece also decodes the smallest picture of it again, whole,
// and keeps what is seen in its key frames: what lies on the way of every piece
// is done by all machines, and the one that joins has the joints left to try.
//
// Each claim has a lease of its own, a fencing number and a prefix of its own in
// the upload bucket for what it makes. So a machine that dies costs one piece
// and is noticed when its lease ends; one that only seemed dead cannot hand
// over what another one has done; one that stops, or is told that it will be
// taken away, hands its piece back at once. A piece is begun at most
// [catalog.ChunkTries] times, then its recording fails with words that say
// which part it was. Whoever takes an attempt over finds the pieces of the same
// plan that are done. Parts are removed when the recording is ready or has
// failed, and by the sweeper.
//
// What goes wrong on the way is in jobs/faults_test.go, each with its right end.
//
// # Time
//
// All rungs share one constant frame grid, so that their segments have the
// same boundaries and (pts0 − dts0) is the same number of seconds in each;
// otherwise the picture jumps when a player switches. A source of variable
// frame rate is put on a grid fine enough for its motion. The picture governs
// the length: sound is padded or cut to it, unless it outlasts the picture by
// more than [soundOutlasts]; then the last picture is held, because losing the
// end of a talk is worse than a standing picture. A source without sound gets
// a silent track, so that every rendition of every recording has the same two
// tracks: players switch and older native ones start without a special case.
//
// The lowest rungs may have every second frame. Two frames of reordering at the
// full rate are as long as one at half of it, so those rungs have no B-pyramid
// and the distance from decoding to showing stays equal in seconds.
//
// # How far from the limit
//
// x264 alone, given the frames of five rungs decoded and scaled, takes 70 % of
// the wall time and 73 % of the processor time of what we do for them (10 s of a
// webinar at 1080p30, two cores). The rest is decoding, four scalers, the sound,
// the proof of the entry and the start of processes, and none of it can be left
// out; packaging, encrypting and verifying are 0.2 % of publishing. So what is
// left to win lies in encoding less: rungs that are not worth it, frames that
// nobody misses on a small one. Those decisions, and not the plumbing, bring a
// webinar to half the time of one ffmpeg a rung.
//
// Measurements beside peers are in docs/benchmarks.md.
//
// The package imports catalog and nothing else of Rounds. ffmpeg, S3, River and
// the playlist library are in the adapters below it (ffmpeg, objects, jobs,
// hls), which import this package and never each other.
package transcode
