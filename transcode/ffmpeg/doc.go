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
// transcode.Probe; the flow of an encode is transcode.Plan → arguments → run →
// renditions. The package must not import S3, River or the playlist library:
// it works on local files.
package ffmpeg
