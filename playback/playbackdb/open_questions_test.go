package playbackdb_test

import (
	"fmt"
	"testing"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

func TestOpenQuestionsOfWebinars(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	b.exec(t, `insert into webinars (id, course_id, title) select 'web_second', course_id, 'Second' from webinars where id = $1`, b.webinar)
	b.exec(t, `insert into webinars (id, course_id, title) select 'web_third', course_id, 'Third' from webinars where id = $1`, b.webinar)
	b.exec(t, `insert into questions (id, account_id, webinar_id, recording_id, text) select 'qst_' || n, $1, 'web_second', $2, 'Why?' from generate_series(1, 3) n`, b.doctor, b.recording)
	answered, aside := b.ask(t, b.doctor, "answered", 1), b.ask(t, b.doctor, "aside", 2)
	b.ask(t, b.doctor, "open", 3)
	if _, err := b.Answer(t.Context(), b.presenter, answered.ID, "So.", false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.SettleQuestion(t.Context(), b.presenter, aside.ID, playback.QuestionDismissed); err != nil {
		t.Fatal(err)
	}
	moderator := identity.Principal{AccountID: catalog.NewAccountID(), Roles: []identity.Role{identity.RoleModerator}}
	b.exec(t, `insert into accounts (id, email, name) values ($1, $1 || '@example.org', 'Somebody')`, moderator.AccountID)
	b.exec(t, `insert into webinar_moderators (webinar_id, account_id) values ('web_second', $1)`, moderator.AccountID)
	all := []catalog.WebinarID{b.webinar, "web_second", "web_third", "web_none"}
	count := func(who identity.Principal, webinars []catalog.WebinarID) string {
		t.Helper()
		open, err := b.OpenQuestions(t.Context(), who, webinars)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(open[b.webinar], open["web_second"], len(open))
	}
	for _, c := range []struct {
		name     string
		who      identity.Principal
		webinars []catalog.WebinarID
		want     string
	}{
		{"presenter", b.presenter, all, "1 0 1"},
		{"moderator", moderator, all, "0 3 1"},
		{"administrator", anAdmin, all, "1 3 2"},
		{"administrator, of one", anAdmin, all[1:], "0 3 1"},
		{"administrator, of none", anAdmin, nil, "0 0 0"},
		{"doctor", identity.Principal{AccountID: b.doctor}, all, "0 0 0"},
		{"token", identity.Principal{TokenID: "tok_1", Roles: []identity.Role{identity.RolePresenter}}, all, "0 0 0"},
	} {
		if got := count(c.who, c.webinars); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	var listed []string
	for request := (catalog.PageRequest{Limit: 1}); ; {
		page, err := b.WebinarsWithQuestions(t.Context(), anAdmin, request)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range page.Items {
			listed = append(listed, fmt.Sprint(w.WebinarID, " ", w.Title, " ", w.Open, " ", !w.Since.IsZero()))
		}
		if request.Cursor = page.NextCursor; request.Cursor == "" {
			break
		}
	}
	if got, want := fmt.Sprint(listed), fmt.Sprint([]string{string(b.webinar) + " Atrial fibrillation 1 true", "web_second Second 3 true"}); got != want {
		t.Errorf("page by page %s, want %s", got, want)
	}
	if page, err := b.WebinarsWithQuestions(t.Context(), moderator, catalog.PageRequest{}); err != nil || len(page.Items) != 1 || page.Items[0].WebinarID != "web_second" {
		t.Errorf("the moderator's %+v, %v", page, err)
	}
	b.exec(t, `update webinars set deleted_at = now() where id = 'web_second'`)
	if got := count(anAdmin, all); got != "1 0 1" {
		t.Errorf("after one was deleted %s", got)
	}
	b.exec(t, `update courses set deleted_at = now()`)
	if got := count(anAdmin, all); got != "0 0 0" {
		t.Errorf("after the course was deleted %s", got)
	}
}
