package player

import (
	"context"
	"net/http"
	"testing"
	"time"
)

func (f *administratingFake) PeopleImports(_ context.Context, cursor string) ([]PeopleImport, string, error) {
	if f.bare || cursor != "" {
		return nil, "", nil
	}
	done, running, tried := PeopleImport{}, PeopleImport{}, PeopleImport{}
	for id, i := range map[string]*PeopleImport{"aim_1": &done, "aim_2": &running, "aim_3": &tried} {
		*i, _ = f.PeopleImport(context.Background(), id)
		i.By, i.Program = "Dr Amira Haddad", "Heart failure in general practice"
	}
	return []PeopleImport{running, done, tried}, "p2", nil
}

func (f *administratingFake) AttendanceImports(context.Context, string) ([]Import, string, error) {
	if f.bare {
		return nil, "", nil
	}
	undone := longAgo.Add(24 * time.Hour)
	return []Import{
		{ID: "imp_2", WebinarID: "web_2", Webinar: "Four pillars: who gets what, and when", Platform: "teams", By: "Dr Amira Haddad", At: longAgo, Intervals: 412, Doctors: 380, Unmatched: 12},
		{ID: "imp_1", WebinarID: "web_3", Webinar: "Kidneys, potassium and titration", Platform: "zoom_webinar", By: "learning system", At: longAgo, Intervals: 9, Doctors: 3, Undone: &undone, UndoneBy: "Dr Amira Haddad", Reason: "The report of another webinar."},
	}, "", nil
}

func TestEarlierImports(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get(peopleImportsPage), http.StatusOK, `href="/admin/people/import/aim_1"`, `class="button" href="/admin/people/import"`, "412 lines", "Dr Amira Haddad", "380", "405", "A trial: nobody was imported", "cursor=p2", `class="processing"`)
	wants(t, b.get(attendanceImportsPage), http.StatusOK, `href="/admin/webinars/web_2/attendance"`, "Teams", `class="button secondary" href="/admin/people/imports"`, "412", "380",
		`action="/admin/webinars/web_2/attendance/imports/imp_2/undo"`, "Undone", "The report of another webinar.")
	b.bare = true
	wants(t, b.get(peopleImportsPage), http.StatusOK, "Nothing was imported")
	wants(t, b.get(attendanceImportsPage), http.StatusOK, "Nothing was imported")
}
