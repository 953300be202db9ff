package playbackdb_test

import (
	"testing"

	"rounds/catalog"
	"rounds/playback"
)

func TestProgramProgress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	second, _, _ := b.newWebinar(t)
	third := catalog.NewWebinarID()
	b.exec(t, `insert into webinars (id, course_id, title, position) values ($1, $2, 'Not recorded yet', 1)`, third, b.course)
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 1, seconds(0, 950)))
	p, err := b.ProgramProgress(t.Context(), b.doctor, b.program)
	if err != nil || len(p.Webinars) != 3 {
		t.Fatalf("%+v, %v", p, err)
	}
	done, open, missing := p.Webinars[0], p.Webinars[1], p.Webinars[2]
	if done.WebinarID != b.webinar || !done.Completed() || !done.Playable || done.DurationMS != durationMS {
		t.Errorf("done: %+v", done)
	}
	if open.WebinarID != second || open.Completed() || missing.WebinarID != third || missing.Playable || missing.Completed() {
		t.Errorf("open: %+v; missing: %+v", open, missing)
	}
	if r := p.Requirements(); len(r) != 1 || r[0].State != playback.Unmet || r[0].Have != 1 || r[0].Need != 3 {
		t.Errorf("requirements: %+v", r)
	}
}

func TestProgressIsForTheEnrolled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.WebinarProgress(t.Context(), "acc_nobody", b.webinar)
	wantError(t, err, catalog.ErrNotFound)
	_, err = b.ProgramProgress(t.Context(), "acc_nobody", b.program)
	wantError(t, err, catalog.ErrNotFound)
	b.exec(t, `update webinars set deleted_at = now()`)
	if p, err := b.ProgramProgress(t.Context(), b.doctor, b.program); err != nil || len(p.Webinars) != 0 || playback.Completed(p.Requirements()) {
		t.Errorf("an empty program: %+v, %v", p, err)
	}
}

// TestARuleChangeTakesNothingBack: a completion stands under a stricter rule.
func TestARuleChangeTakesNothingBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 1, seconds(0, 900)))
	b.exec(t, `insert into program_rules (program_id, version, threshold_percent, counts, max_rate) values ($1, 2, 99.5, 'union', 1.5)`, b.program)
	if p := b.progress(t); !p.Completed() || p.Completion.RuleVersion != 1 || p.Requirements[0].Need != 99.5 {
		t.Errorf("progress: %+v", p)
	}
}
