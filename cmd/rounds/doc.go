// Command rounds is the whole of Rounds in one binary:
//
//	rounds serve    the HTTP API and the pages; sends mail
//	rounds work     the worker: transcodes recordings, clears away; `work plan`
//	                and `work verify` show what it would do and has done
//	rounds edge     the front door on one machine: verifies signed cookies as
//	                CloudFront does, serves media from S3, passes the rest on
//	rounds ports    holds the edge's ports open while edges are replaced
//	rounds migrate  brings the database schema up to date
//	rounds admin    keys, tokens, storage, uploads, another try
//
// This package is the only place that knows everything. It reads the
// configuration, builds the adapters and joins them: interfaces that one
// package declares are satisfied here by another, and transactions that span
// two packages are function fields filled in here. There is one wiring file a
// command. Nothing imports this package.
//
// Libraries at home here: kong (flags and environment in one declaration, with
// errors that name the setting), gin and huma (joined to the adapters' routes),
// client_golang (the metrics page), x/time/rate (requests a second of each client),
// boombuler/barcode (QR codes: error correction is nothing to write oneself),
// x/net/bpf and x/sys/unix (closing a port without resetting who has connected).
package main
