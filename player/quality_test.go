package player

import (
	"context"
	"net/http"
	"testing"
)

func (f *fake) Quality(_ context.Context, id string) (Quality, error) {
	if id != "prg_1" {
		return Quality{Program: "Nothing yet"}, f.failure
	}
	row := QualityRow{Name: "Four pillars", Views: 312, StartupP50S: 0.84, StartupP95S: 2.41, RebufferRatio: 0.0123, Exits: 7, Failures: 2}
	phone := row
	phone.Name = "phone"
	return Quality{
		Program: "Certificate in Cardiology", All: row, Webinars: []QualityRow{row}, Device: []QualityRow{phone, {Views: 1, Exits: 1}},
		Errors: []QualityError{{"fragLoadError 503", 2}},
	}, f.failure
}

func TestQualityBoard(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/programs/prg_1/quality"), http.StatusOK, "Certificate in Cardiology", "Four pillars", "312", "0.8 s · 2.4 s", "1.23 %",
		"phone", "not known", "fragLoadError 503")
	wants(t, b.get("/admin/programs/prg_2/quality"), http.StatusOK, "Nobody has played")
	b.failure = ErrForbidden
	wants(t, b.get("/admin/programs/prg_1/quality"), http.StatusForbidden)
}
