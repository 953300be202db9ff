package player

import (
	"context"
	"fmt"
	"io"
	"time"
)

// presentedFake remembers what was done to the one file and the two links there are.
type presentedFake struct{ prepared string }

func (f *fake) PresentedMaterials(context.Context, string) ([]PresentedMaterial, error) {
	return []PresentedMaterial{{"mat_1", Material{"Slides", "/v1/materials/mat_1/file", "four-pillars.pdf", 4_200_000}}}, nil
}

func (f *fake) AddMaterial(_ context.Context, webinar, title, filename string, file io.ReadSeeker, _ int64) error {
	content, err := io.ReadAll(file)
	f.prepared = webinar + " " + title + " " + filename + " " + string(content)
	if err == nil {
		err = f.failure
	}
	return err
}

func (f *fake) RemoveMaterial(_ context.Context, id string) error {
	f.prepared = "removed " + id
	return f.failure
}

func (f *fake) UploadLinks(context.Context, string) ([]UploadLink, error) {
	return []UploadLink{{ID: "upl_2", ExpiresAt: liveAt}, {ID: "upl_1", ExpiresAt: liveAt.Add(-48 * time.Hour), Used: true}}, nil
}

func (f *fake) MakeUploadLink(context.Context, string) (UploadLink, error) {
	return UploadLink{ID: "upl_3", URL: "https://rounds.example.org/send#rnd_secret", ExpiresAt: liveAt}, f.failure
}

func (f *fake) EndUploadLink(_ context.Context, id string) error {
	f.prepared = "ended " + id
	return f.failure
}

func (f *fake) SetLiveMap(_ context.Context, id string, m LiveMap) error {
	f.prepared = fmt.Sprint(id, m.Confirmed)
	for _, p := range m.Pieces {
		f.prepared += fmt.Sprint(" ", p.LiveAt.Format(time.RFC3339), " ", p.FromS, "-", p.ToS)
	}
	return f.failure
}
