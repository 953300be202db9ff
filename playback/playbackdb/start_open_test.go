package playbackdb_test

import (
	"errors"
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/playback"
)

// TestPlayStartsWhileAWebinarIsOpen: outside of its time it is refused with a
// sentence; presenters and administrators are not kept out.
func TestPlayStartsWhileAWebinarIsOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	start := func() error {
		_, err := b.Start(t.Context(), playback.StartRequest{AccountID: b.doctor, WebinarID: b.webinar})
		return err
	}
	refused := func(code string) {
		t.Helper()
		var conflict *catalog.ConflictError
		if err := start(); !errors.As(err, &conflict) || conflict.Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	b.exec(t, `update webinars set opens_at = now() + interval '1 day' where id = $1`, b.webinar)
	refused("webinar_not_open")
	progress, err := b.WebinarProgress(t.Context(), b.doctor, b.webinar)
	if err != nil || progress.Playable || !progress.Hidden {
		t.Errorf("%+v %v", progress, err)
	}
	b.exec(t, `update webinars set opens_at = now() - interval '2 days', closes_at = now() - interval '1 day' where id = $1`, b.webinar)
	refused("webinar_closed")
	b.exec(t, `insert into webinar_presenters values ($1, $2)`, b.webinar, b.doctor)
	if err := start(); err != nil {
		t.Errorf("as its presenter: %v", err)
	}
	b.exec(t, `delete from webinar_presenters`)
	b.exec(t, `update accounts set roles = '{doctor,admin}' where id = $1`, b.doctor)
	if err := start(); err != nil {
		t.Errorf("as an administrator: %v", err)
	}
	b.exec(t, `update accounts set roles = '{doctor}' where id = $1`, b.doctor)
	b.exec(t, `update webinars set closes_at = now() + interval '1 day' where id = $1`, b.webinar)
	if err := start(); err != nil {
		t.Errorf("while it is open: %v", err)
	}
}

func TestPlayStartsAfterThePrerequisites(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := catalog.NewCourseID()
	b.exec(t, `insert into courses (id, program_id, title) values ($1, $2, 'Basics')`, first, b.program)
	b.exec(t, `insert into course_prerequisites values ($1, $2)`, b.course, first)
	request := playback.StartRequest{AccountID: b.doctor, WebinarID: b.webinar}
	if _, err := b.Start(t.Context(), request); err != nil || b.progress(t).Locked {
		t.Errorf("a course without webinars asks nothing: %v", err)
	}
	talk := catalog.NewWebinarID()
	b.exec(t, `insert into webinars (id, course_id, title) values ($1, $2, 'Anatomy')`, talk, first)
	var conflict *catalog.ConflictError
	if _, err := b.Start(t.Context(), request); !errors.As(err, &conflict) || conflict.Code != "prerequisites_missing" || !strings.Contains(conflict.Error(), "“Basics”") {
		t.Errorf("refused with %v", err)
	}
	if p, err := b.ProgramProgress(t.Context(), b.doctor, b.program); err != nil || !b.progress(t).Locked || p.Next() != nil {
		t.Errorf("told to go on with %+v, %v", p.Next(), err)
	}
	for _, staff := range []struct{ begin, end string }{
		{`update accounts set roles = '{doctor,admin}' where id = $1`, `update accounts set roles = '{doctor}' where id = $1`},
		{`insert into webinar_presenters (account_id, webinar_id) select $1, id from webinars`, `delete from webinar_presenters where account_id = $1`},
		{`insert into webinar_moderators (account_id, webinar_id) select $1, id from webinars`, `delete from webinar_moderators where account_id = $1`},
	} {
		b.exec(t, staff.begin, b.doctor)
		if _, err := b.Start(t.Context(), request); err != nil || b.progress(t).Locked {
			t.Errorf("%s: %v, locked %t", staff.begin, err, b.progress(t).Locked)
		}
		b.exec(t, staff.end, b.doctor)
	}
	b.exec(t, `insert into waivers (id, enrolment_id, webinar_id, reason, created_by) values ('wai_1', $1, $2, 'known', 'x')`, b.enrolment, talk)
	if _, err := b.Start(t.Context(), request); err != nil || b.progress(t).Locked {
		t.Errorf("after a waiver: %v", err)
	}
}
