package main

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rounds/catalog/identity"
)

// arabicStates are pages whose words come from the rest of the program, as
// Arabic readers get them from the real API: whose, and where.
var arabicStates = map[string][]string{
	"doctor": {
		"/courses", "/courses/crs_1", "/webinars/web_1", "/programs/prg_1/missing", "/account", "/account/channel", "/account/calendar", "/account/data", "/help", "/check", "/search?q=fibrillation",
	},
	"admin": {
		"/admin", "/admin/readiness", "/admin/webinars/web_1/readiness", "/admin/people", "/admin/people/acc_doctor", "/admin/people/imports", "/admin/people/import", "/admin/attendance-imports",
		"/admin/recordings", "/admin/recordings?state=all", "/admin/messages", "/admin/texts", "/admin/texts/words", "/admin/texts/words/sign_in_code/email/ar", "/admin/health", "/recordings/rec_1", "/recordings/rec_2", "/admin/deleted", "/admin/tokens", "/admin/webhooks", "/admin/erasures", "/admin/attendance-mappings",
		"/admin/programs/prg_1/quality", "/admin/programs/prg_1/reports", "/admin/programs/prg_1/rule", "/admin/programs/prg_1/brand", "/admin/programs/prg_1/edit",
		"/admin/webinars/web_1/attendance", "/admin/webinars/web_1/excluded", "/admin/webinars/web_1/edit", "/upload/web_1", "/presenter", "/presenter/webinars/web_1",
		"/support?q=lopez", "/support/doctors/acc_doctor", "/programs/prg_1/missing?account_id=acc_doctor", "/admin/doctors?email=ana@example.org",
	},
}

// latinData are the words in Latin letters that such a page may have: what people
// and things of this test are called, zones and units, names of products, the command rounds work and columns of files, the word end of time maps.
var latinData = strings.Fields(`Rounds English Ana Dr Alex Admin example org ana admin talk Cardiology Arrhythmia Fibrillation Chrome Windows
	WhatsApp Zoom Teams Webex CSV VTT SRT PDF HLS MP UTC WET WEST GMT CET Europe Lisbon Africa Cairo URL API JSON QR iCalendar SMS http https test rec prg web crs acc rounds kB MB GB ms xAPI
	López mp en work ZIP JPEG PNG WebVTT rrggbb JavaScript email name country time zone speciality council number phone joined left at end`)

// TestArabicPagesHaveNoEnglish walks pages as Arabic readers get them, and names
// each word in Latin letters that is neither data nor marked as English.
func TestArabicPagesHaveNoEnglish(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	for _, sql := range []string{
		`update accounts set locale = 'ar', country = 'PT'`,
		`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, token, failure) values ('rec_2', 'web_1', 'talk.mp4', 1, 8388608, 'failed', 'y', '{"code": "no_video", "message": "There is no recording."}')`,
		`update recordings set token = repeat(token, 26)`, // addresses of media are signed for whole ones
		`insert into captions (recording_id, lang, webvtt, cues, ends_ms) values ('rec_1', 'en', 'WEBVTT', 1, 200000)`,
		`insert into messages (id, recipient, kind, sent_at) values ('msg_1', 'ana@example.org', 'sign_in_code', '2026-03-02T14:04:00Z')`,
	} {
		if _, err := b.db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	for who, reader := range map[string]identity.Principal{"doctor": b.doctor, "admin": b.admin} {
		for _, path := range arabicStates[who] {
			w := b.get(reader, path)
			if w.Code == http.StatusNotFound || w.Code >= http.StatusInternalServerError {
				t.Errorf("%s of %s: %d", path, who, w.Code)
				continue
			}
			if seen++; !strings.Contains(w.Body.String(), `lang="ar" dir="rtl"`) {
				t.Errorf("%s of %s is not in Arabic", path, who)
			}
			if words := englishOn(w.Body.String()); len(words) > 0 {
				t.Errorf("%s of %s has English: %q", path, who, words)
			}
		}
	}
	if seen < 35 {
		t.Errorf("only %d pages were seen", seen)
	}
}

var (
	notRead = regexp.MustCompile(`(?s)<(script|style|head|pre|code|option|svg)\b.*?</(?:script|style|head|pre|code|option|svg)>|<!--.*?-->|<(?:p|h1|bdi|button|td|span)[^>]* lang="en"[^>]*>.*?</(?:p|h1|bdi|button|td|span)>`)
	readToo = regexp.MustCompile(`(?:aria-label|alt|title|placeholder)="([^"]*)"`)
	anyMark = regexp.MustCompile(`<[^>]*>`)
	// Places to fill in of messages, with what follows of an address, and addresses.
	placesToFill = regexp.MustCompile(`\{\{[^}]*\}\}\S*|https?://\S+`)
	latinWords   = regexp.MustCompile(`\p{Latin}{2,}`)
)

// englishOn lists the words in Latin letters on a page that are no data.
func englishOn(page string) []string {
	page = notRead.ReplaceAllString(page, " ")
	text := anyMark.ReplaceAllString(page, " ")
	for _, found := range readToo.FindAllStringSubmatch(page, -1) {
		text += " " + found[1]
	}
	words := latinWords.FindAllString(placesToFill.ReplaceAllString(html.UnescapeString(text), " "), -1)
	words = slices.DeleteFunc(words, func(word string) bool { return slices.Contains(latinData, word) })
	slices.Sort(words)
	return slices.Compact(words)
}
