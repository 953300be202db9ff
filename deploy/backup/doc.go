// Package backup copies what the buckets hold to another place and back.
//
// PostgreSQL is pgBackRest's business (base backups, WAL, restore to an instant);
// this package is about objects. They are written once under a fresh random
// prefix and never changed, so a copy only ever adds what is missing, and what a
// database of an earlier instant refers to is in the copy as long as nothing is
// taken out of it. Each run therefore writes a manifest, the list of what the
// buckets held then, and an object leaves the copy only when no manifest that is
// kept names it.
//
//	TARGET/objects/BUCKET/KEY   the objects
//	TARGET/manifests/TIME.gz    what there was at TIME: bucket, size, key
//
// A target is a folder ([Folder]) or a bucket ([Bucket]) of another account or
// provider. Objects are copied as they are: segments are encrypted by the content
// keys of their recordings, sources and posters are not, so a folder belongs on an
// encrypted disk and a bucket has encryption switched on. It is the home of the S3
// client of backups.
package backup
