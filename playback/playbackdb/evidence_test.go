package playbackdb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/evidence"
	"rounds/playback/playbackdb"
)

// exportOf is the export of the bundle's program.
func (b *bundle) exportOf(t *testing.T) []byte {
	t.Helper()
	at, records, err := b.Evidence(t.Context(), b.program)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := evidence.NewWriter(&out, b.program, at)
	for e, readErr := range records {
		err = errors.Join(err, readErr, w.Write(e.Enrolment, e.Line))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// verified is the report on the bundle's program, which must be in order.
func (b *bundle) verified(t *testing.T, heads evidence.Heads) evidence.Report {
	t.Helper()
	report, err := evidence.Verify(bytes.NewReader(b.exportOf(t)), heads)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// records are all records of the bundle's program, decoded.
func (b *bundle) records(t *testing.T) []evidence.Record {
	t.Helper()
	_, stored, err := b.Evidence(t.Context(), b.program)
	if err != nil {
		t.Fatal(err)
	}
	var out []evidence.Record
	for e, err := range stored {
		var r evidence.Record
		if err = errors.Join(err, json.Unmarshal(e.Line.Record, &r)); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// complete has the bundle's doctor watch 90 % of the webinar.
func (b *bundle) complete(t *testing.T) playback.Started {
	t.Helper()
	s := b.start(t)
	b.age(t, "2 hours")
	if !b.send(t, b.beat(s.SessionID, 1, seconds(0, 900))).Completed {
		t.Fatal("not completed")
	}
	return s
}

func TestACompletionIsPutOnRecord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.complete(t)
	b.send(t, b.beat(s.SessionID, 2, seconds(900, 950))) // nothing new hangs on this
	records := b.records(t)
	if len(records) != 1 {
		t.Fatalf("%d records", len(records))
	}
	r := records[0]
	if r.Kind != evidence.Completed || r.Enrolment != b.enrolment || r.Number != 1 || r.Account != b.doctor || r.Program != b.program || r.Webinar != b.webinar {
		t.Errorf("who and what: %+v", r)
	}
	if *r.Recording != (evidence.Recording{ID: b.recording, Token: b.token, DurationMS: durationMS}) {
		t.Errorf("content: %+v", r.Recording)
	}
	if r.Rule.Version != 1 || r.Rule.ThresholdHundredths != 9000 || r.Rule.Counts != catalog.CountsUnion || r.Rule.MaxRatePercent != 200 {
		t.Errorf("rule: %+v", r.Rule)
	}
	if r.Watched.CountedMS != 900_000 || r.Watched.Hundredths != 9000 || len(r.Watched.Replay) != 1 || r.Watched.Replay[0] != [2]int64{0, 900_000} || len(r.Watched.Live) != 0 {
		t.Errorf("watched: %+v", r.Watched)
	}
	if len(r.Origins) != 1 || r.Origins[0].ID != string(s.SessionID) || r.Origins[0].AcceptedMS != 900_000 || r.Origins[0].Device != "Chrome" || r.Origins[0].StartedAt == nil || time.Since(r.At) > time.Minute {
		t.Errorf("origins: %+v at %s", r.Origins, r.At)
	}
	if report := b.verified(t, evidence.NoHeads); report.Records != 1 || report.Unheaded != 1 {
		t.Errorf("report %+v", report)
	}
}

// TestCompletionsOfOneEnrolmentAtOnce has several API processes record for one
// enrolment at the same time: one chain without a gap comes of it.
func TestCompletionsOfOneEnrolmentAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var beats []playback.BeatRequest
	for range 12 {
		webinar, _, _ := b.newWebinar(t)
		beats = append(beats, b.beat(b.startOf(t, b.doctor, webinar).SessionID, 1, seconds(0, 900)))
	}
	b.exec(t, `update playback_sessions set started_at = started_at - interval '2 hours'`)
	var senders sync.WaitGroup
	for i, r := range beats {
		process := playbackdb.New(b.db, b.sealer)
		if i%2 == 0 {
			process = b.Store
		}
		senders.Go(func() {
			if result, err := process.Beat(context.Background(), r); err != nil && !errors.Is(err, playback.ErrTakenOver) || !result.Completed && err == nil {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
	senders.Wait()
	if report := b.verified(t, evidence.NoHeads); report.Records != len(beats) || report.Enrolments != 1 {
		t.Errorf("report %+v", report)
	}
}

func TestEvidenceIsAppendOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.complete(t)
	for _, sql := range []string{`update evidence set record = ''`, `delete from evidence`, `truncate evidence`} {
		if _, err := b.db.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestExportOfMoreThanAPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var changes []playbackdb.Change
	for range 3 {
		_, enrolment := b.newDoctor(t)
		for range 150 {
			changes = append(changes, playbackdb.Change{Kind: evidence.Waived, Enrolment: enrolment, Webinar: b.webinar, Subject: "wvr_1", By: "acc_1", Reason: "Ill."})
		}
	}
	tx, err := b.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(playbackdb.RecordEvidence(t.Context(), tx, changes...), tx.Commit(t.Context())); err != nil {
		t.Fatal(err)
	}
	if report := b.verified(t, evidence.NoHeads); report.Records != 450 || report.Enrolments != 3 {
		t.Errorf("report %+v", report)
	}
	if _, _, err := b.Evidence(t.Context(), "prg_nothing"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("no program: %v", err)
	}
}

// TestTheOwnerOfTheDatabaseCannotHideAChange takes the guard away and writes a
// record and its hash anew: only the head knows.
func TestTheOwnerOfTheDatabaseCannotHideAChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.complete(t)
	var vault memoryVault
	if n, err := b.WriteHeads(t.Context(), &vault, tomorrow()); n != 1 || err != nil {
		t.Fatalf("%d heads, %v", n, err)
	}
	b.exec(t, `alter table evidence disable trigger all`)
	var record string
	if err := b.db.QueryRow(t.Context(), `update evidence set record = replace(record, '"counted_ms":900000', '"counted_ms":999999') returning record`).Scan(&record); err != nil {
		t.Fatal(err)
	}
	hash := evidence.Hash(evidence.Sum{}, []byte(record))
	b.exec(t, `update evidence set hash = $1`, hash[:])
	export := b.exportOf(t)
	if _, err := evidence.Verify(bytes.NewReader(export), evidence.NoHeads); err != nil {
		t.Errorf("consistent in itself: %v", err)
	}
	var broken *evidence.Broken
	if _, err := evidence.Verify(bytes.NewReader(export), later(vault.heads())); !errors.As(err, &broken) || broken.Enrolment != b.enrolment || broken.Number != 1 {
		t.Errorf("against the head: %v", err)
	}
}

func TestAnImportThatIsUndoneIsPutOnRecord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.schedule(t)
	b.exec(t, `insert into live_maps (recording_id, pieces, confirmed) values ($1, jsonb_build_array(jsonb_build_object('live_at', $2::timestamptz, 'at_s', 0, 'length_s', 1000)), true)`, b.recording, liveStart)
	other, _ := b.newDoctor(t)
	result := b.attend(t, stay(b.doctor, 0, 950), stay(other, 0, 100))
	b.retract(t, result.ID)
	b.retract(t, result.ID)
	records := b.records(t)
	if len(records) != 2 {
		t.Fatalf("%d records", len(records))
	}
	attended, undone := records[0], records[1]
	if attended.Kind != evidence.Completed || len(attended.Watched.Live) != 1 || attended.Watched.Hundredths != 9500 || attended.Origins[0].ID != string(result.ID) ||
		attended.Origins[0].Source != "live" || !attended.Origins[0].EndedAt.Equal(liveStart.Add(950*time.Second)) || attended.Origins[0].By != "acc_admin" {
		t.Errorf("attended: %+v", attended)
	}
	if undone.Kind != evidence.Retracted || undone.Number != 2 || undone.Subject != string(result.ID) || undone.By != "acc_admin" || undone.Reason != "wrong file" || undone.Watched.CountedMS != 0 {
		t.Errorf("undone: %+v", undone)
	}
	b.verified(t, evidence.NoHeads)
}
