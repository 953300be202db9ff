// Package edge is the front door of a single machine: what CloudFront is in
// production. It is the home of the S3 client on the delivery side.
//
//	GET /media/…   → Verifier (403 with CloudFront's body) → Origin → viewer
//	anything else  → the API, as a reverse proxy
//
// Media objects are streamed: no object is held in memory, except a playlist
// while it is compressed. The number of objects read at once is bounded. The
// edge reads storage with its own credentials; the viewer's grant ends here,
// and neither its parameters nor its cookies travel on to S3.
//
// The edge keeps no state. It imports no sibling: how grants are verified is
// a [Verifier] that cmd wires to playback/cloudfront, and an [Origin] may be
// wrapped, for example by a cache on disk.
package edge
