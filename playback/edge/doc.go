// Package edge is the front door of a single machine: what CloudFront is in
// production. It is the home of the S3 client on the delivery side.
//
//	GET /media/…   → Verifier (403 with CloudFront's body) → Origin → viewer
//	anything else  → the API, as a reverse proxy
//
// Media objects are streamed: no object is held in memory, except a playlist
// while it is compressed. The number of objects read at once is bounded, and so
// is the time a viewer takes to read one. The
// edge reads storage with its own credentials; the viewer's grant ends here,
// and neither its parameters nor its cookies travel on to S3.
//
// The edge keeps no state that matters. An [Origin] may be wrapped by a [Cache]
// on disk: it lies behind the verifier, so that nothing is served from it to
// somebody without a grant, and the kernel sends its files by itself.
//
// The edge imports no sibling: how grants are verified is a [Verifier] that
// cmd wires to playback/cloudfront.
package edge
