package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/catalog/identity"
	"rounds/deploy/schema/schematest"
	"rounds/playback"
	"rounds/playback/cloudfront"
	"rounds/playback/playbackdb"
	"rounds/player"
)

// reasonsBundle is the pages over the real API and database: a program of one
// webinar with a recording of 100 s, a doctor who has watched 85 s of it, and
// an administrator.
type reasonsBundle struct {
	t             *testing.T
	db            *pgxpool.Pool
	api, pages    http.Handler
	doctor, admin identity.Principal
}

func setupReasons(t *testing.T) *reasonsBundle {
	t.Helper()
	b := &reasonsBundle{t: t, db: schematest.New(t)}
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{config: &serveCommand{}, db: b.db, sealer: sealer, base: &url.URL{Scheme: "http", Host: "test"}, sight: blind()}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if s.signer, err = cloudfront.NewSigner(cloudfront.SignerConfig{BaseURL: s.base, Keys: []cloudfront.Key{{ID: "K1", Key: key}}}); err != nil {
		t.Fatal(err)
	}
	s.plays = playbackdb.New(b.db, sealer)
	s.store = catalogdb.New(b.db, catalogdb.Hooks{
		RuleChanged: s.plays.SettleProgram, TimeMapSet: s.plays.TimeMapSet, MergeWatched: s.plays.MergeWatched, EraseWatched: s.plays.EraseWatched,
	})
	b.api = s.api()
	b.pages = player.New(player.Config{Backend: &pages{api: b.api, store: s.store, progress: s.plays}, BaseURL: "http://test", When: catalog.WhenIn})
	b.doctor = identity.Principal{AccountID: "acc_doctor", LoginID: "l1", Roles: []identity.Role{identity.RoleDoctor}}
	b.admin = identity.Principal{AccountID: "acc_admin", LoginID: "l2", Roles: []identity.Role{identity.RoleAdmin}}
	for _, sql := range []string{
		`insert into accounts (id, email, name, time_zone) values ('acc_doctor', 'ana@example.org', 'Dr Ana López', 'Europe/Lisbon'), ('acc_admin', 'admin@example.org', 'Alex Admin', 'UTC')`,
		`insert into programs (id, title) values ('prg_1', 'Cardiology')`,
		`insert into program_rules (program_id, version, threshold_percent, counts, max_rate) values ('prg_1', 1, 90, 'union', 2)`,
		`insert into courses (id, program_id, title) values ('crs_1', 'prg_1', 'Arrhythmia')`,
		`insert into webinars (id, course_id, title) values ('web_1', 'crs_1', 'Fibrillation')`,
		`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, published_at) values ('rec_1', 'web_1', 'talk.mp4', 1, 8388608, 'ready', 100000, 'x', now())`,
		`update webinars set current_recording_id = 'rec_1'`,
		`insert into enrolments (id, program_id, account_id, via) values ('enr_1', 'prg_1', 'acc_doctor', 'admin')`,
	} {
		if _, err := b.db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	b.watch(s.plays)
	return b
}

func (b *reasonsBundle) watch(plays *playbackdb.Store) {
	b.t.Helper()
	started, err := plays.Start(b.t.Context(), playback.StartRequest{AccountID: "acc_doctor", WebinarID: "web_1", LoginID: "l1", Device: "Chrome on Windows"})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.db.Exec(b.t.Context(), `update playback_sessions set started_at = started_at - interval '1 hour'`); err != nil {
		b.t.Fatal(err)
	}
	_, err = plays.Beat(b.t.Context(), playback.BeatRequest{
		SessionID: started.SessionID, AccountID: "acc_doctor",
		Beat: playback.Beat{Seq: 1, Speed: playback.NormalSpeed, PositionMS: 85_000, Watched: playback.NewRanges(playback.Range{From: 0, To: 85_000})},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// page asks for a page as somebody and wants a status and texts on it.
func (b *reasonsBundle) page(who identity.Principal, method, target string, form url.Values, status int, texts ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	b.pages.ServeHTTP(w, r.WithContext(identity.NewContext(context.WithoutCancel(r.Context()), who)))
	if w.Code != status {
		b.t.Fatalf("%s %s: %d, want %d\n%s", method, target, w.Code, status, w.Body)
	}
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			b.t.Errorf("%s %s lacks %q:\n%s", method, target, text, w.Body)
		}
	}
	return w
}

// get asks for a page as somebody.
func (b *reasonsBundle) get(who identity.Principal, target string) *httptest.ResponseRecorder {
	r, w := httptest.NewRequest(http.MethodGet, target, nil), httptest.NewRecorder()
	b.pages.ServeHTTP(w, r.WithContext(identity.NewContext(b.t.Context(), who)))
	return w
}

// TestWhatIsMissing: a doctor reads why, an administrator finds the doctor,
// waives and takes it back.
func TestWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	const missing, theirs = "/programs/prg_1/missing", "/programs/prg_1/missing?account_id=acc_doctor"
	b.page(b.doctor, "GET", "/courses", nil, 200, `href="/programs/prg_1/missing"`)
	b.page(b.doctor, "GET", missing, nil, 200, "1 of 1 webinars is still open: 5 s to watch.", "At 1:25–1:40: not watched yet.",
		"with Chrome on Windows: 1 min 25 s were counted (0:00–1:25).", "version 1 of the rule", `href="/webinars/web_1"`)
	b.page(b.doctor, "GET", missing+"?account_id=acc_admin", nil, 403)
	b.page(b.admin, "GET", missing, nil, 404)
	b.page(b.doctor, "GET", "/admin/doctors?email=ana@example.org", nil, 403)
	b.page(b.admin, "GET", "/admin/doctors?email=Ana@Example.org", nil, 200, "Dr Ana López", "account_id=acc_doctor", "still open")
	b.page(b.admin, "GET", "/admin/doctors?email=nobody@example.org", nil, 200, "Nobody here has the address nobody@example.org.")
	b.page(b.admin, "GET", theirs, nil, 200, "ana@example.org", "Waive this webinar")

	waive := url.Values{"program_id": {"prg_1"}, "account_id": {"acc_doctor"}, "reason": {" "}}
	b.page(b.admin, "POST", "/webinars/web_1/waive", waive, 422, "Please say why it is waived")
	waive.Set("reason", "Gave this talk herself.")
	b.page(b.doctor, "POST", "/webinars/web_1/waive", waive, 403)
	if w := b.page(b.admin, "POST", "/webinars/web_1/waive", waive, 303); w.Header().Get("Location") != theirs {
		t.Errorf("back to %s", w.Header().Get("Location"))
	}
	b.page(b.doctor, "GET", missing, nil, 200, "All webinars of this program are completed.", "Waived by an administrator")
	waived := b.page(b.admin, "GET", theirs, nil, 200, "Gave this talk herself. (Alex Admin,")
	_, rest, _ := strings.Cut(waived.Body.String(), `action="/waivers/`)
	id, _, _ := strings.Cut(rest, "/")
	b.page(b.admin, "POST", "/waivers/"+id+"/revoke", waive, 303)
	b.page(b.doctor, "GET", missing, nil, 200, "which was revoked later; the completion stands.")
	b.page(b.admin, "GET", theirs, nil, 200, "Take the completion back", `action="/waivers/`+id+`/revoke"`)
	waive.Set("take_back_credit", "1")
	b.page(b.admin, "POST", "/waivers/"+id+"/revoke", waive, 303)
	b.page(b.doctor, "GET", missing, nil, 200, "still open")
}

// TestARuleIsSeenBeforeItIsSet: the preview names the doctor, setting it
// completes her, and a rule that was overtaken is refused.
func TestARuleIsSeenBeforeItIsSet(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	const path = "/admin/programs/prg_1/rule"
	b.page(b.doctor, "GET", path, nil, 403)
	b.page(b.admin, "GET", path, nil, 200, "Version 1 is in force", `value="90"`)
	rule := url.Values{"threshold_percent": {"80,5"}, "counts": {"union"}, "max_rate": {"1.5"}, "rounding": {"none"}, "note": {"The accreditor asks."}, "version": {"1"}}
	b.page(b.admin, "POST", path, rule, 200, "1 webinar of a doctor would be completed.", "ana@example.org", "Fibrillation", `name="threshold_percent" value="80,5"`, "0 now, 1 then")
	rule.Set("decided", "yes")
	b.page(b.admin, "POST", path, rule, 303)
	b.page(b.doctor, "GET", "/programs/prg_1/missing", nil, 200, "Completed on ", "under version 2 of the rule")
	rule.Set("threshold_percent", "99")
	b.page(b.admin, "POST", path, rule, 422, "Somebody else changed this")
	rule.Set("threshold_percent", "many")
	b.page(b.admin, "POST", path, rule, 422, "Write a number")
}

func TestExclusionsAreSeenBeforeTheyAreSet(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	const path = "/admin/webinars/web_1/excluded"
	b.page(b.doctor, "GET", path, nil, 403)
	b.page(b.admin, "GET", path, nil, 200, "What does not count")
	if _, err := b.db.Exec(t.Context(), `update recordings set token = repeat(token, 26)`); err != nil { // addresses of media are signed for whole ones
		t.Fatal(err)
	}
	b.page(b.doctor, "GET", "/webinars/web_1", nil, 200, "Completed when 90 % are watched.")
	b.page(b.admin, "POST", path, url.Values{"ranges": {"1:38 - 1:40 thanks"}, "reason": {"Only the talk counts."}, "decided": {"yes"}}, 303)
	b.page(b.doctor, "GET", "/webinars/web_1", nil, 200, "Completed when 90 % of what counts are watched. Neither counted nor needed: 1:38–1:40.")
	x := url.Values{"ranges": {"1:30 - 1:40 questions\n"}, "reason": {"Only the talk counts."}}
	b.page(b.admin, "POST", path, x, 200, "1 webinar of a doctor would be completed.", "Set this")
	x.Set("decided", "yes")
	b.page(b.admin, "POST", path, x, 303)
	b.page(b.admin, "GET", path, nil, 200, "1:30 - 1:40 questions")
	b.page(b.doctor, "GET", "/programs/prg_1/missing", nil, 200, "Completed on ")
	x.Set("ranges", "1:00 - 9:00")
	b.page(b.admin, "POST", path, x, 422, "within the recording of 100 s")
	x.Set("ranges", "opening")
	b.page(b.admin, "POST", path, x, 422, "cannot be read: opening")
}

// TestCreatingInPlaybackOnce: imports and waivers under the same key are made once.
func TestCreatingInPlaybackOnce(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	for path, body := range map[string]string{
		"/v1/webinars/web_1/attendance": `{"items":[{"email":"ana@example.org","joined_at":"2026-09-22T14:30:00Z","left_at":"2026-09-22T14:40:00Z"}]}`,
		"/v1/webinars/web_1/waivers":    `{"account_id":"acc_doctor","reason":"Gave this talk herself."}`,
	} {
		var first string
		for range 2 {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", "once"+path)
			w := httptest.NewRecorder()
			b.api.ServeHTTP(w, r.WithContext(identity.NewContext(r.Context(), b.admin)))
			if w.Code != http.StatusCreated || first != "" && w.Body.String() != first {
				t.Errorf("%s: %d %s, first %s", path, w.Code, w.Body, first)
			}
			first = w.Body.String()
		}
	}
	var imports, waivers int
	if err := b.db.QueryRow(t.Context(), `select (select count(*) from attendance_imports), (select count(*) from waivers)`).Scan(&imports, &waivers); err != nil || imports != 1 || waivers != 1 {
		t.Errorf("%d imports, %d waivers, %v", imports, waivers, err)
	}
}
