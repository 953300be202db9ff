package player

import (
	"net/http"
	"strings"
	"testing"
)

// TestWithdrawnRecordingsAreToldOf: who comes to watch is told the truth.
func TestWithdrawnRecordingsAreToldOf(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, c := range map[string]struct{ words, not string }{
		"/webinars/web_6": {"has been withdrawn for now. What you have watched of it is kept.", "no recording to watch yet"},
		"/webinars/web_4": {"There is no recording to watch yet.", "withdrawn"},
	} {
		page := b.get(path)
		wants(t, page, http.StatusOK, c.words)
		if strings.Contains(page.Body.String(), c.not) {
			t.Errorf("%s says %q", path, c.not)
		}
	}
	wants(t, b.get("/webinars/web_6"), http.StatusOK, "52 % watched")
}
