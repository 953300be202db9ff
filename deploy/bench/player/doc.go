// Command player measures the player page in Chromium beside other players, on
// the same stream from the real programs, and writes data/bench/player.json;
// `make bench-player` runs it.
//
//	make bench-player
//	go run ./deploy/bench/player --quick              a look of a few minutes
//	go run ./deploy/bench/player --only first         or trace
//
// It starts `local run` with a folder of its own (kept in data/bench/player.data,
// so that the recordings are converted once) and measures
//
//   - first: the time from navigation to the first frame at the resume point and
//     the bytes until then, on a line of 1.5 Mb/s and 150 ms (DevTools' emulation),
//     each run with an empty cache, all players in turn;
//   - trace: for how long the picture stands over a bad line's trace of 0.2 to
//     2 Mb/s, all players side by side, each with a line of its own.
//
// The peers are hls.js full with a seek once the stream is loaded, Video.js 8
// and Shaka UI, with their defaults and at pinned versions. They are given what
// they lack: a page with nothing but the player, a playback session that is open
// already, and brotli for their scripts. What is theirs is served by a proxy
// before the edge, so that they are on the same origin as the stream.
package main
