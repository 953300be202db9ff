package catalogdb

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// rehearsing is a presenter with a rehearsal that has a recording.
func (b *testBundle) rehearsing(t *testing.T) (identity.Principal, catalog.Rehearsal, catalog.RecordingID) {
	t.Helper()
	amira := identity.Principal{AccountID: b.somebody(t, "Dr Amira Haddad", "amira@example.org", identity.RolePresenter), Roles: []identity.Role{identity.RolePresenter}}
	r := must(b.Rehearse(identity.NewContext(t.Context(), amira), amira.AccountID, "Zebra rehearsal"))(t)
	recording := catalog.NewRecordingID()
	b.exec(t, `insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, token) values ($1, $2, 'talk.mp4', 1000, 8388608, 'ready', 'tok')`, recording, r.WebinarID)
	b.exec(t, `update webinars set current_recording_id = $1 where id = $2`, recording, r.WebinarID)
	return amira, r, recording
}

// listed is everything that lists tell somebody, as one text.
func (b *testBundle) listed(t *testing.T, who identity.Principal) string {
	t.Helper()
	page := catalog.PageRequest{Limit: catalog.MaxPageLimit}
	var all []string
	for name, list := range map[string]func() (any, error){
		"programs":  func() (any, error) { return b.Programs(t.Context(), who, page) },
		"search":    func() (any, error) { return b.Search(t.Context(), who, "zebra", page) },
		"presenter": func() (any, error) { return b.Search(t.Context(), who, "Haddad", page) },
		"webinars":  func() (any, error) { return b.FindWebinars(t.Context(), who, catalog.WebinarFilter{}, page) },
		"presented": func() (any, error) { return b.PresentedBy(t.Context(), who.AccountID) },
		"enrolled":  func() (any, error) { return b.EnrolmentsOf(t.Context(), who.AccountID) },
		"sponsored": func() (any, error) { return b.SponsoredPrograms(t.Context(), who) },
		"deleted":   func() (any, error) { return b.Deleted(t.Context(), page) },
	} {
		found, err := list()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, fmt.Sprintf("%s: %+v", name, found))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// TestRehearsalsAreInNoList looks for a rehearsal in every list, as everybody.
func TestRehearsalsAreInNoList(t *testing.T) {
	t.Parallel()
	b := setup(t)
	amira, r, _ := b.rehearsing(t)
	admin := identity.Principal{AccountID: b.somebody(t, "Root", "root@example.org", identity.RoleAdmin), Roles: []identity.Role{identity.RoleAdmin}}
	stranger := identity.Principal{AccountID: b.somebody(t, "Dr Ben Okafor", "ben@example.org"), Roles: []identity.Role{identity.RoleDoctor}}
	asAdmin := identity.NewContext(t.Context(), admin)
	must(b.Enrol(asAdmin, b.program, stranger.AccountID))(t)

	look := func(when string) {
		t.Helper()
		for name, who := range map[string]identity.Principal{"she": amira, "an administrator": admin, "a doctor": stranger} {
			if told := b.listed(t, who); strings.Contains(told, string(r.ProgramID)) || strings.Contains(told, string(r.WebinarID)) || strings.Contains(told, "Zebra") {
				t.Errorf("%s, %s finds it:\n%s", when, name, told)
			}
		}
	}
	if w, err := b.Webinar(t.Context(), admin, b.webinar); err != nil || w.Around.Rehearsal {
		t.Errorf("any webinar is one: %v", err)
	}
	look("while it is there")
	if told := b.listed(t, stranger); !strings.Contains(told, "Cardiology") {
		t.Fatalf("the lists are empty anyway:\n%s", told)
	}
	for name, c := range map[string]struct {
		who  identity.Principal
		want error
	}{"she": {amira, nil}, "an administrator": {admin, nil}, "a doctor": {stranger, catalog.ErrNotFound}} {
		_, program := b.Program(t.Context(), c.who, r.ProgramID)
		read, webinar := b.Webinar(t.Context(), c.who, r.WebinarID)
		if webinar == nil && !read.Around.Rehearsal {
			t.Errorf("%s cannot tell it from others", name)
		}
		if !errors.Is(program, c.want) || !errors.Is(webinar, c.want) {
			t.Errorf("%s reads it: %v, %v", name, program, webinar)
		}
	}
	queue := must(b.AllRecordings(t.Context(), catalog.RecordingFilter{}, catalog.PageRequest{}))(t)
	if len(queue.Items) == 0 || queue.Items[0].ProgramTitle != "Zebra rehearsal · Dr Amira Haddad" || !queue.Items[0].Rehearsal {
		t.Errorf("administrators cannot tell it in the queue: %+v", queue.Items)
	}
	if _, err := b.Enrol(asAdmin, r.ProgramID, stranger.AccountID); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("a doctor was enrolled in it: %v", err)
	}
	if _, err := b.SponsorFigures(t.Context(), admin, r.ProgramID); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("there are figures for sponsors: %v", err)
	}
	if err := b.EndRehearsal(t.Context(), amira.AccountID); err != nil {
		t.Fatal(err)
	}
	look("when it was removed")
	for _, r := range must(b.AllRecordings(t.Context(), catalog.RecordingFilter{}, catalog.PageRequest{}))(t).Items {
		if r.ProgramTitle == queue.Items[0].ProgramTitle {
			t.Errorf("removed, its recording stands in the queue: %+v", r)
		}
	}
}

func TestNobodyIsToldOfARehearsal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, _, recording := b.rehearsing(t)
	for _, id := range []catalog.RecordingID{recording, b.recording} {
		err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error {
			return tellRecording(t.Context(), tx, catalog.Attempt{RecordingID: id}, catalog.EventRecordingReady, "")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	told := must(one[string](t.Context(), b.db, `select coalesce(string_agg(data->>'recording_id', ' '), '') from events`))(t)
	if told != string(b.recording) {
		t.Errorf("events of %q", told)
	}
}

func TestOneRehearsalAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	amira, first, recording := b.rehearsing(t)
	again := must(b.Rehearse(t.Context(), amira.AccountID, "Another"))(t)
	if again != first {
		t.Errorf("made another: %+v, %+v", again, first)
	}
	if ended := must(b.ForgetRehearsals(t.Context(), time.Hour))(t); ended != 0 {
		t.Errorf("ended %d that are new", ended)
	}
	b.exec(t, `update programs set created_at = now() - interval '8 days' where rehearsal_of is not null`)
	if ended := must(b.ForgetRehearsals(t.Context(), 7*24*time.Hour))(t); ended != 1 {
		t.Errorf("ended %d", ended)
	}
	if _, err := b.Rehearsal(t.Context(), amira.AccountID); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	// Its files go with the next purge, those of a program only after thirty days.
	b.exec(t, `update programs set deleted_at = now() where id = $1`, b.program)
	before := time.Now().Add(-catalog.DeletedLife)
	if sources := must(b.PurgeableSources(t.Context(), before))(t); !slices.Equal(sources, []catalog.RecordingID{recording}) {
		t.Errorf("sources to remove: %v", sources)
	}
	if purged := must(b.Purge(t.Context(), before))(t); purged != 3 {
		t.Errorf("purged %d", purged)
	}
	if token := must(one[string](t.Context(), b.db, `select token from recordings where id = $1`, recording))(t); token != "" {
		t.Errorf("its media is still in use: %q", token)
	}
	if fresh := must(b.Rehearse(t.Context(), amira.AccountID, "Again"))(t); fresh.WebinarID == first.WebinarID {
		t.Error("what was removed is back")
	}
	doctor := b.somebody(t, "Dr Ben Okafor", "ben@example.org")
	if _, err := b.Rehearse(t.Context(), doctor, "Mine"); err == nil {
		t.Error("somebody who presents nothing has a rehearsal")
	}
}
