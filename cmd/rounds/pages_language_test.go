package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// TestExplanationsInArabic: who reads Arabic is told in it what is missing, and
// why something is refused; the API tells machines the same in English.
func TestExplanationsInArabic(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	if _, err := b.db.Exec(t.Context(), `update accounts set locale = 'ar'`); err != nil {
		t.Fatal(err)
	}
	w := b.page(b.doctor, http.MethodGet, "/programs/prg_1/missing", nil, http.StatusOK,
		"ندوة واحدة من 1 لم تكتمل بعد، وما تبقى لمشاهدته: 5 ث.", "تكتمل الندوة عند مشاهدة 90 % مما يُحتسب منها مباشرةً أو تسجيلًا",
		"شاهدت 85 % من الندوة؛ والمطلوب 90 %. بقي للمشاهدة: 5 ث.", "لم يُشاهد بعد.")
	if main := w.Body.String(); strings.Contains(main, "watched") && strings.Contains(main, "not watched yet") {
		t.Errorf("English on the page:\n%s", main)
	}
	b.page(b.admin, http.MethodGet, "/admin/webinars/web_1/readiness", nil, http.StatusOK, "التسجيل جاهز ومتاح للأطباء.", "يُرجى رفع الترجمة النصية في صفحة التسجيل.")
	b.page(b.admin, http.MethodPost, "/admin/programs/prg_1/brand", url.Values{"accent": {"#ffff00"}}, http.StatusUnprocessableEntity, "فاتح إلى حد تصعب معه القراءة")
	b.page(b.admin, http.MethodPost, "/admin/programs/prg_1/brand", url.Values{"accent": {"#0b6070"}, "phone": {"12"}}, http.StatusUnprocessableEntity, "يُرجى كتابة الرقم مع &#43; ورمز البلد")
	b.page(b.admin, http.MethodPost, "/admin/programs/prg_1/brand", url.Values{"version": {"0"}, "accent": {"#0b6070"}, "name": {"Heart"}}, http.StatusSeeOther)
	b.page(b.admin, http.MethodGet, "/admin/programs/prg_1/brand", nil, http.StatusOK, `value="#0b6070"`, `value="Heart"`)
}

// TestCalendarsOfDoctors: who has the address reads titles and times of its
// maker without signing in, and nothing that is logged has it.
func TestCalendarsOfDoctors(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	if _, err := b.db.Exec(t.Context(), `update webinars set starts_at = '2027-03-02T14:00:00Z'`); err != nil {
		t.Fatal(err)
	}
	made := b.page(b.doctor, http.MethodPost, "/account/calendar", url.Values{}, http.StatusOK)
	found := regexp.MustCompile(`http://test(/calendars/[0-9A-Za-z]{26}\.ics)`).FindStringSubmatch(made.Body.String())
	if found == nil {
		t.Fatal(made.Body.String())
	}
	w := b.page(identity.Principal{}, http.MethodGet, found[1], nil, http.StatusOK, "SUMMARY:Fibrillation\r\n", "DTSTART:20270302T140000Z\r\n", "X-WR-TIMEZONE:Europe/Lisbon\r\n")
	if text := w.Body.String(); strings.Contains(text, "Arrhythmia") || strings.Contains(text, "DESCRIPTION") || w.Header().Get("ETag") == "" {
		t.Errorf("%v\n%s", w.Header(), text)
	}
	var lines bytes.Buffer
	logRequest(slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug})), httptest.NewRequest(http.MethodGet, found[1], nil), http.StatusOK, 0, &requestNote{})
	if token := strings.TrimSuffix(strings.TrimPrefix(found[1], catalog.CalendarFeeds), ".ics"); !strings.Contains(lines.String(), "/calendars/") || strings.Contains(lines.String(), token) {
		t.Errorf("the log: %s", lines.String())
	}
	b.page(b.doctor, http.MethodPost, "/account/calendar/end", url.Values{}, http.StatusSeeOther)
	b.page(identity.Principal{}, http.MethodGet, found[1], nil, http.StatusNotFound)
}
