// Package catalog is the vocabulary of Rounds: what exists, how it is named,
// which states it passes through and where its objects lie.
//
// A Program holds Courses, a Course holds Webinars, a Webinar has at most one
// current Recording, and a Recording has Renditions. Doctors are enrolled in
// programs (Enrolment) after redeeming an Invitation; who they are is the
// business of catalog/identity.
//
// Every other package imports this one; it imports the standard library only,
// so that the words mean the same in the SQL, in the HTTP API, in the
// transcoder and on the pages. It holds values and rules over values. It knows
// no SQL, no HTTP, no S3 client and no ffmpeg: those live in the adapters
// (catalogdb, catalogapi, ingest, notify) and in the other domains.
//
// A recording travels through the states of [RecordingState]:
//
//	uploading → uploaded → processing → ready
//	                            └─────→ failed → (retry) → uploaded
//
// The object keys a recording is stored under are part of the contract between
// the worker that writes them and the signer that grants access to them, so
// they are defined once, in keys.go.
package catalog
