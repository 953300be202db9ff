// Package catalogdb is the only home of SQL for the catalog, for identity and
// for the recordings that uploads and the transcoder work on.
//
// One [Store] over a connection pool carries all use cases, one file each. The
// methods take and return the words of rounds/catalog and
// rounds/catalog/identity, so that the packages that need a part of it
// (transcode, catalog/ingest, catalog/identity/logins, catalog/catalogapi)
// declare that part as a small interface of their own.
//
// What must happen together with a change of another package – enqueueing a
// job, writing a message to the outbox – is handed in as [Hooks]: functions
// that take the running transaction. This package imports neither River nor
// any sibling adapter.
//
// Three rules hold everywhere. A deleted row is invisible (soft delete). Every
// change of a program, course, webinar or account raises its version, and a
// caller who names the version expected gets catalog.ErrVersionMismatch when
// somebody was faster. Who did it is written to audit_log in the same
// transaction.
package catalogdb
