// Package ffmpeg is the only place that starts another program. It implements
// transcode.Media with the ffmpeg and ffprobe commands.
//
// ffmpeg-go builds argument lists and nothing else; running is done here,
// because a presenter's file is hostile until proven otherwise and a decoder
// may be taken over by it:
//
//   - the file is sniffed in Go first; playlists, scripts and other formats
//     that name further files never reach ffmpeg;
//   - ffmpeg opens local files only (protocol_whitelist) with the demuxers of
//     real recordings only (format_whitelist), under names of our making;
//   - it has no network (a network namespace of its own, where the kernel
//     permits), no environment, no new privileges, no standard input;
//   - memory, processor time, file size, open files, pixels and streams are
//     limited, core dumps are off;
//   - it runs in a process group of its own, in a process namespace where the
//     kernel permits, and is killed as a whole; it dies with the worker
//     (PDEATHSIG);
//   - its output is bounded, and no exit status is trusted without checking
//     what was produced.
//
// The flow of a probe is sniff → ffprobe (headers) → ffprobe (every packet) →
// transcode.Probe.
//
// # Chunks
//
// A recording is encoded piece by piece, on any machine:
//
//	EncodeChunk  entry → decode → frame grid → scalers → x264, one MP4 a rung → count
//	EncodeSound  listen → level → AAC, one process and one MP4 a bit rate → measure
//	Join         copy the packets of all into fMP4 segments → count
//
// A chunk shows exactly what an encode of the whole shows there. Three things
// make that so. Its entry (entry.go) is a key frame that was seen to be shown not
// after the chunk's first instant: containers seek late, and by decoding times,
// which run far ahead of a hole in a variable rate. Times stay those of the
// whole file, so that they are rounded onto the grid alike. And the grid
// (onGrid) counts frames from the container's start, not from the place of the
// seek. Chunks join because all have whole GOPs, the same parameter sets and the
// same distance from decoding to showing their first frame.
//
// The package must not import S3, River or the playlist library:
// it works on local files.
package ffmpeg
