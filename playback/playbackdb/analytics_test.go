package playbackdb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

var anAdmin = identity.Principal{AccountID: "acc_admin", Roles: []identity.Role{identity.RoleAdmin}}

func (b *bundle) audience(t testing.TB) playback.Audience {
	t.Helper()
	a, err := b.Audience(context.Background(), anAdmin, b.webinar)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// cover stores what a doctor has watched, as beats and imports do.
func (b *bundle) cover(t testing.TB, enrolment catalog.EnrolmentID, recording catalog.RecordingID, source string, watched playback.Ranges) {
	t.Helper()
	text := "{"
	for i, r := range watched {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf("[%d,%d)", r.From, r.To)
	}
	b.exec(t, `insert into coverage_union (enrolment_id, webinar_id, recording_id, source, ranges) values ($1, $2, $3, $4, $5::text::int4multirange)`,
		enrolment, b.webinar, recording, source, text+"}")
}

// someRanges are up to eight ranges of a recording, in milliseconds.
func someRanges(r *rand.Rand) playback.Ranges {
	var pieces []playback.Range
	for range r.IntN(8) {
		from := r.Int64N(durationMS)
		pieces = append(pieces, playback.Range{From: from, To: min(durationMS, from+r.Int64N(90_000))})
	}
	return playback.NewRanges(pieces...)
}

// TestCurvesAreWhatEachDoctorWatched compares the sweep with looking at each
// second of each doctor.
func TestCurvesAreWhatEachDoctorWatched(t *testing.T) {
	t.Parallel()
	b := setup(t)
	random := rand.New(rand.NewPCG(7, 9)) //nolint:gosec // G404: a test
	want := map[string]playback.Curve{"live": make(playback.Curve, 1000), "replay": make(playback.Curve, 1000), "both": make(playback.Curve, 1000)}
	for range 40 {
		_, enrolment := b.newDoctor(t)
		live, replay := someRanges(random), someRanges(random)
		b.cover(t, enrolment, b.recording, "live", live)
		b.cover(t, enrolment, b.recording, "replay", replay)
		for at := range 1000 {
			middle := int64(at)*1000 + 500
			for name, in := range map[string]bool{"live": live.Contains(middle), "replay": replay.Contains(middle), "both": live.Contains(middle) && replay.Contains(middle)} {
				if in {
					want[name][at]++
				}
			}
		}
	}
	a := b.audience(t)
	for name, got := range map[string]playback.Curve{"live": a.LiveCurve, "replay": a.ReplayCurve, "both": a.BothCurve} {
		if !slices.Equal(got, want[name]) {
			t.Errorf("%s: %v\nwant %v", name, got, want[name])
		}
	}
}

func TestWhoIsCountedInAnAudience(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := playback.Ranges{{From: 0, To: durationMS}}
	half := playback.Ranges{{From: 0, To: durationMS / 2}}
	b.exec(t, `update accounts set country = 'EG' where id = $1`, b.doctor)
	b.exec(t, `update enrolments set created_at = now() - interval '3 days'`)
	started := b.start(t)
	b.age(t, "2 days")
	b.cover(t, b.enrolment, b.recording, "replay", half)
	_, twice := b.newDoctor(t) // live and again, and has completed
	b.cover(t, twice, b.recording, "live", half)
	b.cover(t, twice, b.recording, "replay", all)
	b.exec(t, `insert into completions (enrolment_id, webinar_id, rule_version, recording_id) values ($1, $2, 1, $3)`, twice, b.webinar, b.recording)
	_, ended := b.newDoctor(t) // is no doctor of the program any more
	b.cover(t, ended, b.recording, "replay", all)
	b.exec(t, `update enrolments set withdrawn_at = now() where id = $1`, ended)
	older, _ := b.newRecording(t, b.webinar) // what was seen of another recording is of no second of this one
	_, before := b.newDoctor(t)
	b.cover(t, before, older, "replay", all)

	b.exec(t, `insert into play_reports (id, at, account_id, webinar_id, session_id, n, position_ms)
		select 'rpt_' || at, now(), $1, $2, $3, at, at from unnest(array[61000, 65000, 130000]) at`, b.doctor, b.webinar, started.SessionID)
	b.exec(t, `insert into recording_extras (recording_id, chapters) values ($1, '[{"start_ms":0,"title":"Why"}]')`, b.recording)

	a := b.audience(t)
	got := fmt.Sprint(a.Enrolled, a.Started, a.Finished, a.Completed, a.Live, a.Replay, a.Both, a.LiveCurve[0], a.ReplayCurve[999], a.BothCurve[499], a.BothCurve[500])
	if got != "3 2 1 1 1 2 1 1 1 1 0" {
		t.Errorf("counted %s", got)
	}
	// Of countries and devices, only what was before today is told.
	if got := fmt.Sprint(a.Countries, a.Devices, a.Reports, len(a.Chapters)); got != "[{EG [1 1 0]}] [{ [1 0 0]}] [{1 1} {2 1}] 1" {
		t.Errorf("groups %s", got)
	}
	b.exec(t, `update playback_sessions set device = 'Chrome on Windows'`)
	if a := b.audience(t); fmt.Sprint(a.Devices) != "[{Windows [1 0 0]}]" {
		t.Errorf("devices %v", a.Devices)
	}
}

// TestARememberedAudience: figures of a moment ago, for those who may know and for
// nobody else; what is cheap to ask is new.
func TestARememberedAudience(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Remembering(time.Hour)
	b.cover(t, b.enrolment, b.recording, "replay", playback.Ranges{{From: 0, To: durationMS}})
	first := b.audience(t)
	_, another := b.newDoctor(t)
	b.cover(t, another, b.recording, "replay", playback.Ranges{{From: 0, To: durationMS}})
	b.exec(t, `insert into recording_extras (recording_id, chapters) values ($1, '[{"start_ms":0,"title":"Why"}]')`, b.recording)
	if again := b.audience(t); first.Started != 1 || again.Started != 1 || again.Enrolled != 1 || len(again.ReplayCurve) != 1000 || len(again.Chapters) != 1 || len(first.Chapters) != 0 {
		t.Errorf("first %d, then %d of %d, %d chapters", first.Started, again.Started, again.Enrolled, len(again.Chapters))
	}
	_, err := b.Audience(t.Context(), identity.Principal{AccountID: b.doctor, Roles: []identity.Role{identity.RoleDoctor}}, b.webinar)
	wantError(t, err, catalog.ErrNotFound)
	newer, _ := b.newRecording(t, b.webinar)
	b.exec(t, `update webinars set current_recording_id = $1 where id = $2`, newer, b.webinar)
	if a := b.audience(t); a.RecordingID != newer || a.Enrolled != 2 || a.Started != 0 {
		t.Errorf("of a newer recording: %+v", a)
	}
}

func TestWhoMayKnowTheAudience(t *testing.T) {
	t.Parallel()
	b := setup(t)
	presenter, moderator, elsewhere := catalog.NewAccountID(), catalog.NewAccountID(), catalog.NewAccountID()
	for _, id := range []catalog.AccountID{presenter, moderator, elsewhere} {
		b.exec(t, `insert into accounts (id, email, name) values ($1, $1 || '@example.org', 'Somebody')`, id)
	}
	b.exec(t, `insert into webinar_presenters (webinar_id, account_id) values ($1, $2)`, b.webinar, presenter)
	b.exec(t, `insert into webinar_moderators (webinar_id, account_id) values ($1, $2)`, b.webinar, moderator)
	another := catalog.NewWebinarID()
	b.exec(t, `insert into webinars (id, course_id, title) select $1, course_id, 'Another' from webinars where id = $2`, another, b.webinar)
	b.exec(t, `insert into webinar_presenters (webinar_id, account_id) values ($1, $2)`, another, elsewhere)
	b.exec(t, `insert into webinar_moderators (webinar_id, account_id) values ($1, $2)`, another, elsewhere)
	for id, want := range map[catalog.AccountID]error{presenter: nil, moderator: nil, elsewhere: catalog.ErrNotFound, b.doctor: catalog.ErrNotFound, "": catalog.ErrNotFound} {
		_, err := b.Audience(t.Context(), identity.Principal{AccountID: id, Roles: []identity.Role{identity.RolePresenter}}, b.webinar)
		wantError(t, err, want)
	}
	b.exec(t, `update webinars set current_recording_id = null`)
	_, err := b.Audience(t.Context(), anAdmin, b.webinar)
	wantError(t, err, catalog.ErrNotReady)
}

// BenchmarkAudience counts all doctors of a webinar: 13,000 who each left 300 pieces,
// more than anybody does, and 100,000 with ten.
func BenchmarkAudience(b *testing.B) {
	for _, size := range []struct{ doctors, pieces int }{{13_000, 300}, {100_000, 10}} {
		b.Run(fmt.Sprintf("%d_doctors_%d_pieces", size.doctors, size.pieces), func(b *testing.B) {
			bundle := setup(b)
			bundle.asTheProgram(b)
			bundle.seedAudience(b, size.doctors, size.pieces)
			b.ResetTimer()
			for b.Loop() {
				if a := bundle.audience(b); a.Started != size.doctors || a.ReplayCurve[100] == 0 {
					b.Fatalf("%d started", a.Started)
				}
			}
		})
	}
}

// asTheProgram gives new connections what the program's have: no compiler.
func (b *bundle) asTheProgram(t testing.TB) {
	t.Helper()
	b.exec(t, `do $$ begin execute format('alter database %I set jit = off', current_database()); end $$`)
	b.db.Reset()
}

// seedAudience has doctors watch three quarters of an hour in pieces, each from a
// start of her own; every tenth was there live too.
func (b *bundle) seedAudience(t testing.TB, doctors, pieces int) {
	t.Helper()
	b.exec(t, `insert into accounts (id, email, name, country) select 'acc_' || n, n || '@example.org', 'Doctor', (array['EG','PT','DE','NG'])[1 + n % 4] from generate_series(1, $1) n`, doctors)
	b.exec(t, `insert into enrolments (id, program_id, account_id, via, created_at) select 'enr_' || n, $1, 'acc_' || n, 'invitation', now() - interval '9 days' from generate_series(1, $2) n`, b.program, doctors)
	b.exec(t, `update recordings set duration_ms = 3600000`)
	b.exec(t, `insert into coverage_union (enrolment_id, webinar_id, recording_id, source, ranges)
		select 'enr_' || n, $1, $2, 'replay', (select range_agg(int4range(at * 3600000 / $4 + n % 2000, at * 3600000 / $4 + n % 2000 + 2700000 / $4)) from generate_series(0, $4 - 1) at) from generate_series(1, $3) n
		union all select 'enr_' || n, $1, $2, 'live', '{[0,1800000)}' from generate_series(10, $3, 10) n`, b.webinar, b.recording, doctors, pieces)
	b.exec(t, `insert into playback_sessions (id, enrolment_id, account_id, webinar_id, recording_id, device, started_at, ended_at, speed_limit)
		select 'pbs_' || n, 'enr_' || n, 'acc_' || n, $1, $2, (array['Chrome on Windows','Safari on iPhone'])[1 + n % 2], now() - interval '5 days', now(), 200 from generate_series(1, $3) n`, b.webinar, b.recording, doctors)
	b.exec(t, `analyze`)
}
