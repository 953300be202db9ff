package catalogdb

import (
	"errors"
	"slices"
	"testing"

	"rounds/catalog"
	"rounds/catalog/identity"
)

func TestScheduleTellsOfCoursesThatWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doctor := identity.Principal{AccountID: "acc_doctor", Roles: []identity.Role{identity.RoleDoctor}}
	b.exec(t, `insert into accounts (id, email, name, roles) values ('acc_doctor', 'd@example.org', 'Dr D', '{doctor}')`)
	b.exec(t, `insert into courses (id, program_id, title, position) values ('crs_next', $1, 'Devices', 1)`, b.program)
	b.exec(t, `insert into course_prerequisites values ('crs_next', $1)`, b.course)
	b.exec(t, `insert into webinars (id, course_id, title, starts_at) values ('web_next', 'crs_next', 'Who needs one?', '2026-12-07T17:00:00Z')`)
	b.exec(t, `insert into webinars (id, course_id, title, opens_at, position) values ('web_later', 'crs_next', 'A surprise', now() + interval '1 day', 1)`)
	told := func(who identity.Principal) []catalog.WebinarID {
		var ids []catalog.WebinarID
		for _, w := range must(b.Schedule(t.Context(), who, b.program))(t) {
			ids = append(ids, w.ID)
		}
		return ids
	}
	if got := told(doctor); len(got) != 0 {
		t.Errorf("a stranger is told of %v", got)
	}
	b.exec(t, `insert into enrolments (id, program_id, account_id, via) values ('enr_1', $1, 'acc_doctor', 'admin')`, b.program)
	if got, want := told(doctor), []catalog.WebinarID{b.webinar, "web_next"}; !slices.Equal(got, want) {
		t.Errorf("a doctor is told of %v, want %v", got, want)
	}
	if got := told(identity.Principal{Roles: []identity.Role{identity.RoleAdmin}}); len(got) != 3 {
		t.Errorf("an administrator is told of %v", got)
	}
	var conflict *catalog.ConflictError
	if _, err := b.Webinar(t.Context(), doctor, "web_next"); !errors.As(err, &conflict) {
		t.Errorf("it could be opened: %v", err)
	}
}
