package playbackdb_test

import (
	"slices"
	"strings"
	"testing"

	"rounds/playback"
	"rounds/playback/evidence"
)

// waive lets the bundle's doctor off the webinar.
func (b *bundle) waive(t *testing.T) playback.Waiver {
	t.Helper()
	w, err := b.Waive(t.Context(), playback.Waiver{WebinarID: b.webinar, AccountID: b.doctor, Reason: "Gave this talk herself."})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (b *bundle) revoke(t *testing.T, w playback.Waiver, takeBack bool) {
	t.Helper()
	if err := b.RevokeWaiver(t.Context(), playback.Revoking{ID: w.ID, Reason: "It was another.", TakeBack: takeBack}); err != nil {
		t.Fatal(err)
	}
}

// kinds of the bundle's records, in order, proved from an export.
func (b *bundle) kinds(t *testing.T) string {
	t.Helper()
	b.verified(t, evidence.NoHeads)
	var kinds []string
	for _, r := range b.records(t) {
		kinds = append(kinds, string(r.Kind))
	}
	return strings.Join(kinds, " ")
}

func TestAWaiverCompletes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.waive(t)
	p := b.progress(t)
	if !w.Credited || !p.Completed() || p.Requirements[0].State != playback.Waived || p.Completion == nil || p.Completion.Waiver != w.ID || p.Completion.RuleVersion != 1 {
		t.Errorf("%+v: %+v", p.Requirements, p.Completion)
	}
	e, err := b.Explain(t.Context(), b.doctor, b.program)
	if err != nil || !strings.HasPrefix(e.Webinars[0].Sentence(e.Zone).String(), "Waived by an administrator on ") || e.Sentence().String() != "All webinars of this program are completed." {
		t.Errorf("explained as %q, %v", e.Sentence().String(), err)
	}
	records := b.records(t)
	if got := b.kinds(t); got != "waived completed" {
		t.Fatal(got)
	}
	for _, r := range records {
		if r.Subject != string(w.ID) || r.Reason != "Gave this talk herself." || r.By != "system" || r.Enrolment != b.enrolment || r.Watched.CountedMS != 0 {
			t.Errorf("record: %+v", r)
		}
	}
	b.send(t, b.beat(b.start(t).SessionID, 1, seconds(0, 5))) // completes nothing again
	if got := b.kinds(t); got != "waived completed" {
		t.Error(got)
	}
}

// TestARevokedWaiverTakesNothingBackSilently: credit stands, and everybody is told why.
func TestARevokedWaiverTakesNothingBackSilently(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.waive(t)
	for range 2 {
		b.revoke(t, w, false)
	}
	p := b.progress(t)
	if r := p.Requirements[0]; r.State != playback.Met || !strings.Contains(r.Explanation.String(), "revoked later; your completion of") {
		t.Errorf("after revoking: %+v", r)
	}
	e, err := b.Explain(t.Context(), b.doctor, b.program)
	if err != nil || !strings.HasSuffix(e.Webinars[0].Sentence(e.Zone).String(), "by a waiver of an administrator, which was revoked later; the completion stands.") {
		t.Errorf("explained as %q, %v", e.Webinars[0].Sentence(e.Zone).String(), err)
	}
	if got := b.kinds(t); got != "waived completed waiver_revoked" {
		t.Error(got)
	}
	for range 2 { // said explicitly, also later
		b.revoke(t, w, true)
	}
	if p := b.progress(t); p.Completed() || p.Completion != nil {
		t.Errorf("taken back: %+v", p)
	}
	if got := b.kinds(t); got != "waived completed waiver_revoked taken_back" {
		t.Error(got)
	}
	var audited []string
	if err := b.db.QueryRow(t.Context(), `select array_agg(action || coalesce(' ' || (detail->>'credit'), '') order by id) from audit_log`).Scan(&audited); err != nil ||
		!slices.Equal(audited, []string{"webinar.waive", "webinar.revoke_waiver stands", "webinar.take_back_credit"}) {
		t.Errorf("audited %q, %v", audited, err)
	}
}

// TestCreditThatWasEarnedMeanwhileStays: only what rests on the waiver goes.
func TestCreditThatWasEarnedMeanwhileStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.waive(t)
	b.complete(t)
	b.revoke(t, w, true)
	if p := b.progress(t); !p.Completed() || p.Completion == nil || p.Completion.Waiver != "" {
		t.Errorf("%+v", p.Completion)
	}
	if got := b.kinds(t); got != "waived completed waiver_revoked taken_back completed" {
		t.Error(got)
	}
	watched := b.records(t)[4]
	if watched.Subject != "" || watched.Watched.Hundredths != 9000 {
		t.Errorf("by watching: %+v", watched)
	}
}

// TestAWaiverAfterACompletion changes nothing that is on record.
func TestAWaiverAfterACompletion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.complete(t)
	w := b.waive(t)
	b.revoke(t, w, true)
	if p := b.progress(t); w.Credited || p.Completion == nil || p.Completion.Waiver != "" {
		t.Errorf("%+v %+v", w, p.Completion)
	}
	if got := b.kinds(t); got != "completed waived waiver_revoked" {
		t.Error(got)
	}
}

// TestAWebinarWithoutARecordingIsWaived: it completes, and what comes later changes nothing.
func TestAWebinarWithoutARecordingIsWaived(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `update webinars set current_recording_id = null`)
	w := b.waive(t)
	if p := b.progress(t); !w.Credited || !p.Completed() || p.Completion == nil {
		t.Errorf("%+v", p)
	}
	b.exec(t, `update webinars set current_recording_id = $1`, b.recording)
	b.revoke(t, w, false)
	if p := b.progress(t); !p.Completed() || b.kinds(t) != "waived completed waiver_revoked" {
		t.Errorf("%+v", p)
	}
}
