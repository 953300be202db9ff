package player

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"testing"
)

// rehearsed is the webinar that rehearsals of fakes are about.
const rehearsed = "web_2"

func (f *fake) Rehearsal(context.Context) (Rehearsal, error) {
	if !f.rehearses {
		return Rehearsal{}, ErrNotFound
	}
	return Rehearsal{WebinarID: cmp.Or(f.rehearsed, rehearsed), RemovedAt: liveAt}, f.failure
}

func (f *fake) Rehearse(_ context.Context, title string) (Rehearsal, error) {
	f.rehearses, f.prepared = true, title
	return Rehearsal{WebinarID: rehearsed, RemovedAt: liveAt}, f.failure
}

func (f *fake) EndRehearsal(context.Context) error {
	f.rehearses = false
	return f.failure
}

func TestRehearsal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/presenter"), http.StatusOK, `action="/presenter/rehearsal"`, "Start a rehearsal")
	if page := b.get("/presenter/webinars/web_2"); strings.Contains(page.Body.String(), "Only you") {
		t.Error("a webinar is shown as a rehearsal")
	}
	wantsRedirect(t, b.post("/presenter/rehearsal", nil), "/presenter/webinars/web_2")
	if b.prepared != "Rehearsal" {
		t.Errorf("named %q", b.prepared)
	}
	wants(t, b.get("/presenter"), http.StatusOK, "Go on with the rehearsal")
	wants(t, b.get("/presenter/webinars/web_2"), http.StatusOK, "Only you and the administrators see this", `href="/webinars/web_2"`, `action="/presenter/rehearsal/end"`)
	wants(t, b.get("/presenter/webinars/web_2"), http.StatusOK, "Ready, not shown to doctors", "Now watch it as doctors do")
	wants(t, b.get("/upload/web_2"), http.StatusOK, "data-rehearsed", "Go on with the rehearsal")
	wants(t, b.get("/webinars/web_2"), http.StatusOK, "This is your rehearsal", `href="/presenter/webinars/web_2"`)
	wants(t, b.get("/recordings/rec_1"), http.StatusOK, "you and the administrators can watch this recording")
	if page := b.get("/presenter/webinars/web_5"); strings.Contains(page.Body.String(), "Only you") {
		t.Error("another webinar is shown as the rehearsal")
	}
	wantsRedirect(t, b.post("/presenter/rehearsal/end", nil), "/presenter?saved=rehearsal")
	wants(t, b.get("/presenter?saved=rehearsal"), http.StatusOK, "The rehearsal is removed", "Start a rehearsal")
	b.failure = ErrForbidden
	wants(t, b.post("/presenter/rehearsal", nil), http.StatusForbidden)
}

// TestWordsOfRehearsals: no doctor sees what is done in one, so no button says so.
func TestWordsOfRehearsals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.rehearses, b.rehearsed = true, "web_6"
	other := b.get("/recordings/rec_1")
	wants(t, other, http.StatusOK, "Doctors of the program can watch this recording.")
	for path, words := range map[string][]string{
		"/presenter/webinars/web_6": {"Use it for the rehearsal again", "Use this one for the rehearsal"},
		"/recordings/rec_4":         {"nobody can start it, not even you", "Use it for the rehearsal again"},
		"/recordings/rec_8":         {"Nobody can watch this recording now, not even you.", "Use this one for the rehearsal"},
	} {
		page := b.get(path)
		wants(t, page, http.StatusOK, words...)
		for _, untrue := range []string{"Show this one to doctors", "Show it to doctors again", "Doctors see", "Doctors can", "stays credited", "Doctors find"} {
			if strings.Contains(page.Body.String(), untrue) {
				t.Errorf("%s says %q", path, untrue)
			}
		}
	}
	b.rehearsed = ""
	wants(t, b.get("/recordings/rec_4"), http.StatusOK, "stays credited", "Show it to doctors again")
	wants(t, b.get("/recordings/rec_8"), http.StatusOK, "Show this one to doctors")

	l := loadLocales()["en"]
	in := queueRow(l, QueuedRecording{Recording: Recording{State: "ready", Private: true}})
	shown := queueRow(l, QueuedRecording{Recording: Recording{State: "ready", Private: true, Current: true}})
	if in.Acts[0].Label != "recording.publish_private" || shown.Cells[0].Badge != "Rehearsal, not seen by doctors" {
		t.Errorf("in the queue: %+v, %+v", in.Acts, shown.Cells[0])
	}
}
