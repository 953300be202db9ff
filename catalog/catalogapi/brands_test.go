package catalogapi_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"rounds/catalog"
)

func TestProgramsHaveBrands(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	one := "/v1/programs/" + p.id + "/brand"
	doctor, stranger := b.doctor(p.id, ana), b.doctor(b.program().id, "ben@example.org")
	if got := doctor.want(200, "GET", one, nil); got.str("name") != "" || got.body["version"] != 0.0 {
		t.Errorf("a new program has %s", got.raw)
	}
	made := b.admin.want(200, "PATCH", one, object{"name": " Heart  Academy ", "accent": "#7A1FA2", "phone": "+351 912 345 678", "email": "Help@Heart.example"})
	if made.str("accent") != "#7a1fa2" || made.str("phone") != "+351912345678" || made.str("email") != "help@heart.example" || made.str("accent_on_dark") == "#7a1fa2" {
		t.Errorf("the brand is %s", made.raw)
	}
	if again := b.admin.with("If-Match", made.header.Get("ETag")).want(200, "PATCH", one, object{"phone": ""}); again.str("phone") != "" || again.str("accent") != "#7a1fa2" {
		t.Errorf("then it is %s", again.raw)
	}
	b.admin.with("If-Match", made.header.Get("ETag")).refused(412, "", "PATCH", one, object{"phone": ""})
	for field, value := range map[string]string{"accent": "#ffcc00", "phone": "call us", "whatsapp": "12", "email": "nobody"} {
		if got := b.admin.want(422, "PATCH", one, object{field: value}); !strings.Contains(got.raw, field) {
			t.Errorf("%s: %s", field, got.raw)
		}
	}
	stranger.refused(404, "", "GET", one, nil)
	doctor.refused(403, "", "PATCH", one, object{"name": "Mine"})
	b.admin.refused(404, "", "PATCH", "/v1/programs/prg_none/brand", object{"name": "None"})
}

func TestLogosAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	one := "/v1/programs/" + p.id + "/brand"
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewPaletted(image.Rect(0, 0, 64, 64), []color.Color{color.White})); err != nil {
		t.Fatal(err)
	}
	admin := b.admin.with("Content-Type", "image/png")
	admin.want(204, "PUT", one+"/logo", picture.String())
	kind, logo, err := b.store.Logo(t.Context(), catalog.ProgramID(p.id))
	if err != nil || kind != "image/png" || !bytes.Equal(logo, picture.Bytes()) {
		t.Errorf("%q, %d bytes, %v", kind, len(logo), err)
	}
	admin.refused(422, "invalid_logo", "PUT", one+"/logo", "<svg/>")
	b.doctor(p.id, ana).with("Content-Type", "image/png").refused(403, "", "PUT", one+"/logo", picture.String())
	if got := b.admin.want(200, "GET", one, nil); got.body["logo"] != true {
		t.Errorf("the brand says %s", got.raw)
	}
	b.admin.want(204, "DELETE", one+"/logo", nil)
	if _, _, err := b.store.Logo(t.Context(), catalog.ProgramID(p.id)); err == nil {
		t.Error("the logo is still there")
	}
}

func TestDoctorsAskForHelp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ask := "/v1/programs/" + p.id + "/help_requests"
	doctor := b.doctor(p.id, ana)
	doctor.refused(409, "no_support_address", "POST", ask, object{"message": "Help"})
	b.admin.want(200, "PATCH", "/v1/programs/"+p.id+"/brand", object{"email": "help@heart.example"})
	doctor.refused(422, "required", "POST", ask, object{"message": "  "})
	b.doctor(b.program().id, "ben@example.org").refused(404, "", "POST", ask, object{"message": "Help"})
	for range 5 {
		doctor.want(202, "POST", ask, object{"message": "The video\nstops.", "page": "/webinars/web_1", "device": "Firefox on Linux"})
	}
	doctor.refused(429, "too_many_requests", "POST", ask, object{"message": "Help"})
	m, ok := b.lastMail("help@heart.example")
	if !ok || m.Values["text"] != "The video\nstops." || m.Values["email"] != ana || m.Values["page"] != "/webinars/web_1" || m.Values["device"] != "Firefox on Linux" {
		t.Errorf("the mail is %+v", m)
	}
}
