package player

import (
	"io/fs"
	"net/http"
	"strings"
	"testing"
)

func TestGuideOfPresenters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	page := b.get("/presenter/guide")
	wants(t, page, http.StatusOK, "Rehearse", "Withdraw now", `src="/presenter/guide/upload.png"`)
	wants(t, b.get("/presenter"), http.StatusOK, `href="/presenter/guide"`)
	for _, step := range guideSteps() {
		if step.Picture == "" {
			continue
		}
		w := b.get(step.URL())
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "\x89PNG") {
			t.Errorf("%s: %d, %d bytes", step.URL(), w.Code, w.Body.Len())
		}
	}
	err := fs.WalkDir(guidePictures, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 60_000 {
			t.Errorf("%s is too large: %d bytes, %v", path, info.Size(), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
