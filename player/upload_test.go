package player

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
)

func TestFilesAreKnownAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/upload/web_5"), http.StatusOK, "v2-4", "Four pillars: who gets what, and when")
	here := Recording{Fingerprint: "v2-1", State: "uploading", Filename: "a.mp4"}
	view := uploadView{
		PresentedWebinar: PresentedWebinar{ID: "web_1", Title: "Here", Recordings: []Recording{here, {Filename: "by hand.mp4"}}},
		Others:           []PresentedWebinar{{ID: "web_1", Title: "Here", Recordings: []Recording{here}}, {ID: "web_2", Title: "There", Recordings: []Recording{{Fingerprint: "v2-2", State: "ready", Filename: "b.mp4"}}}},
	}
	text, err := view.Known()
	var known []knownFile
	if err := json.Unmarshal([]byte(text), &known); err != nil {
		t.Fatal(err)
	}
	if want := []knownFile{{"v2-1", "uploading", "a.mp4", ""}, {"v2-2", "ready", "b.mp4", "There"}}; err != nil || !slices.Equal(known, want) {
		t.Errorf("%s, %v", text, err)
	}
}
