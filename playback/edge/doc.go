// Package edge is the front door on one machine: what CloudFront is in
// production. Requests for /media/* are checked by a Verifier and answered
// from S3 with the edge's own credentials; everything else goes to the API.
//
//	GET /media/{recording}/{token}/… → Verifier → Origin (S3) → answer
//	anything else                    → reverse proxy → API
//
// It exists so that development, tests and one-machine installations exercise
// the protection that production has: a request that CloudFront would refuse
// is refused here, with the same status and the same kind of body.
//
// Objects are streamed, never held. Conditional and range requests are passed
// to S3 and answered by it. Playlists are the one thing held in memory, to
// compress them for clients that ask (Apple HLS authoring rule 10.1); they are
// small, and bounded.
//
// The S3 client lives here because reading media is this package's business;
// whoever else must read a playlist (the API, to rewrite it) is given an
// Origin by cmd. This package must not import its siblings: it declares the
// Verifier it needs.
package edge
