package playbackdb

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"rounds/catalog"
	"rounds/playback"
)

// ContentKey returns the 16 bytes that decrypt a recording, for an account that
// plays it right now.
//
// catalog.ErrNotFound when there is no such recording, its webinar, course or
// program was deleted, or the account is not
// enrolled in its program; at once when the enrolment is ended or the account
// disabled. catalog.ErrForbidden when the account has no playback session of it
// that lasts, and at once when it is withdrawn.
func (s *Store) ContentKey(ctx context.Context, account catalog.AccountID, recording catalog.RecordingID) (key []byte, err error) {
	_, key, err = s.ContentMedia(ctx, account, recording)
	return key, err
}

// ContentMedia is ContentKey, and tells where the recording lies.
func (s *Store) ContentMedia(ctx context.Context, account catalog.AccountID, recording catalog.RecordingID) (media playback.Media, key []byte, err error) {
	defer wrap(&err, "content key of %q", recording)
	var sealed []byte
	var withdrawn, playing bool
	media.RecordingID = recording
	err = s.db.QueryRow(ctx, `
		select r.sealed_key, r.token, r.duration_ms, r.withdrawn_at is not null, exists (
			select from playback_sessions s where s.account_id = $1 and s.ended_at is null and s.recording_id = r.id)
		from recordings r
		join webinars w on w.id = r.webinar_id and w.deleted_at is null
		join courses c on c.id = w.course_id and c.deleted_at is null
		join programs p on p.id = c.program_id and p.deleted_at is null
		join enrolments e on e.program_id = c.program_id and e.account_id = $1 and e.withdrawn_at is null
		join accounts a on a.id = e.account_id and a.disabled_at is null
		where r.id = $2 and r.state = 'ready'`, account, recording,
	).Scan(&sealed, &media.Token, &media.DurationMS, &withdrawn, &playing)
	if err != nil {
		return playback.Media{}, nil, err
	}
	if withdrawn || !playing {
		return playback.Media{}, nil, catalog.ErrForbidden
	}
	key, err = s.openKey(sealed, media.Token)
	return media, key, err
}

func (s *Store) openKey(sealed []byte, token string) ([]byte, error) {
	key, err := s.sealer.Open(sealed, token)
	if err != nil {
		return nil, fmt.Errorf("open sealed key: %w", err)
	}
	if len(key) != 16 {
		return nil, fmt.Errorf("sealed key holds %d bytes, want 16", len(key))
	}
	return key, nil
}

// Delivery returns what the access token of a session of query delivery opens.
// catalog.ErrForbidden when the token is wrong, has expired, its session is
// over or its recording is withdrawn or deleted: all look the same.
func (s *Store) Delivery(ctx context.Context, id catalog.PlaybackSessionID, access string) (d playback.Delivery, err error) {
	d, _, err = s.delivery(ctx, id, access)
	return d, err
}

// DeliveryKey is ContentKey for the holder of a session's access token, and
// tells whose session it is.
func (s *Store) DeliveryKey(ctx context.Context, id catalog.PlaybackSessionID, access string, recording catalog.RecordingID) (catalog.AccountID, []byte, error) {
	d, sealed, err := s.delivery(ctx, id, access)
	if err != nil {
		return "", nil, err
	}
	if d.Media.RecordingID != recording {
		return "", nil, catalog.ErrForbidden
	}
	key, err := s.openKey(sealed, d.Media.Token)
	return d.AccountID, key, err
}

func (s *Store) delivery(ctx context.Context, id catalog.PlaybackSessionID, access string) (d playback.Delivery, sealed []byte, err error) {
	defer wrap(&err, "delivery of session %q", id)
	var hash []byte
	var started, now time.Time
	var over bool
	err = s.db.QueryRow(ctx, `
		select s.access_hash, s.started_at, now(), s.ended_at is not null or a.disabled_at is not null
			or coalesce(r.withdrawn_at, e.withdrawn_at, w.deleted_at, c.deleted_at, p.deleted_at) is not null,
			s.account_id, r.id, r.token, r.duration_ms, r.sealed_key
		from playback_sessions s join recordings r on r.id = s.recording_id join accounts a on a.id = s.account_id
		join enrolments e on e.id = s.enrolment_id
		join webinars w on w.id = s.webinar_id join courses c on c.id = w.course_id join programs p on p.id = c.program_id
		where s.id = $1`, id,
	).Scan(&hash, &started, &now, &over, &d.AccountID, &d.Media.RecordingID, &d.Media.Token, &d.Media.DurationMS, &sealed)
	if err = translateNil(err); err != nil {
		if isNotFound(err) {
			err = catalog.ErrForbidden
		}
		return playback.Delivery{}, nil, err
	}
	d.SessionID, d.ExpiresAt = id, started.Add(playback.DeliveryLife(d.Media.DurationMS))
	right := access != "" && subtle.ConstantTimeCompare(hash, accessHash(access)) == 1
	if !right || over || !now.Before(d.ExpiresAt) {
		return playback.Delivery{}, nil, catalog.ErrForbidden
	}
	return d, sealed, nil
}
