package player

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// heart is the brand of the fake's program.
var heart = Brand{
	Program: "prg_1", Name: "Heart Academy", Accent: "#7a1fa2", AccentStrong: "#5c177a", OnDark: "#c38fd6", OnDarkStrong: "#d2abe0",
	Phone: "+351912345678", WhatsApp: "+351912345679", Email: "help@heart.example", Logo: true, Version: 3,
}

func (f *fake) Brand(_ context.Context, program string) (Brand, bool) {
	if f.brand == nil || program != "" && program != f.brand.Program {
		return Brand{}, false
	}
	return *f.brand, true
}

func (f *fake) Logo(_ context.Context, program string) (string, []byte, error) {
	if f.brand == nil || program != f.brand.Program {
		return "", nil, ErrNotFound
	}
	return "image/png", onePixel, nil
}

// onePixel is a PNG.
var onePixel = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\b\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9\x8c!\x00\x00\x00\x00IEND\xaeB`\x82")

func (f *fake) AskForHelp(_ context.Context, request HelpRequest) error {
	f.asked = request
	return f.failure
}

func TestPagesHaveTheBrandOfTheirProgram(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/courses"), http.StatusOK, "<span>Rounds</span>", `href="/help?page=%2fcourses"`)
	b.brand = &heart
	wants(t, b.get("/webinars/web_2"), http.StatusOK, `<span dir="auto">Heart Academy</span>`, `src="/brands/prg_1/logo?v=3"`,
		`href="/brands/prg_1/style.css?v=3"`, `href="tel:&#43;351912345678"`, `href="https://wa.me/351912345679"`, `href="/help?page=%2fwebinars%2fweb_2&amp;program=prg_1"`)
	style := b.get("/brands/prg_1/style.css?v=3")
	wants(t, style, http.StatusOK, ":root{--accent:#7a1fa2;", "@media (prefers-color-scheme: dark){:root{--accent:#c38fd6;")
	if kind := style.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/css") {
		t.Errorf("the style is %s", kind)
	}
	if logo := b.get("/brands/prg_1/logo?v=3"); logo.Header().Get("Content-Type") != "image/png" || logo.Header().Get("X-Content-Type-Options") != "nosniff" || logo.Body.String() != string(onePixel) {
		t.Errorf("the logo is %v", logo.Header())
	}
	wants(t, b.get("/brands/prg_2/style.css"), http.StatusNotFound)
	wants(t, b.get("/brands/prg_2/logo"), http.StatusNotFound)
}

func TestAColourThatIsNoneIsNotServed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	evil := heart
	evil.Accent = "red;}body"
	b.brand = &evil
	wants(t, b.get("/brands/prg_1/style.css"), http.StatusInternalServerError)
}

func TestReadersAskForHelp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.brand = &heart
	wants(t, b.get("/help?page=/webinars/web_2&program=prg_1"), http.StatusOK, `name="page" value="/webinars/web_2"`, `name="program" value="prg_1"`)
	if strings.Contains(b.get("/help?page=/courses").Body.String(), `href="/help`) {
		t.Error("the page of help leads to itself, and forgets where help is needed")
	}
	r := httptest.NewRequest(http.MethodPost, "/help", strings.NewReader(url.Values{"message": {"It stops."}, "page": {"/webinars/web_2"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", "Firefox")
	wantsRedirect(t, b.send(r), "/help?sent=1&program=")
	if want := (HelpRequest{Program: "prg_1", Message: "It stops.", Page: "/webinars/web_2", Device: "Firefox"}); b.asked != want {
		t.Errorf("asked %+v", b.asked)
	}
	wants(t, b.get("/help?sent=1"), http.StatusOK, `role="status"`)
	wants(t, b.post("/help", url.Values{"message": {" "}}), http.StatusUnprocessableEntity, "Please fill in")
	b.failure = &Refusal{Status: http.StatusTooManyRequests, Message: "Please wait for an answer."}
	wants(t, b.post("/help", url.Values{"message": {"Again"}}), http.StatusUnprocessableEntity, "Please wait for an answer.", ">Again</textarea>")
}

func TestHelpWithoutAccountOrBrand(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/help"), http.StatusOK, "whoever invited you")
	b.viewer, b.brand = nil, &heart
	w := b.get("/help")
	wants(t, w, http.StatusOK, "tel:&#43;351912345678", "/sign-in?next=/help")
	if strings.Contains(w.Body.String(), "<textarea") {
		t.Error("the form is there, though nobody is signed in")
	}
}
