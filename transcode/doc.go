// Package transcode turns what presenters upload into what doctors watch. Its
// decisions are pure functions over values; its doing is one Pipeline over
// small interfaces.
//
//	Probe ── Judge ──→ refused, with a code and a sentence for the presenter
//	           │
//	           └─────→ NewPlan ──→ Encode ──→ Package ──→ Put ──→ Check ──→ Publish
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
// its predicted bit rate.
// A rung that would cost nearly as much as the one above it is not encoded;
// the top rung, one of at most 480 lines and one of at most 150 kb/s always
// are. Slides need three rungs, a camera most of them. Predictions are compared
// with what came out, in the log. The whole sound is listened to by EBU R 128
// when it is encoded, not for the verdict, which must not take minutes; it gets
// one constant gain (−16 LUFS) and a limiter only where a peak would pass
// −1.5 dBTP. What the decoder could not
// read is counted during the one full decode there is: the encode.
//
// A [Pipeline] runs one attempt at one recording. It owns a lease that a
// heartbeat renews and a fencing token that every write carries; it writes
// below a prefix that belongs to the attempt alone, and the last thing it does
// is one transaction that makes the result live. Killing it anywhere leaves
// the previous state standing and the recording is picked up again when the
// lease runs out.
//
// # Turns
//
// One encode uses all cores, so they take turns (turns.go): the presenter with
// the fewest running first, then the shorter recording, waiting counting in
// favour of the long one. One that is much shorter than all that run has a
// place beside them. Verdicts never wait for a turn.
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
// Measurements beside peers are in docs/benchmarks.md.
//
// The package imports catalog and nothing else of Rounds. ffmpeg, S3, River and
// the playlist library are in the adapters below it (ffmpeg, objects, jobs,
// hls), which import this package and never each other.
package transcode
