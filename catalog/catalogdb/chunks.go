package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// LayOut divides the encoding of an attempt's recording into pieces that any
// worker may claim. When the recording is laid out with the same fingerprint
// already, its pieces stay as they are, finished ones included; those of
// another one are forgotten. catalog.ErrLeaseLost as with Heartbeat.
func (s *Store) LayOut(ctx context.Context, a catalog.Attempt, l catalog.Layout) (err error) {
	defer wrap(&err, "lay out %s", a.RecordingID)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := guarded(ctx, tx, a, `update recordings set updated_at = now() where `+holdsLease); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from layouts where recording_id = $1 and fingerprint <> $2`, a.RecordingID, l.Fingerprint)
		if err != nil {
			return err
		}
		made, err := tx.Exec(ctx, `
			insert into layouts (recording_id, fingerprint, plan, owner, length, source_bytes) values ($1, $2, $3, $4, $5, $6)
			on conflict do nothing`, a.RecordingID, l.Fingerprint, l.Plan, l.Owner, l.Length, l.SourceBytes)
		if err != nil || made.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `
			insert into chunks (recording_id, number, length) select $1, $4, $3
			union all select $1, p.number - 1, p.length from unnest($2::interval[]) with ordinality as p(length, number)`,
			a.RecordingID, l.Pictures, l.Length, catalog.SoundChunk)
		return err
	})
}

// chunkState is what a piece (c) is for whoever waits: one whose worker has
// died waits again, or has failed when that was its last try. $2 is how many
// tries there are.
const chunkState = `case when c.state <> 'running' or c.lease_expires_at >= clock_timestamp() then c.state
	when c.attempts < $2 then 'waiting' else 'failed' end`

// Chunks tells how far the pieces of an attempt's recording are, the sound
// first. The parts of those in have are left out. catalog.ErrLeaseLost when the
// attempt is no longer the newest, or the recording's webinar was deleted.
func (s *Store) Chunks(ctx context.Context, a catalog.Attempt, have []catalog.ChunkNumber) (list []catalog.ChunkStatus, err error) {
	defer wrap(&err, "read chunks of %s", a.RecordingID)
	rows, err := s.db.Query(ctx, `
		select c.number, `+chunkState+`, c.length, c.done, c.speed, c.token,
		       case when c.state = 'done' and c.number <> all($4) then c.parts end, c.complaints, c.decoded, c.heard,
		       case when c.state = 'running' and c.lease_expires_at < clock_timestamp() then 'its worker ' || c.worker || ' was lost' else c.last_error end
		from chunks c join recordings r on r.id = c.recording_id join webinars w on w.id = r.webinar_id
		where c.recording_id = $1 and r.fencing_token = $3 and r.state = 'processing' and w.deleted_at is null
		order by c.number`, a.RecordingID, catalog.ChunkTries, a.FencingToken, append([]catalog.ChunkNumber{}, have...))
	if err != nil {
		return nil, err
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c catalog.ChunkStatus, err error) {
		err = row.Scan(&c.Number, &c.State, &c.Length, &c.Done, &c.Speed, &c.Token, &c.Parts, &c.Complaints, &c.Decoded, &c.Heard, &c.LastError)
		return c, err
	})
	if err == nil && len(list) == 0 {
		err = catalog.ErrLeaseLost
	}
	return list, err
}

// RedoChunk sends a finished piece back because the parts that the claim with
// that token made cannot be used: it waits again, or has failed when that was
// its last try. Idempotent. catalog.ErrLeaseLost as with Heartbeat.
func (s *Store) RedoChunk(ctx context.Context, a catalog.Attempt, number catalog.ChunkNumber, token, why string) (err error) {
	defer wrap(&err, "redo chunk %d of %s", number, a.RecordingID)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := guarded(ctx, tx, a, `update recordings set updated_at = now() where `+holdsLease); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			update chunks set state = case when attempts < $4 then 'waiting' else 'failed' end, done = '0', parts = '[]', last_error = $5
			where recording_id = $1 and number = $2 and token = $3 and state = 'done'`,
			a.RecordingID, number, token, catalog.ChunkTries, why)
		return err
	})
}

// forgetChunks removes the layout of a recording whose processing has ended;
// whoever still encodes a piece of it loses the lease.
func forgetChunks(ctx context.Context, tx pgx.Tx, id catalog.RecordingID) error {
	_, err := tx.Exec(ctx, `delete from layouts where recording_id = $1`, id)
	return err
}

// claimable selects pieces (c, r, w) that a worker may take: those that wait
// and those whose worker has died. $1 is how many tries there are.
const claimable = `(c.state = 'waiting' or c.state = 'running' and c.lease_expires_at < clock_timestamp())
	and c.attempts < $1 and r.state in ('uploaded', 'processing') and w.deleted_at is null`

// ClaimChunk takes the piece whose turn it is, over all machines: of the owner
// with the fewest pieces running; among those of the recording that is due
// first, a recording being due its own length after it was laid out. So a short
// one goes before a long one, and a long one waits no more than its own length
// for shorter ones that come later. Its sound goes last, for it is mostly taken
// by ClaimSound. A worker that has just failed at a piece leaves it to others
// for a while, and then takes those first that it was not the last to try: one
// whose disk is full must not use up the tries of a piece before others come to
// it. catalog.ErrNotFound when there is nothing to take.
func (s *Store) ClaimChunk(ctx context.Context, worker string, lease time.Duration) (c catalog.ChunkClaim, err error) {
	defer wrap(&err, "claim a chunk")
	return claim(ctx, s.db, worker, lease, false)
}

// ClaimSound is ClaimChunk for the sound of a recording only, which keeps one
// core busy: a machine encodes it beside pictures.
func (s *Store) ClaimSound(ctx context.Context, worker string, lease time.Duration) (c catalog.ChunkClaim, err error) {
	defer wrap(&err, "claim a sound")
	return claim(ctx, s.db, worker, lease, true)
}

// claim takes the piece whose turn it is.
func claim(ctx context.Context, q querier, worker string, lease time.Duration, sound bool) (c catalog.ChunkClaim, err error) {
	err = q.QueryRow(ctx, `
		with busy as (
			select l.owner, count(*) as pieces from chunks c join layouts l using (recording_id)
			where c.state = 'running' and c.lease_expires_at >= clock_timestamp() group by l.owner
		), next as (
			select c.recording_id, c.number
			from chunks c join layouts l using (recording_id) left join busy b using (owner)
			     join recordings r on r.id = c.recording_id join webinars w on w.id = r.webinar_id
			where `+claimable+` and (c.not_before is null or c.not_before < clock_timestamp() or c.worker <> $2) and (not $6 or c.number = $5)
			order by coalesce(b.pieces, 0), l.laid_out_at + l.length, c.recording_id, coalesce(c.worker, '') = $2, c.number = $5, c.number
			limit 1 for update of c skip locked
		)
		update chunks c
		set state = 'running', fence = fence + 1, attempts = attempts + 1, token = $4, worker = $2, not_before = null,
		    done = '0', speed = 0, lease_expires_at = clock_timestamp() + $3::interval
		from next n join layouts l using (recording_id)
		where c.recording_id = n.recording_id and c.number = n.number
		returning c.recording_id, c.number, c.fence, c.token, c.attempts, l.plan, (select coalesce(r.source_id, '') from recordings r where r.id = c.recording_id), l.source_bytes, c.length`,
		catalog.ChunkTries, worker, lease, catalog.NewToken(), catalog.SoundChunk, sound).
		Scan(&c.RecordingID, &c.Number, &c.Fence, &c.Token, &c.Try, &c.Plan, &c.SourceID, &c.SourceBytes, &c.Length)
	return c, err
}

// RenewChunk renews the lease of a claim and stores how far it is.
// catalog.ErrLeaseLost when there is a newer claim, or the piece is no longer
// wanted.
func (s *Store) RenewChunk(ctx context.Context, c catalog.ChunkClaim, lease time.Duration, p catalog.ChunkProgress) (err error) {
	defer wrap(&err, "renew %s", c)
	return claimed(ctx, s.db, c, `
		update chunks set lease_expires_at = clock_timestamp() + $4::interval, done = greatest(done, least($5::interval, length)), speed = $6
		where `+holdsChunk, lease, p.Done, p.Speed)
}

// CompleteChunk hands over what a claim has made. Repeating it is harmless.
// catalog.ErrLeaseLost as with RenewChunk: the parts are of no use to anybody.
func (s *Store) CompleteChunk(ctx context.Context, c catalog.ChunkClaim, r catalog.ChunkResult) (err error) {
	defer wrap(&err, "complete %s", c)
	return claimed(ctx, s.db, c, `
		update chunks set state = 'done', done = length, parts = coalesce($4, '[]'::jsonb), speed = $5, complaints = $6, decoded = $7, heard = $8, last_error = '', lease_expires_at = null
		where recording_id = $1 and number = $2 and fence = $3 and state in ('running', 'done')`,
		r.Parts, r.Speed, r.Complaints, r.Decoded, r.Heard)
}

// ReleaseChunk hands a piece back after a graceful stop: any worker may claim
// it at once, and the try does not count. catalog.ErrLeaseLost as with RenewChunk.
func (s *Store) ReleaseChunk(ctx context.Context, c catalog.ChunkClaim) (err error) {
	defer wrap(&err, "release %s", c)
	return claimed(ctx, s.db, c, `
		update chunks set state = 'waiting', attempts = attempts - 1, done = '0', speed = 0, lease_expires_at = null
		where `+holdsChunk)
}

// FailChunk ends a try that went wrong: the piece waits again, during pause for
// other workers only, or has failed when that was its last try.
// catalog.ErrLeaseLost as with RenewChunk.
func (s *Store) FailChunk(ctx context.Context, c catalog.ChunkClaim, why string, pause time.Duration) (err error) {
	defer wrap(&err, "fail %s", c)
	return claimed(ctx, s.db, c, `
		update chunks
		set state = case when attempts < $4 then 'waiting' else 'failed' end, done = '0', speed = 0, lease_expires_at = null,
		    not_before = clock_timestamp() + $5::interval, last_error = $6
		where `+holdsChunk, catalog.ChunkTries, pause, why)
}

// holdsChunk selects the piece of a claim ($1 to $3) while that is the newest.
const holdsChunk = `recording_id = $1 and number = $2 and fence = $3 and state = 'running'`

// claimed runs an update whose $1 to $3 are the claim's; changing no row means
// that the lease is lost.
func claimed(ctx context.Context, q querier, c catalog.ChunkClaim, sql string, args ...any) error {
	tag, err := q.Exec(ctx, sql, append([]any{c.RecordingID, c.Number, c.Fence}, args...)...)
	if err == nil && tag.RowsAffected() == 0 {
		return catalog.ErrLeaseLost
	}
	return err
}
