package player

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (f *administratingFake) Coming(_ context.Context, days int) ([]ComingWebinar, error) {
	if f.bare || days != 14 {
		return nil, nil
	}
	var coming []ComingWebinar
	for i, id := range []string{"web_2", "web_3"} {
		ready, _ := f.Readiness(context.Background(), id)
		coming = append(coming, ComingWebinar{ready, liveAt.Add(time.Duration(i) * 24 * time.Hour)})
	}
	return coming, nil
}

// TestBoardOfWhatComes: each coming webinar has its light and what is missing, and
// nothing that is as it should be.
func TestBoardOfWhatComes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.get(boardPage)
	wants(t, w, http.StatusOK, "Four pillars", `href="/admin/webinars/web_2/readiness"`, "badge failed", "badge ready", "There are no captions", "812 messages wait")
	if strings.Contains(w.Body.String(), "40 % of the disk") {
		t.Error("the board names what is not missing")
	}
	wants(t, b.get("/admin"), http.StatusOK, `href="/admin/readiness"`)
	b.bare = true
	wants(t, b.get(boardPage), http.StatusOK, "No live session begins")
}
