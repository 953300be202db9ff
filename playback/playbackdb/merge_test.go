package playbackdb_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/playback/evidence"
)

// merge does it in a transaction, and keeps that or not.
func (b *bundle) merge(t *testing.T, source, target catalog.AccountID, keep bool) identity.MergeOutcome {
	t.Helper()
	tx, err := b.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := b.MergeWatched(t.Context(), tx, identity.MergeOrder{Source: source, Target: target, By: "acc_sam", Reason: "One person"})
	if err != nil {
		t.Fatal(err)
	}
	end := tx.Rollback
	if keep {
		end = tx.Commit
	}
	if err := end(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	return outcome
}

// watch lets an account watch a range, at once.
func (b *bundle) watch(t *testing.T, account catalog.AccountID, webinar catalog.WebinarID, ranges ...playback.Range) {
	t.Helper()
	started := b.startOf(t, account, webinar)
	b.exec(t, `update playback_sessions set started_at = started_at - interval '1 hour', carry_ms = 0, spent_ms = 0 where id = $1`, started.SessionID)
	beat := b.beat(started.SessionID, 1, ranges...)
	beat.AccountID = account
	b.send(t, beat)
}

func TestMergeUnitesIntervals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	source, sourceEnrolment := b.newDoctor(t)
	b.watch(t, source, b.webinar, seconds(0, 600))
	b.watch(t, b.doctor, b.webinar, seconds(400, 950))

	before := b.snapshot(t)
	preview := b.merge(t, source, b.doctor, false)
	if after := b.snapshot(t); after != before {
		t.Errorf("a preview changed\n%s\nto\n%s", before, after)
	}
	outcome := b.merge(t, source, b.doctor, true)
	if identity.DigestMerge(identity.MergeOrder{}, preview) != identity.DigestMerge(identity.MergeOrder{}, outcome) {
		t.Errorf("the preview told\n%+v\nand it became\n%+v", preview, outcome)
	}
	if len(outcome.Programs) != 1 || len(outcome.Programs[0].Webinars) != 1 {
		t.Fatalf("%+v", outcome)
	}
	w := outcome.Programs[0].Webinars[0]
	if w.Source.WatchedMS != 600_000 || w.Target.WatchedMS != 550_000 || w.Union.WatchedMS != 950_000 || w.Target.Completed || !w.Union.Completed {
		t.Errorf("%+v", w)
	}
	if p := b.progress(t); p.Coverage.Union().Total() != 950_000 || !p.Completed() {
		t.Errorf("%+v", p)
	}
	if err := b.RebuildUnion(t.Context(), b.enrolment); err != nil {
		t.Fatal(err)
	}
	if p := b.progress(t); p.Coverage.Union().Total() != 950_000 {
		t.Errorf("rebuilt: %v", p.Coverage)
	}
	var from string
	if err := b.db.QueryRow(t.Context(), `select merged_from from playback_sessions where account_id = $1 and merged_from is not null`, b.doctor).Scan(&from); err != nil || from != string(source) {
		t.Errorf("%q, %v", from, err)
	}
	var reason string
	if err := b.db.QueryRow(t.Context(), `select withdraw_reason from enrolments where id = $1 and withdrawn_at is not null`, sourceEnrolment).Scan(&reason); err != nil || reason == "" {
		t.Errorf("the source still takes part: %q, %v", reason, err)
	}
	b.verified(t, evidence.NoHeads)
	records := b.records(t)
	if len(records) != 1 || records[0].Kind != evidence.Completed || records[0].Watched.Union.Total() != 950_000 || len(records[0].Origins) != 2 {
		t.Errorf("%+v", records)
	}
}

func TestMergeKeepsCreditAndItsEvidence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	source, sourceEnrolment := b.newDoctor(t)
	b.watch(t, source, b.webinar, seconds(0, 990))
	b.watch(t, b.doctor, b.webinar, seconds(0, 10))
	b.merge(t, source, b.doctor, true)
	if p := b.progress(t); !p.Completed() || p.Resume.PositionMS != 10_000 {
		t.Errorf("%+v", p)
	}
	b.verified(t, evidence.NoHeads)
	records := b.records(t)
	if len(records) != 2 {
		t.Fatalf("%+v", records)
	}
	for _, r := range records {
		switch r.Enrolment {
		case sourceEnrolment:
			if r.Kind != evidence.Completed || r.Account != source {
				t.Errorf("the source's own record: %+v", r)
			}
		default:
			if r.Kind != evidence.Merged || r.Subject != string(sourceEnrolment) || r.Account != b.doctor || r.By != "acc_sam" || r.Reason != "One person" {
				t.Errorf("the target's: %+v", r)
			}
		}
	}
}

// TestMergeMovesEnrolments: what only the source takes part in moves as it is,
// with its chain.
func TestMergeMovesEnrolments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.watch(t, b.doctor, b.webinar, seconds(0, 990))
	target := catalog.NewAccountID()
	b.exec(t, `insert into accounts (id, email, name) values ($1, $1 || '@example.org', 'Doctor')`, target)
	outcome := b.merge(t, b.doctor, target, true)
	if p := outcome.Programs[0]; !p.InSource || p.InTarget || !p.Webinars[0].Union.Completed {
		t.Errorf("%+v", p)
	}
	p, err := b.WebinarProgress(t.Context(), target, b.webinar)
	if err != nil || !p.Completed() {
		t.Errorf("%+v, %v", p, err)
	}
	b.verified(t, evidence.NoHeads)
	records := b.records(t)
	if len(records) != 2 || records[1].Kind != evidence.Merged || records[1].Subject != string(b.doctor) || records[1].Account != target || records[0].Account != b.doctor {
		t.Errorf("%+v", records)
	}
	started := b.startOf(t, target, b.webinar)
	beat := b.beat(started.SessionID, 1, seconds(0, 1))
	beat.AccountID = target
	b.send(t, beat)
}

func TestMergeBringsLiveAttendance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	source, sourceEnrolment := b.newDoctor(t)
	live := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	b.exec(t, `update webinars set starts_at = $2 where id = $1`, b.webinar, live)
	_, err := b.ImportAttendance(t.Context(), playback.AttendanceImport{WebinarID: b.webinar, Platform: "api", Rows: []playback.Attended{
		{Email: string(source) + "@example.org", Joined: live, Left: live.Add(300 * time.Second)},
		{Email: string(b.doctor) + "@example.org", Joined: live.Add(200 * time.Second), Left: live.Add(500 * time.Second)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	b.merge(t, source, b.doctor, true)
	if p := b.progress(t); p.Coverage.Live.Total() != 500_000 {
		t.Errorf("%v", p.Coverage)
	}
	if err := b.ProjectLive(t.Context(), b.webinar); err != nil {
		t.Fatal(err)
	}
	if p := b.progress(t); p.Coverage.Live.Total() != 500_000 {
		t.Errorf("projected again: %v", p.Coverage)
	}
	var from string
	if err := b.db.QueryRow(t.Context(), `select merged_from from attendance where merged_from is not null`).Scan(&from); err != nil || from != string(sourceEnrolment) {
		t.Errorf("%q, %v", from, err)
	}
}

// TestMergeLiftsNoBar: an access that was ended stays ended.
func TestMergeLiftsNoBar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	source, _ := b.newDoctor(t)
	b.exec(t, `update enrolments set withdrawn_at = now(), withdraw_reason = 'Shared the account' where account_id = $1`, b.doctor)
	if outcome := b.merge(t, source, b.doctor, true); !outcome.Programs[0].Ended {
		t.Errorf("%+v", outcome)
	}
	_, err := b.Start(t.Context(), playback.StartRequest{AccountID: b.doctor, WebinarID: b.webinar})
	wantError(t, err, catalog.ErrNotFound)
}

// TestMergeTellsOverlap: two who play at once may be two persons.
func TestMergeTellsOverlap(t *testing.T) {
	t.Parallel()
	b := setup(t)
	source, _ := b.newDoctor(t)
	for _, account := range []catalog.AccountID{source, b.doctor} {
		b.watch(t, account, b.webinar, seconds(0, 100))
	}
	b.exec(t, `update playback_sessions set started_at = '2026-03-02 14:00Z', last_beat_at = '2026-03-02 14:10Z' where account_id = $1`, source)
	b.exec(t, `update playback_sessions set started_at = '2026-03-02 14:06Z', last_beat_at = '2026-03-02 14:30Z' where account_id = $1`, b.doctor)
	if outcome := b.merge(t, source, b.doctor, false); outcome.Overlap != 4*time.Minute {
		t.Errorf("%v", outcome.Overlap)
	}
}

// TestMergeKeepsCertificates: the one that only the other account had comes
// along, and nothing is issued again.
func TestMergeKeepsCertificates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	source, _ := b.newDoctor(t)
	b.watch(t, source, b.webinar, seconds(0, 950))
	issued, err := b.Certificates(t.Context(), source, "", catalog.PageRequest{})
	if err != nil || len(issued.Items) != 1 {
		t.Fatalf("%+v %v", issued, err)
	}
	b.merge(t, source, b.doctor, true)
	after, err := b.Certificates(t.Context(), b.doctor, b.program, catalog.PageRequest{})
	if err != nil || len(after.Items) != 1 || after.Items[0].ID != issued.Items[0].ID || after.Items[0].EnrolmentID != b.enrolment {
		t.Errorf("%+v %v", after, err)
	}
	var told int
	if err := b.db.QueryRow(t.Context(), `select count(*) from events where type = 'certificate.issued'`).Scan(&told); err != nil || told != 1 {
		t.Errorf("told %d times, %v", told, err)
	}
}

func TestMomentsOfPlaying(t *testing.T) {
	t.Parallel()
	b := setup(t)
	live := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	b.exec(t, `update webinars set starts_at = $2 where id = $1`, b.webinar, live)
	if _, err := b.ImportAttendance(t.Context(), playback.AttendanceImport{WebinarID: b.webinar, Platform: "api", Rows: []playback.Attended{
		{Email: string(b.doctor) + "@example.org", Joined: live, Left: live.Add(400 * time.Second)},
	}}); err != nil {
		t.Fatal(err)
	}
	b.watch(t, b.doctor, b.webinar, seconds(0, 950))
	b.exec(t, `update playback_sessions set refused_ms = 5000`)
	moments, err := b.Moments(t.Context(), b.doctor)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range moments {
		told = append(told, m.Sentence().String())
	}
	text := strings.Join(told, "\n")
	for _, want := range []string{
		"Started to play “Atrial fibrillation” on Chrome.",
		"Watched “Atrial fibrillation”: 15 min 50 s were counted, 95 % of it (0:00–15:50); 5 s were not counted: more than can be watched in the time.",
		"Was in the live session of “Atrial fibrillation” and left at 40 % of it: 6 min 40 s.",
		"Completed “Atrial fibrillation”.",
		"Met the rule of “Cardiology” and got its certificate.",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is told %d times of\n%s", want, strings.Count(text, want), text)
		}
	}
}

// snapshot is all that a merge touches, as text.
func (b *bundle) snapshot(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"coverage", "coverage_union", "completions", "resume_positions", "enrolments", "playback_sessions", "attendance", "waivers", "certificates", "evidence", "evidence_chains"} {
		rows, err := b.db.Query(t.Context(), fmt.Sprintf(`select %[1]s::text from %[1]s order by 1`, table))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(&all, table+"\n"+strings.Join(lines, "\n")+"\n")
	}
	return all.String()
}
