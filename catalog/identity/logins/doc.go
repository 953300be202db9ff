// Package logins keeps login sessions (scs over PostgreSQL) and turns the
// cookie or the bearer token of a request into an identity.Principal.
//
// Start makes a session and its cookie after a one-time code was right; End
// removes both. A session lasts for a working day, or for thirty days on a device
// that its owner has remembered (identity.SessionLife). Owners and administrators
// list and end sessions in catalogdb: the row is the session, so it is over
// within the five seconds that others remember it. Middleware resolves every request. Five things are done
// differently from what scs does by itself, each for a measured reason:
//
//   - Reads go through a cache of at most five seconds, as beats of the player
//     arrive every ten seconds from every doctor. Roles are as fresh as that.
//   - What the cache does not know is read for many requests together (see
//     resolver); what a session holds is decoded once, since it never changes.
//   - The idle limit is pushed on rarely, not with each request, and only by an
//     UPDATE: a session that was ended meanwhile stays ended.
//   - scs's own middleware is not used: its writer cannot flush, so server-sent
//     events would not be sent.
//   - Expired rows are swept when sessions start, not by a goroutine.
//
// The store holds hashes of session tokens only, so a copy of the database
// lets nobody in.
//
// This package may import scs, pgx and the catalog; it knows no gin and no huma.
package logins
