package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/catalog/identity/logins"
	"rounds/deploy/local/s3test"
	"rounds/deploy/schema/schematest"
	"rounds/player"
)

// askers are the columns of routeTable, in this order. All objects a route is
// tried on belong to one program: the doctor is enrolled in it, the presenter
// presents its webinar, the moderator decides about its event, the sponsor pays
// for it. The strangers are a doctor, a presenter, a moderator and a sponsor of
// another program, and a supporter who is busy there: support is of all programs,
// so she may do what the first may, but not touch what is the first one's own.
// The small token is of a machine that may do what presenters may, and presents
// nothing; the narrow token may read the catalog (scope catalog:read).
var askers = []string{
	"nobody", "doctor", "stranger doctor", "presenter", "stranger presenter", "moderator", "stranger moderator", "support", "stranger support",
	"sponsor", "stranger sponsor", "admin", "small token", "narrow token",
}

// people are those of askers who sign in.
func people() []string { return askers[1 : len(askers)-2] }

// TestEveryRouteKnowsWhoMayUseIt tries every route of the API document, every raw
// route and every page as everybody, and holds the answers to routeTable.
func TestEveryRouteKnowsWhoMayUseIt(t *testing.T) {
	t.Parallel()
	b := routesOf(t)
	b.makeObjects(t)
	known := map[string]string{}
	for _, row := range routeTable {
		if _, twice := known[row.route]; twice {
			t.Errorf("%s has two rows", row.route)
		}
		known[row.route] = row.may
	}
	for _, route := range b.all() {
		want, listed := known[route.name()]
		delete(known, route.name())
		got := b.tryAs(t, route)
		switch {
		case !listed:
			t.Errorf("no row says who may use this route. If that is right, add to routeTable:\n\t{%q, %q},", route.name(), got)
		case got != want:
			t.Errorf("%s: %s", route.name(), difference(want, got))
		}
		b.tryNUL(t, route)
	}
	for gone := range known {
		t.Errorf("routeTable has a row for %s, which is no route", gone)
	}
}

func difference(want, got string) string {
	var said []string
	for i, who := range askers {
		if i < len(want) && i < len(got) && want[i] != got[i] {
			said = append(said, fmt.Sprintf("%s gets %c, want %c", who, got[i], want[i]))
		}
	}
	if len(want) != len(askers) {
		said = append(said, fmt.Sprintf("the row has %d columns, want %d", len(want), len(askers)))
	}
	return strings.Join(said, "; ")
}

// route is one way into the program.
type route struct {
	method, path string          // path with {names}
	operation    *huma.Operation // nil: a raw route or a page
	page         bool
}

func (r route) name() string { return r.method + " " + r.path }

// routesBundle is the whole server over a real database and storage.
type routesBundle struct {
	db      *pgxpool.Pool
	handler http.Handler
	engine  *gin.Engine
	api     *huma.OpenAPI
	logins  *logins.Manager
	sealer  *catalog.Sealer
	people  map[string]func(*http.Request)
	ids     map[string]string // {name} or the word before it → an object of the program
}

func routesOf(t *testing.T) *routesBundle {
	t.Helper()
	b := &routesBundle{db: schematest.New(t), people: map[string]func(*http.Request){}}
	s := serverFor(t, b.db)
	var err error
	if b.handler, err = s.handler(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.sight = blind() // each API registers its own
	b.engine = s.api()
	b.api = s.document
	b.makePeople(t, s)
	return b
}

// serverFor builds the server as `rounds serve` does.
func serverFor(t *testing.T, db *pgxpool.Pool, settings ...string) *server {
	t.Helper()
	dir := t.TempDir()
	log := slog.New(slog.DiscardHandler)
	if err := (&keygenCommand{Dir: dir}).Run(log); err != nil {
		t.Fatal(err)
	}
	_, uploads := s3test.Bucket(t)
	_, media := s3test.Bucket(t)
	var c cli
	parser, err := kong.New(&c, kong.Name("rounds"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(append([]string{
		"serve", "--base-url=http://rounds.test", "--database-url=" + db.Config().ConnString(), "--mail-dir=" + filepath.Join(dir, "mail"),
		"--master-key-file=" + filepath.Join(dir, "master.key"), "--signing-key-file=" + filepath.Join(dir, "signing.pem"), "--signing-key-id=K1",
		"--s3-endpoint=" + os.Getenv(s3test.EnvEndpoint), "--s3-access-key=" + os.Getenv(s3test.EnvAccessKey), "--s3-secret-key=" + os.Getenv(s3test.EnvSecretKey),
		"--upload-bucket=" + uploads, "--media-bucket=" + media,
	}, settings...))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Serve.build(t.Context(), log, db, blind())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// all lists every route, in a stable order.
func (b *routesBundle) all() []route {
	var routes []route
	inDocument := map[string]bool{}
	for path, item := range b.api.Paths {
		for method, operation := range operationsOf(item) {
			r := route{method: method, path: path, operation: operation}
			inDocument[r.name()] = true
			routes = append(routes, r)
		}
	}
	colon := regexp.MustCompile(`[:*]([a-z_]+)`)
	for _, raw := range b.engine.Routes() {
		r := route{method: raw.Method, path: colon.ReplaceAllString(raw.Path, "{$1}")}
		if !inDocument[r.name()] {
			routes = append(routes, r)
		}
	}
	for _, pattern := range player.Routes() {
		if method, path, ok := strings.Cut(pattern, " "); ok {
			routes = append(routes, route{method: method, path: strings.TrimSuffix(path, "{$}"), page: true})
		}
	}
	slices.SortFunc(routes, func(a, b route) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return routes
}

// makePeople makes an account for everybody, and a token for the machine.
func (b *routesBundle) makePeople(t *testing.T, s *server) {
	t.Helper()
	b.logins, b.sealer = s.logins, s.sealer
	for _, who := range people() {
		role := who[strings.LastIndexByte(who, ' ')+1:]
		b.exec(t, `insert into accounts (id, email, name, roles, country) values ($1, $2, $3, $4, 'PT')`, accountOf(who), string(accountOf(who))+"@example.org", who, []string{role})
	}
	secret := identity.NewAPIToken()
	hash, _ := identity.HashAPIToken(secret)
	b.exec(t, `insert into api_tokens (id, name, token_hash, roles) values ('tok_small', 'small', $1, '{presenter}')`, hash)
	b.people["small token"] = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
	narrow := identity.NewAPIToken()
	hash, _ = identity.HashAPIToken(narrow)
	b.exec(t, `insert into api_tokens (id, name, token_hash, roles, scopes) values ('tok_narrow', 'narrow', $1, '{}', '{catalog:read}')`, hash)
	b.people["narrow token"] = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+narrow) }
	b.exec(t, `insert into programs (id, title) values ('prg_other', 'Oncology')`)
	b.exec(t, `insert into program_rules (program_id, version, threshold_percent, counts, max_rate) values ('prg_other', 1, 90, 'union', 2)`)
	b.exec(t, `insert into program_sponsors (program_id, account_id) values ('prg_other', $1)`, accountOf("stranger sponsor"))
	b.exec(t, `insert into enrolments (id, program_id, account_id, via) values ('enr_other', 'prg_other', $1, 'invitation')`, accountOf("stranger doctor"))
	b.people["nobody"] = func(*http.Request) {}
	b.signIn(t)
}

// signIn gives everybody a fresh session.
func (b *routesBundle) signIn(t *testing.T) {
	t.Helper()
	for _, who := range people() {
		cookie, err := b.logins.Start(t.Context(), identity.Login{AccountID: accountOf(who)})
		if err != nil {
			t.Fatal(err)
		}
		b.people[who] = func(r *http.Request) { r.AddCookie(cookie) }
	}
}

func accountOf(who string) catalog.AccountID {
	return catalog.AccountID("acc_" + strings.ReplaceAll(who, " ", "_"))
}

func (b *routesBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := b.db.Exec(context.WithoutCancel(t.Context()), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// makeObjects makes a fresh program with everything in it, so that whatever a
// route does to it cannot be seen by the next.
func (b *routesBundle) makeObjects(t *testing.T) {
	t.Helper()
	n := catalog.NewToken()
	b.ids = map[string]string{
		"programs": "prg_" + n, "courses": "crs_" + n, "webinars": "web_" + n, "recordings": "rec_" + n, "spot_windows": "spw_" + n, "spot_requests": "req_" + n,
		"accounts": "acc_" + n, "account_id": "acc_" + n, "doctors": "acc_" + n, "api_tokens": "tok_" + n, "events": "spw_" + n, "request": "req_" + n,
		"upload": "web_" + n, "act": "mail-code", "waivers": "wvr_" + n, "lang": "en", "materials": "mat_" + n, "attendance_imports": "imp_" + n, "attendance_claims": "clm_" + n,
		"request_id": "erq_" + n, "erasures": "erq_" + n, "passkeys": "pky_" + n, "account_imports": "aim_" + n,
		"imports": "imp_" + n, "claims": "clm_" + n, "playback": "pbs_" + n, "message_templates": "tpl_" + n, "messages": "msg_" + n,
		"handover_id": "hov_" + n, "phone": "hov_" + n, "webhook_endpoints": "whe_" + n, "webhook_deliveries": "whd_" + n, "upload_links": "upl_" + n, "link": "upl_" + n,
		"questions": "qst_" + n, "question": "qst_" + n,
	}
	id := b.ids
	doctor := accountOf("doctor")
	batch := &pgx.Batch{}
	for _, row := range []struct {
		sql  string
		args []any
	}{
		{`insert into accounts (id, email, name) values ($1, $2, 'Dr Changed')`, []any{id["accounts"], n + "@hospital.org"}},
		{`update programs set deleted_at = now() where deleted_at is null and id <> 'prg_other'`, nil}, // nobody's pages become long
		{`insert into programs (id, title) values ($1, 'Cardiology')`, []any{id["programs"]}},
		{`insert into program_rules (program_id, version, threshold_percent, counts, max_rate) values ($1, 1, 90, 'union', 2)`, []any{id["programs"]}},
		{`insert into courses (id, program_id, title) values ($1, $2, 'Arrhythmia')`, []any{id["courses"], id["programs"]}},
		{`insert into webinars (id, course_id, title, starts_at) values ($1, $2, 'Fibrillation', now() - interval '1 day')`, []any{id["webinars"], id["courses"]}},
		{`insert into webinar_presenters (webinar_id, account_id) values ($1, $2)`, []any{id["webinars"], accountOf("presenter")}},
		{`insert into webinar_moderators (webinar_id, account_id) values ($1, $2)`, []any{id["webinars"], accountOf("moderator")}},
		{`insert into enrolments (id, program_id, account_id, via) values ($1, $2, $3, 'invitation')`, []any{"enr_" + n, id["programs"], doctor}},
		{`insert into enrolments (id, program_id, account_id, via) values ($1, $2, $3, 'invitation')`, []any{"env_" + n, id["programs"], id["accounts"]}},
		{`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, token, sealed_key, duration_ms, published_at)
		  values ($1, $2, 'talk.mp4', 1, 1, 'ready', $3, $4, 60000, now())`, []any{id["recordings"], id["webinars"], n, b.sealer.Seal(make([]byte, 16), n)}},
		{`update webinars set current_recording_id = $2 where id = $1`, []any{id["webinars"], id["recordings"]}},
		{`insert into captions (recording_id, lang, webvtt, cues, ends_ms) values ($1, 'en', 'WEBVTT', 0, 0)`, []any{id["recordings"]}},
		{`insert into materials (id, webinar_id, title, filename, content_type, size_bytes, sha256, uploaded_at)
		  values ($1, $2, 'Slides', 'slides.pdf', 'application/pdf', 1, '', now())`, []any{id["materials"], id["webinars"]}},
		{`insert into waivers (id, enrolment_id, webinar_id, reason, created_by) values ($1, $2, $3, 'x', 'x')`, []any{id["waivers"], "enr_" + n, id["webinars"]}},
		{`insert into attendance_imports (id, webinar_id, platform) values ($1, $2, 'api')`, []any{id["attendance_imports"], id["webinars"]}},
		{`update attendance_claims set state = 'refused' where account_id = $1`, []any{doctor}},
		{`insert into attendance_claims (id, webinar_id, account_id, name) values ($1, $2, $3, 'Ana')`, []any{id["attendance_claims"], id["webinars"], doctor}},
		{`update playback_sessions set ended_at = now(), end_reason = 'taken_over' where account_id = $1 and ended_at is null`, []any{doctor}},
		{`insert into playback_sessions (id, enrolment_id, account_id, webinar_id, recording_id, started_at, speed_limit)
		  values ($1, $2, $3, $4, $5, now(), 200)`, []any{id["playback"], "enr_" + n, doctor, id["webinars"], id["recordings"]}},
		{`update questions set at = at - interval '1 hour' where at > now() - interval '1 hour'`, nil},
		{`insert into questions (id, account_id, webinar_id, recording_id, text) values ($1, $2, $3, $4, 'Why?')`, []any{id["questions"], doctor, id["webinars"], id["recordings"]}},
		{`insert into message_templates (id, channel, kind, locale, version, body) values ($1, 'sms', 'sign_in_code', $2, 1, '{{.code}}')`, []any{id["message_templates"], n}},
		{`insert into webhook_endpoints (id, url, sealed_secret, disabled_at) values ($1, 'https://x.example.org', '', now())`, []any{id["webhook_endpoints"]}},
		{`with told as (insert into events (type, data) values ('account.registered', '{}') returning seq)
		  insert into webhook_deliveries (id, endpoint_id, event_seq) select $1, $2, seq from told`, []any{id["webhook_deliveries"], id["webhook_endpoints"]}},
		{`insert into handovers (id, secret_hash, number, numbers, expires_at) values ($1, '', 42, '{41,42,43}', now() + interval '3 minutes')`, []any{id["handover_id"]}},
		{`insert into messages (id, recipient, kind, sent_at) values ($1, 'x@example.org', 'invitation', now())`, []any{id["messages"]}},
		{`insert into api_tokens (id, name, token_hash, roles) values ($1, 'x', $2, '{admin}')`, []any{id["api_tokens"], []byte(n)}},
		{`insert into api_tokens (id, name, token_hash, roles, scopes, expires_at, uploads_to)
		  values ($1, 'x', $2, '{}', '{}', now() + interval '1 day', $3)`, []any{id["upload_links"], []byte("link" + n), id["webinars"]}},
		{`insert into passkeys (id, account_id, credential_id, name, data) values ($1, $2, $3, 'x', '{}')`, []any{id["passkeys"], accountOf("presenter"), []byte(n)}},
		{`insert into program_sponsors (program_id, account_id) values ($1, $2)`, []any{id["programs"], accountOf("sponsor")}},
		{`insert into erasure_requests (id, account_id) values ($1, $2)`, []any{id["request_id"], id["accounts"]}},
		{`insert into account_imports (id) values ($1)`, []any{id["account_imports"]}},
		{`insert into spot_windows (id, program_id, title, code_hash, admission, moderator_ids, cap, opens_at, closes_at)
		  values ($1, $2, 'Day', $3, 'approval', $4, 100, now(), now() + interval '1 hour')`, []any{id["spot_windows"], id["programs"], []byte(n), []catalog.AccountID{accountOf("moderator")}}},
		{`insert into spot_requests (id, window_id, email, registration) values ($1, $2, $3, '{}')`, []any{id["spot_requests"], id["spot_windows"], n + "@example.org"}},
	} {
		batch.Queue(row.sql, row.args...)
	}
	if err := b.db.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
}

// pathOf puts ids of the program's objects into a path. What is not known gets
// an id that nothing has.
func (b *routesBundle) pathOf(r route) string {
	parts := strings.Split(r.path, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		name := strings.Trim(part, "{}")
		id, known := b.ids[name]
		if !known {
			id, known = b.ids[parts[i-1]]
		}
		if !known {
			id = "x_none"
		}
		parts[i] = id
	}
	return strings.Join(parts, "/")
}

// tryAs asks as everybody, the mightiest last, and returns a letter for each:
//
//	.  let in: the answer is about the request, not about who asks
//	1  401, nobody is signed in       s  led to the sign-in page
//	3  403, may know but not do       4  404, may not even know
//	5  a fault of ours
func (b *routesBundle) tryAs(t *testing.T, r route) string {
	t.Helper()
	letters := make([]byte, len(askers))
	for _, who := range []string{
		"nobody", "stranger doctor", "stranger presenter", "stranger moderator", "stranger sponsor", "sponsor", "small token", "narrow token", "stranger support",
		"support", "moderator", "doctor", "presenter", "admin",
	} {
		answer := b.ask(t, r, who)
		guarded(t, r.name()+" as "+who, r.page, answer.Header())
		letter := letterOf(answer)
		letters[slices.Index(askers, who)] = letter
		if letter == '.' && r.method != http.MethodGet { // it may have been done
			b.makeObjects(t)
		}
	}
	if signsOut.MatchString(r.path) {
		b.signIn(t)
	}
	return string(letters)
}

// tryNUL puts a byte into ids that no database takes: it must be nothing worse
// than unknown.
func (b *routesBundle) tryNUL(t *testing.T, r route) {
	t.Helper()
	if !strings.Contains(r.path, "{") {
		return
	}
	odd := r
	odd.path = anyName.ReplaceAllString(r.path, "x%00y")
	if answer := b.ask(t, odd, "admin"); answer.Code >= http.StatusInternalServerError {
		t.Errorf("%s with a NUL in its ids: %d %s", r.name(), answer.Code, answer.Body)
	}
}

var anyName = regexp.MustCompile(`\{[^}]*\}`)

// signsOut matches routes after which some are signed in no more.
var signsOut = regexp.MustCompile(`session|sign-out|devices`)

func (b *routesBundle) ask(t *testing.T, r route, who string) *httptest.ResponseRecorder {
	t.Helper()
	body, kind := b.bodyFor(r)
	request := httptest.NewRequest(r.method, "http://rounds.test"+b.pathOf(r)+b.queryFor(r, who), bytes.NewReader(body))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request = request.WithContext(ctx)
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	b.people[who](request)
	w := httptest.NewRecorder()
	answer := &firstWrite{ResponseRecorder: w, stop: cancel, stream: strings.HasSuffix(r.path, "/events") && r.operation != nil || strings.Contains(r.path, "stream")}
	b.handler.ServeHTTP(answer, request)
	return w
}

// firstWrite ends a request that would stream for ever with its first bytes.
type firstWrite struct {
	*httptest.ResponseRecorder
	stop   context.CancelFunc
	stream bool
}

func (w *firstWrite) Write(p []byte) (int, error) {
	if w.stream {
		w.stop()
	}
	return w.ResponseRecorder.Write(p)
}

// letterOf is a letter of the table.
func letterOf(w *httptest.ResponseRecorder) byte {
	switch location := w.Header().Get("Location"); {
	case w.Code == http.StatusUnauthorized:
		return '1'
	case w.Code == http.StatusForbidden:
		return '3'
	case w.Code == http.StatusNotFound:
		return '4'
	case w.Code >= http.StatusInternalServerError:
		return '5'
	case w.Code == http.StatusSeeOther && strings.HasPrefix(location, "/sign-in"):
		return 's'
	default:
		return '.'
	}
}

// bodyFor makes the smallest body that the document allows, so that a request is
// refused for who asks, not for what it says.
func (b *routesBundle) bodyFor(r route) (body []byte, kind string) {
	if r.page && r.method == http.MethodPost {
		return []byte(url.Values{"next": {"/"}, "reason": {"x"}, "account_id": {b.ids["account_id"]}, "program_id": {b.ids["programs"]}, "lang": {"en"}, "name": {"x"}}.Encode()), "application/x-www-form-urlencoded"
	}
	if r.operation == nil || r.operation.RequestBody == nil {
		return nil, ""
	}
	content := r.operation.RequestBody.Content
	if body, said := bodies[r.operation.OperationID]; said {
		return []byte(body), "application/json"
	}
	if media := content["application/json"]; media != nil && media.Schema != nil {
		text, err := json.Marshal(b.smallest(media.Schema, ""))
		if err != nil {
			panic(err) // made of maps, lists and plain values
		}
		return text, "application/json"
	}
	for kind := range content {
		return []byte("WEBVTT"), kind
	}
	return nil, ""
}

// bodies are those that the document alone does not tell.
var bodies = map[string]string{
	"claim-attendance": `{"name":"Ana"}`,
}

// smallest is a value that a schema allows.
func (b *routesBundle) smallest(schema *huma.Schema, name string) any {
	if _, named, ok := strings.Cut(schema.Ref, "#/components/schemas/"); ok {
		return b.smallest(b.api.Components.Schemas.Map()[named], name)
	}
	switch {
	case len(schema.Examples) > 0:
		return schema.Examples[0]
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case len(schema.OneOf) > 0:
		return b.smallest(schema.OneOf[0], name)
	case len(schema.AnyOf) > 0:
		return b.smallest(schema.AnyOf[0], name)
	}
	switch schema.Type {
	case huma.TypeObject:
		object := map[string]any{}
		for _, field := range schema.Required {
			object[field] = b.smallest(schema.Properties[field], field)
		}
		return object
	case huma.TypeArray:
		list := []any{}
		for range max(0, valueOr(schema.MinItems, 0)) {
			list = append(list, b.smallest(schema.Items, name))
		}
		return list
	case huma.TypeInteger, huma.TypeNumber:
		return max(valueOr(schema.Minimum, 0), valueOr(schema.ExclusiveMinimum, -1)+1)
	case huma.TypeBoolean:
		return false
	}
	if schema.Format == "date-time" {
		return "2026-12-03T08:00:00Z"
	}
	if id, known := b.ids[name]; known {
		return id
	}
	return "x"
}

func valueOr[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// queryFor has the parameters without which a route says nothing.
func (b *routesBundle) queryFor(r route, who string) string {
	values := url.Values{}
	if r.operation != nil {
		for _, p := range r.operation.Parameters {
			aboutSomebody := p.Name == "account_id" && (who == "admin" || strings.HasSuffix(who, " token")) // others mean themselves
			if p.In == "query" && (p.Required || aboutSomebody) {
				values.Set(p.Name, fmt.Sprint(b.smallest(p.Schema, p.Name)))
			}
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}
