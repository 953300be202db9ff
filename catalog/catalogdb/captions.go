package catalogdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// MayWatch tells whether who may have what belongs to a recording's play: those
// who may manage it, and doctors enrolled in its program while it is the one
// that its webinar plays. catalog.ErrNotFound otherwise.
func (s *Store) MayWatch(ctx context.Context, who identity.Principal, id catalog.RecordingID) (err error) {
	defer wrap(&err, "check viewer of %q", id)
	_, err = one[bool](ctx, s.db, `
		select true from recordings r join webinars w on w.id = r.webinar_id join courses c on c.id = w.course_id join programs p on p.id = c.program_id
		where r.id = $2 and w.deleted_at is null and c.deleted_at is null and p.deleted_at is null and `+seesWebinar+`
		  and (w.current_recording_id = r.id and r.state = 'ready' and r.published_at is not null and r.withdrawn_at is null
		       or $1::text is null or exists (select from webinar_presenters wp where wp.webinar_id = w.id and wp.account_id = $1))`,
		viewer(who), id)
	return err
}

// SaveCaptions keeps a track, in place of an earlier one in its language.
func (s *Store) SaveCaptions(ctx context.Context, t catalog.CaptionTrack) (saved catalog.CaptionTrack, err error) {
	defer wrap(&err, "save captions of %q in %q", t.RecordingID, t.Lang)
	saved = t
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := lockRecording(ctx, tx, t.RecordingID); err != nil {
			return err
		}
		others, err := one[int](ctx, tx, `select count(*)::int from captions where recording_id = $1 and lang <> $2 and deleted_at is null`, t.RecordingID, t.Lang)
		if err != nil {
			return err
		}
		if others >= catalog.MaxCaptionTracks {
			return catalog.Invalid("path.lang", "A recording can have captions in %d languages. Please remove one first.", catalog.MaxCaptionTracks)
		}
		err = tx.QueryRow(ctx, `
			insert into captions (recording_id, lang, webvtt, cues, ends_ms) values ($1, $2, $3, $4, $5)
			on conflict (recording_id, lang) do update set webvtt = excluded.webvtt, cues = excluded.cues, ends_ms = excluded.ends_ms,
			   version = captions.version + 1, deleted_at = null, updated_at = now()
			returning updated_at`, t.RecordingID, t.Lang, t.WebVTT, t.Cues, t.EndsMS).Scan(&saved.UpdatedAt)
		if err != nil {
			return err
		}
		return audit(ctx, tx, "recording.captions", "recording", string(t.RecordingID), map[string]any{"lang": t.Lang, "cues": t.Cues})
	})
	return saved, err
}

// Captions lists the tracks of a recording by language, without their text.
func (s *Store) Captions(ctx context.Context, id catalog.RecordingID) (tracks []catalog.CaptionTrack, err error) {
	defer wrap(&err, "list captions of %q", id)
	rows, err := s.db.Query(ctx, `
		select recording_id, lang, '', cues, ends_ms, updated_at from captions where recording_id = $1 and deleted_at is null order by lang`, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.CaptionTrack])
}

// CaptionTrack returns one track with its text.
func (s *Store) CaptionTrack(ctx context.Context, id catalog.RecordingID, lang catalog.Lang) (t catalog.CaptionTrack, err error) {
	defer wrap(&err, "read captions of %q in %q", id, lang)
	rows, err := s.db.Query(ctx, `
		select recording_id, lang, webvtt, cues, ends_ms, updated_at from captions where recording_id = $1 and lang = $2 and deleted_at is null`, id, lang)
	if err != nil {
		return t, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[catalog.CaptionTrack])
}

// DeleteCaptions removes a track. Its copy in the media bucket goes with the
// next FollowCaptions; until then the row stays, unseen.
func (s *Store) DeleteCaptions(ctx context.Context, id catalog.RecordingID, lang catalog.Lang) (err error) {
	defer wrap(&err, "delete captions of %q in %q", id, lang)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update captions set deleted_at = now(), webvtt = '' where recording_id = $1 and lang = $2 and deleted_at is null`, id, lang)
		if err == nil && tag.RowsAffected() == 0 {
			err = catalog.ErrNotFound
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from captions where recording_id = $1 and lang = $2 and stored_token = ''`, id, lang); err != nil {
			return err
		}
		return audit(ctx, tx, "recording.captions_removed", "recording", string(id), map[string]any{"lang": lang})
	})
}

// CaptionObjects keeps the copies of captions in the media bucket.
type CaptionObjects interface {
	// PutText writes an object, in place of an earlier one.
	PutText(ctx context.Context, key, text string) error
	// Remove deletes an object; one that is not there is no error.
	Remove(ctx context.Context, key string) error
}

// behind is a track whose copy in the bucket is not as it should be.
type behind struct {
	id      catalog.RecordingID
	lang    catalog.Lang
	text    string
	version int
	token   string // of the recording; the copy belongs below it
	stored  string // token below which a copy lies
	deleted bool
}

// FollowCaptions brings the copies in the media bucket in step with what is
// kept here: it looks at what is, not at what happened, so captions that came
// before the recording was ready, were replaced or removed, and a process that
// died half-way are one case. It returns how many copies it changed.
//
// A track's row is held while its object is written: whoever uploads another
// version waits, and no older text can be written after a newer one.
func (s *Store) FollowCaptions(ctx context.Context, objects CaptionObjects) (changed int, err error) {
	defer wrap(&err, "follow captions")
	for {
		found := false
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			b, err := nextBehind(ctx, tx)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			found = true
			return b.follow(ctx, tx, objects)
		})
		if err != nil || !found {
			return changed, err
		}
		changed++
	}
}

func nextBehind(ctx context.Context, tx pgx.Tx) (b behind, err error) {
	err = tx.QueryRow(ctx, `
		select c.recording_id, c.lang, c.webvtt, c.version, r.token, c.stored_token, c.deleted_at is not null
		from captions c join recordings r on r.id = c.recording_id
		where c.deleted_at is not null
		   or r.state = 'ready' and r.token <> '' and (c.stored_version <> c.version or c.stored_token <> r.token)
		limit 1 for update of c skip locked`).
		Scan(&b.id, &b.lang, &b.text, &b.version, &b.token, &b.stored, &b.deleted)
	return b, err
}

func (b behind) follow(ctx context.Context, tx pgx.Tx, objects CaptionObjects) error {
	if b.deleted {
		if err := objects.Remove(ctx, catalog.MediaPrefix(b.id, b.stored)+catalog.CaptionsName(b.lang)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from captions where recording_id = $1 and lang = $2`, b.id, b.lang)
		return err
	}
	if err := objects.PutText(ctx, catalog.MediaPrefix(b.id, b.token)+catalog.CaptionsName(b.lang), b.text); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update captions set stored_version = $3, stored_token = $4 where recording_id = $1 and lang = $2`, b.id, b.lang, b.version, b.token)
	return err
}
