package playbackdb_test

import (
	"bytes"
	"testing"

	"rounds/catalog"
	"rounds/playback"
)

func TestContentKeyNeedsALivePlaybackSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other, otherRecording, _ := b.newWebinar(t)
	_, err := b.ContentKey(t.Context(), b.doctor, b.recording)
	wantError(t, err, catalog.ErrForbidden) // enrolled, but not playing
	b.start(t)
	if key, err := b.ContentKey(t.Context(), b.doctor, b.recording); err != nil || !bytes.Equal(key, contentKey) {
		t.Errorf("playing: %x, %v", key, err)
	}
	_, err = b.ContentKey(t.Context(), b.doctor, otherRecording)
	wantError(t, err, catalog.ErrForbidden) // plays another recording
	colleague, _ := b.newDoctor(t)
	_, err = b.ContentKey(t.Context(), colleague, b.recording)
	wantError(t, err, catalog.ErrForbidden)
	_, err = b.ContentKey(t.Context(), "acc_nobody", b.recording)
	wantError(t, err, catalog.ErrNotFound)
	_, err = b.ContentKey(t.Context(), b.doctor, "rec_nothing")
	wantError(t, err, catalog.ErrNotFound)
	b.startOf(t, b.doctor, other)
	_, err = b.ContentKey(t.Context(), b.doctor, b.recording)
	wantError(t, err, catalog.ErrForbidden) // taken over
	b.start(t)
	b.exec(t, `update recordings set withdrawn_at = now() where id = $1`, b.recording)
	_, err = b.ContentKey(t.Context(), b.doctor, b.recording)
	wantError(t, err, catalog.ErrForbidden)
}

// TestWhatIsDeletedIsPlayedNoMore: deleting any of the folders that a recording
// lies in stops play that has begun, as withdrawing does.
func TestWhatIsDeletedIsPlayedNoMore(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"webinars", "courses", "programs"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			s, err := b.Start(t.Context(), playback.StartRequest{AccountID: b.doctor, WebinarID: b.webinar, Access: "secret"})
			if err != nil {
				t.Fatal(err)
			}
			b.age(t, "1 hour")
			b.exec(t, `update `+table+` set deleted_at = now() - interval '59 minutes'`)
			_, err = b.ContentKey(t.Context(), b.doctor, b.recording)
			wantError(t, err, catalog.ErrNotFound)
			_, _, err = b.DeliveryKey(t.Context(), s.SessionID, "secret", b.recording)
			wantError(t, err, catalog.ErrForbidden)
			result, err := b.Beat(t.Context(), b.beat(s.SessionID, 1, seconds(0, 600)))
			wantError(t, err, playback.ErrWithdrawn)
			if result.AcceptedMS < 59_000 || result.AcceptedMS > 62_000 {
				t.Errorf("credited %d ms of the minute before", result.AcceptedMS)
			}
		})
	}
}

// TestAccessEndsAtOnce: an account that is disabled, or taken out of the
// program, gets no key and starts nothing from that moment on. What it watched
// before is credited; its beats say why they are refused.
func TestAccessEndsAtOnce(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"account disabled": `update accounts set disabled_at = now() - interval '59 minutes'`,
		"enrolment ended":  `update enrolments set withdrawn_at = now() - interval '59 minutes'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			s, err := b.Start(t.Context(), playback.StartRequest{AccountID: b.doctor, WebinarID: b.webinar, Access: "secret"})
			if err != nil {
				t.Fatal(err)
			}
			b.age(t, "1 hour")
			b.exec(t, sql)
			_, err = b.ContentKey(t.Context(), b.doctor, b.recording)
			wantError(t, err, catalog.ErrNotFound)
			_, _, err = b.DeliveryKey(t.Context(), s.SessionID, "secret", b.recording)
			wantError(t, err, catalog.ErrForbidden)
			result, err := b.Beat(t.Context(), b.beat(s.SessionID, 1, seconds(0, 600)))
			wantError(t, err, playback.ErrAccessEnded)
			if result.AcceptedMS < 59_000 || result.AcceptedMS > 62_000 {
				t.Errorf("credited %d ms of the minute before", result.AcceptedMS)
			}
			_, err = b.Start(t.Context(), playback.StartRequest{AccountID: b.doctor, WebinarID: b.webinar})
			wantError(t, err, catalog.ErrNotFound)
		})
	}
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	start := func() playback.Started {
		s, err := b.Start(t.Context(), playback.StartRequest{AccountID: b.doctor, WebinarID: b.webinar, Access: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := start()
	d, err := b.Delivery(t.Context(), s.SessionID, "secret")
	if err != nil || d.Media != s.Media || d.SessionID != s.SessionID {
		t.Fatalf("%+v, %v", d, err)
	}
	if account, key, err := b.DeliveryKey(t.Context(), s.SessionID, "secret", b.recording); err != nil || !bytes.Equal(key, contentKey) || account != b.doctor {
		t.Errorf("key: %x of %s, %v", key, account, err)
	}
	refused := func(name string, id catalog.PlaybackSessionID, access string) {
		t.Helper()
		if _, err := b.Delivery(t.Context(), id, access); err == nil {
			t.Errorf("%s: opened", name)
		} else {
			wantError(t, err, catalog.ErrForbidden)
		}
	}
	_, _, err = b.DeliveryKey(t.Context(), s.SessionID, "secret", "rec_other")
	wantError(t, err, catalog.ErrForbidden)
	refused("wrong token", s.SessionID, "guess")
	refused("no token", s.SessionID, "")
	refused("unknown session", "pbs_nothing", "secret")
	b.age(t, "54 minutes") // 1000 s × 1.5 + 30 min = 55 min
	if _, err := b.Delivery(t.Context(), s.SessionID, "secret"); err != nil {
		t.Errorf("in its life: %v", err)
	}
	b.age(t, "2 minutes")
	refused("after its life", s.SessionID, "secret")
	s = start()
	next := b.start(t)
	refused("taken over", s.SessionID, "secret")
	refused("a session of cookies", next.SessionID, "")
	s = start()
	b.exec(t, `update recordings set withdrawn_at = now()`)
	refused("withdrawn", s.SessionID, "secret")
}
