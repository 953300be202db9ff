// Package objects moves files between local disk and S3: the presenters'
// uploads in, finished media out. It implements transcode.Sources and
// transcode.Store.
//
// A source is fetched in parallel ranges, each of which resumes where it broke
// off; a source that changes under way is an error. Media is put several files
// at a time, with SHA-256 checksums that S3 compares, playlists last, and never
// over an existing object (If-None-Match: *, which S3 and versitygw v1.8.0
// honour: tested). Every name lies below a random
// token that is used once, so all objects are immutable and cached for a year.
//
// aws-sdk-go-v2 lives here; sibling adapters must not be imported.
package objects
