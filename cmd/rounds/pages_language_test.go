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
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
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
		"ندوة واحدة من 1 لم تكتمل بعد، والمتبقي للمشاهدة: 5 ث.", "تكتمل الندوة عند مشاهدة 90 % مما يُحتسب منها مباشرةً أو تسجيلًا",
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

// TestTimelineOfSupportInArabic: what happened to a doctor is told in the
// reader's language, each kind of it, and so are the days.
func TestTimelineOfSupportInArabic(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	for _, sql := range []string{
		`insert into accounts (id, email, name, roles, time_zone, locale) values ('acc_sam', 'sam@example.org', 'Sam', '{support}', 'Asia/Kolkata', 'ar')`,
		`update accounts set country = 'PT'`,
		`insert into messages (id, recipient, kind, channel, handed_to, sent_at, receipt) values ('msg_1', 'ana@example.org', 'sign_in_code', 'sms', '+351912345678', '2026-03-02T14:04:00Z', 'delivered')`,
		`insert into undeliverable (channel, address, reason, detail) values ('email', 'ana@example.org', 'bounce', '550 no such user')`,
		`insert into audit_log (actor, action, object_type, object_id, detail) values ('acc_admin', 'support.correct', 'account', 'acc_doctor', '{"reason": "Married", "old_name": "Ana", "new_name": "Ana Lopez"}')`,
	} {
		if _, err := b.db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	sam := identity.Principal{AccountID: "acc_sam", LoginID: "l3", Roles: []identity.Role{identity.RoleSupport}}
	b.page(sam, http.MethodGet, "/support/doctors/acc_doctor", nil, http.StatusOK,
		"بدء تشغيل «\u2068Fibrillation\u2069» على \u2068Chrome\u2069 على \u2068Windows\u2069.",
		"احتُسب 1 د 25 ث، أي 85 % منه (\u20680:00–1:25\u2069)",
		"أُرسلت رسالة إلى \u2068&#43;351912345678\u2069: رمز الدخول برسالة نصية، وصلت.",
		"لا يستقبل \u2068ana@example.org\u2069 الرسائل: يرتد البريد – \u2068550 no such user\u2069.",
		"تصحيح في بيانات الحساب: كان الاسم \u2068Ana\u2069 وأصبح \u2068Ana Lopez\u2069، بواسطة \u2068Alex Admin\u2069 (\u2068Married\u2069).",
		"الاثنين 2 مارس 2026، \u206614:04 WET (Europe/Lisbon)\u2069", "\u206619:34 IST (Asia/Kolkata)\u2069", "البرتغال")
}

// TestLiveTextsOfRecordingsInArabic: what a recording cannot be used for is said
// in the page's language in JSON and in server-sent events, whose clients send no
// Accept-Language; so are the figures in what is strange about captions, what checks
// found and what settings do.
func TestLiveTextsOfRecordingsInArabic(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	failed := catalog.Failure{Code: catalog.FailNoVideo, Message: "There is no recording."}
	for _, x := range []struct {
		sql  string
		args []any
	}{
		{`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, token, failure)
			values ('rec_2', 'web_1', 'talk.mp4', 1, 8388608, 'failed', 'y', $1)`, []any{failed}},
		{`insert into captions (recording_id, lang, webvtt, cues, ends_ms) values ('rec_1', 'en', 'WEBVTT', 1, 200000)`, nil},
	} {
		if _, err := b.db.Exec(t.Context(), x.sql, x.args...); err != nil {
			t.Fatal(err)
		}
	}
	report := care.Report{Kind: care.Daily, Light: care.Amber, At: time.Now(), Lines: []care.Line{{Check: "release", Area: "services", Light: care.Amber}}}
	found := care.JudgeRelease(report.At.Add(-100*24*time.Hour), report.At)
	report.Lines[0].Sentence, report.Lines[0].Remedy = found.Sentence, found.Remedy
	if err := caredb.New(b.db).Keep(t.Context(), report); err != nil {
		t.Fatal(err)
	}
	answer := func(path, accept, language string) string {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept", accept)
		r.Header.Set("Accept-Language", language)
		w := httptest.NewRecorder()
		withLanguage(b.api).ServeHTTP(w, r.WithContext(identity.NewContext(t.Context(), b.admin)))
		return w.Body.String()
	}
	const arabic, events = "لا يوجد تسجيل.", "text/event-stream"
	for _, c := range []struct{ got, want string }{
		{answer("/v1/recordings/rec_2", "", "ar"), arabic},
		{answer("/v1/recordings/rec_2", "", "en"), failed.Message},
		{answer("/v1/recordings?state=failed", "", "ar"), arabic},
		{answer("/v1/recordings/rec_2/events?lang=ar", events, "pt, en"), arabic},
		{answer("/v1/recordings/rec_2/events?lang=en", events, "ar"), failed.Message},
		{answer("/v1/health/report", "", "ar"), `"صدر هذا الإصدار قبل 100 يوم."`},
		{answer("/v1/health/report", "", "ar"), "يُرجى تشغيل \u2066`make vuln`\u2069"},
		{answer("/v1/health/report", "", "en"), `"This release was made 100 days ago."`},
		{answer("/v1/health/report", "", "en"), "Run `make vuln`"},
		{answer("/v1/settings", "", "ar"), `"منطقة AWS التي فيها حاويات التخزين."`},
		{answer("/v1/settings", "", "en"), `"AWS region of the buckets."`},
		{answer("/v1/recordings/rec_1/captions", "", "ar"), "تستمر الترجمة النصية حتى \u20680:03:20\u2069، لكن التسجيل ينتهي عند \u20680:01:40\u2069."},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("%q is not in %s", c.want, c.got)
		}
	}
}
