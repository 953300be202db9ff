package catalogdb

import (
	"testing"
	"time"

	"rounds/catalog"
)

func TestCrowds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	day := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	at := func(hour int) time.Time { return day.Add(time.Duration(hour) * time.Hour) }
	add := func(id string, starts, ends any, deleted bool) {
		b.exec(t, `insert into webinars (id, course_id, title, starts_at, ends_at, deleted_at) values ($1, $2, $1, $3, $4, case when $5 then now() end)`, id, b.course, starts, ends, deleted)
	}
	add("w1", at(8), at(9), false)
	add("w2", at(12), nil, false) // two hours
	add("w3", at(10), at(12), true)
	add("w4", nil, nil, false)
	b.exec(t, `insert into accounts (id, email, name) select 'acc' || n, 'a' || n || '@x.example', 'A' from generate_series(1, 5) n`)
	b.exec(t, `insert into enrolments (id, program_id, account_id, via, withdrawn_at) select 'enr' || n, $1, 'acc' || n, 'invitation', case n when 5 then now() end from generate_series(1, 5) n`, b.program)

	for name, c := range map[string]struct {
		from, to int
		want     []catalog.WebinarID
	}{
		"the day":       {0, 24, []catalog.WebinarID{"w1", "w2"}},
		"under way":     {13, 14, []catalog.WebinarID{"w2"}},
		"between":       {9, 12, nil},
		"the first end": {8, 9, []catalog.WebinarID{"w1"}},
	} {
		got, err := b.Crowds(t.Context(), at(c.from), at(c.to))
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %+v, %v; want %v", name, got, err, c.want)
			continue
		}
		for i, crowd := range got {
			if crowd.Webinar != c.want[i] || crowd.Doctors != 4 {
				t.Errorf("%s: %+v, want %s and 4 doctors", name, crowd, c.want[i])
			}
		}
	}
	b.exec(t, `update webinars set expected_viewers = 3000 where id = 'w2'`)
	got, err := b.Crowds(t.Context(), at(11), at(20))
	if err == nil && len(got) == 1 && (got[0].Doctors != 4 || got[0].Expected != 3000) {
		t.Errorf("expected: %+v", got[0])
	}
	if err != nil || len(got) != 1 || !got[0].StartsAt.Equal(at(12)) || !got[0].EndsAt.Equal(at(14)) || got[0].Title != "w2" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, of := range []string{"courses", "programs"} {
		b.exec(t, `update `+of+` set deleted_at = now()`)
		if got, err := b.Crowds(t.Context(), at(0), at(24)); err != nil || len(got) != 0 {
			t.Errorf("of deleted %s: %+v, %v", of, got, err)
		}
		b.exec(t, `update `+of+` set deleted_at = null`)
	}
}
