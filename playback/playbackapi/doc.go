// Package playbackapi is the HTTP API of playing: opening a playback session,
// its beats, the content key, playlists for clients without cookies,
// progress and why something is missing of it, previews of rules, what counts
// for nobody, waivers, and attendance of live sessions.
//
// Register adds every endpoint to a huma API, one file an endpoint with its
// request and response types. Handlers ask who is there, turn seconds into
// milliseconds, call the [Store], and turn the answer back; rules are in
// rounds/playback, SQL in playbackdb, signing in cloudfront.
//
// # Two ways to the media
//
// With cookies: opening a session sets three CloudFront cookies for the prefix
// of its recording, good for minutes; every beat renews them, also the empty
// beat of a paused player. The answer's manifest_url is a signed URL.
//
// With ?delivery=query, for players that keep no cookies: playlists are read
// through this API and come rewritten, each URI with a signature of its own and
// the key's URI with the session's access token. That token stops working when
// the session is taken over, its recording is withdrawn, or its life is over.
//
// # One file for everybody else
//
// Browsers that play no HLS get one MP4, fallback_url. It is stored encrypted
// under a key made of the content key; it becomes clear here, range by range,
// for whoever would get the key now, and asks again every minute while an answer
// lasts. So what CloudFront's cookies open is of no use without this process,
// and a bounded number of answers is served at once.
//
// # How fast play ends
//
// When a recording is withdrawn or another device takes over, the key is
// refused at once and beats renew no cookies. A player that has the key already
// can fetch media until its cookies end: within 15 minutes ([Deps.GrantLife]).
// With query delivery the signatures on URIs last for the delivery's life
// (1.5 × the duration + 30 min), because nothing can renew them; what they open
// is encrypted, and playlists and key are refused at once.
//
// # Who is told what
//
// 401: nobody is signed in. 404: no such webinar, recording or session, or the
// account is not enrolled: what somebody may not see does not exist. 403: the
// account is enrolled, but does not play this recording now, or it was
// withdrawn; an access token that does not work (any more). 409: there is
// nothing to play yet (not_ready) or now (recording_withdrawn), or the session is
// over (session_taken_over, recording_withdrawn).
//
// Handlers return errors of catalog as they are; cmd/rounds translates them.
// This package must not import its siblings, whose parts it declares as interfaces.
package playbackapi
