package catalogdb

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// ready makes the bundle's recording ready, 100 s long.
func (b *testBundle) ready(t *testing.T, id catalog.RecordingID) {
	t.Helper()
	b.exec(t, `update recordings set state = 'ready', duration_ms = 100000, token = 'tok', published_at = now() where id = $1`, id)
}

// TestReplacementTakesAlong: chapters, captions and the live map of the earlier
// recording move to the one that replaces it, and stay what somebody made of
// them since.
func TestReplacementTakesAlong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ready(t, b.recording)
	start := time.Date(2026, 9, 22, 14, 30, 0, 0, time.UTC)
	b.exec(t, `update webinars set starts_at = $1`, start)
	b.caption(t, "en", "WEBVTT\n\n00:00:20.000 --> 00:00:22.000\nhello\n")
	b.caption(t, "de", "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\ngone\n")
	if err := b.SetChapters(t.Context(), b.recording, []catalog.Chapter{{StartMS: 0, Title: "Start"}, {StartMS: 50_000, Title: "End"}}); err != nil {
		t.Fatal(err)
	}
	next := b.newRecording(t)
	m := catalog.TimeMap{Replaces: b.recording, Pieces: []catalog.TimePiece{{FromS: 10, AtS: 0, LengthS: 604_800}}}
	set := func() {
		t.Helper()
		if err := b.SetTimeMap(t.Context(), next, m); err != nil {
			t.Fatal(err)
		}
	}
	set()
	if kept := must(b.TimeMap(t.Context(), next))(t); kept.Replaces != m.Replaces || !slices.Equal(kept.Pieces, m.Pieces) {
		t.Errorf("kept %+v", kept)
	}
	live := must(b.LiveMap(t.Context(), next))(t)
	if len(live.Pieces) != 1 || !live.Pieces[0].LiveAt.Equal(start.Add(10*time.Second)) || live.Pieces[0].AtS != 0 || live.Pieces[0].LengthS != 90 || live.Confirmed {
		t.Errorf("live map %+v", live)
	}
	if extras := must(b.Extras(t.Context(), next))(t); !slices.Equal(extras.Chapters, []catalog.Chapter{{StartMS: 0, Title: "Start"}, {StartMS: 40_000, Title: "End"}}) {
		t.Errorf("chapters %+v", extras.Chapters)
	}
	tracks := must(b.Captions(t.Context(), next))(t)
	if len(tracks) != 1 || tracks[0].Lang != "en" || tracks[0].EndsMS != 12_000 {
		t.Errorf("captions %+v", tracks)
	}

	m.Pieces[0].FromS = 20 // corrected: what was derived follows, what was set stays
	own := catalog.CaptionTrack{RecordingID: next, Lang: "en", WebVTT: "WEBVTT\n", Cues: 1, EndsMS: 7}
	must(b.SaveCaptions(t.Context(), own))(t)
	set()
	if live := must(b.LiveMap(t.Context(), next))(t); !live.Pieces[0].LiveAt.Equal(start.Add(20 * time.Second)) {
		t.Errorf("live map after the correction %+v", live)
	}
	if track := must(b.CaptionTrack(t.Context(), next, "en"))(t); track.EndsMS != 7 {
		t.Errorf("captions somebody made are %+v", track)
	}
	own2 := catalog.LiveMap{Pieces: []catalog.LivePiece{{LiveAt: start, AtS: 3, LengthS: 5}}, Confirmed: true}
	if err := b.SetLiveMap(t.Context(), next, own2); err != nil {
		t.Fatal(err)
	}
	set()
	if live := must(b.LiveMap(t.Context(), next))(t); live.Pieces[0].AtS != 3 || !live.Confirmed {
		t.Errorf("the live map somebody set became %+v", live)
	}
}

// TestOthersMoveAlong: what the hook says decides about the whole.
func TestOthersMoveAlong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	next := b.newRecording(t)
	var told catalog.RecordingID
	refused := errors.New("refused")
	store := New(b.db, Hooks{TimeMapSet: func(_ context.Context, _ pgx.Tx, id catalog.RecordingID) error {
		told = id
		return refused
	}})
	err := store.SetTimeMap(t.Context(), next, catalog.TimeMap{Replaces: b.recording, Pieces: []catalog.TimePiece{{LengthS: 1}}})
	if _, none := b.TimeMap(t.Context(), next); !errors.Is(err, refused) || told != next || !errors.Is(none, catalog.ErrNotFound) {
		t.Errorf("told %q, %v, stored: %v", told, err, none)
	}
}

func TestOnlyAnEarlierRecordingIsReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	next := b.newRecording(t)
	b.exec(t, `insert into webinars (id, course_id, title) values ('web_other', $1, 'Other')`, b.course)
	b.exec(t, `insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, created_at) values ('rec_other', 'web_other', 'x', 1, 1, '2020-01-01')`)
	pieces := []catalog.TimePiece{{LengthS: 1}}
	for id, earlier := range map[catalog.RecordingID]catalog.RecordingID{next: next, b.recording: next, next + "x": b.recording} {
		var field *catalog.FieldError
		err := b.SetTimeMap(t.Context(), id, catalog.TimeMap{Replaces: earlier, Pieces: pieces})
		if !errors.As(err, &field) && !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("%s replaces %s: %v", id, earlier, err)
		}
	}
	for _, earlier := range []catalog.RecordingID{"rec_other", "rec_none"} {
		var field *catalog.FieldError
		if err := b.SetTimeMap(t.Context(), next, catalog.TimeMap{Replaces: earlier, Pieces: pieces}); !errors.As(err, &field) || field.Field != "replaces" {
			t.Errorf("replaces %s: %v", earlier, err)
		}
	}
}
