package playbackapi_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/deploy/schema/schematest"
	"rounds/playback"
	"rounds/playback/cloudfront"
	"rounds/playback/playbackapi"
	"rounds/playback/playbackdb"
)

// TestMain maps errors to statuses, as cmd/rounds does with its table.
func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	huma.NewErrorWithContext = func(_ huma.Context, status int, message string, errs ...error) huma.StatusError {
		if status == http.StatusInternalServerError && len(errs) > 0 {
			status, message = statusOf(errs[0]), codeOf(errs[0])
		}
		return huma.NewError(status, message, errs...)
	}
	os.Exit(m.Run())
}

func statusOf(err error) int {
	var field *catalog.FieldError
	for status, known := range map[int]error{
		http.StatusNotFound: catalog.ErrNotFound, http.StatusForbidden: catalog.ErrForbidden,
		http.StatusUnauthorized: catalog.ErrUnauthenticated, http.StatusConflict: catalog.ErrConflict,
	} {
		if errors.Is(err, known) {
			return status
		}
	}
	switch {
	case errors.Is(err, catalog.ErrNotReady):
		return http.StatusConflict
	case errors.As(err, &field):
		return http.StatusUnprocessableEntity
	case errors.Is(err, catalog.ErrRateLimited):
		return http.StatusTooManyRequests
	default:
		return http.StatusInternalServerError
	}
}

func codeOf(err error) string {
	var conflict *catalog.ConflictError
	if errors.As(err, &conflict) {
		return conflict.Code
	}
	return err.Error()
}

// storedPlaylists are the objects of every recording, by the name below its prefix.
var storedPlaylists = map[string]string{
	"master.m3u8": "#EXTM3U\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=9,URI=\"v720/iframes.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=9\nv720/index.m3u8\n",
	"v720/index.m3u8": "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXT-X-KEY:METHOD=AES-128,URI=\"/v1/recordings/REC/key\"\n" +
		"#EXTINF:6,\nseg_00000.m4s\n#EXT-X-ENDLIST\n",
}

// stored is the media bucket.
type stored struct {
	recording catalog.RecordingID
	onRead    func(off int64) // of the progressive file
}

func (s stored) ReadObject(_ context.Context, key string, _ int64) ([]byte, error) {
	_, _, name, _ := catalog.ParseMediaKey(key)
	text, found := storedPlaylists[name]
	if !found {
		return nil, errors.New("no such object")
	}
	return []byte(strings.ReplaceAll(text, "REC", string(s.recording))), nil
}

// fallbackFile is the progressive file of every recording, in clear.
var fallbackFile = strings.Repeat("0123456789", 100_000)

func (s stored) ObjectSize(_ context.Context, key string) (int64, error) {
	if _, _, name, _ := catalog.ParseMediaKey(key); name != catalog.Fallback {
		return 0, catalog.ErrNotFound
	}
	return int64(len(fallbackFile)), nil
}

func (s stored) ReadObjectAt(_ context.Context, _ string, p []byte, off int64) (int, error) {
	stream, err := catalog.FallbackStream(contentKey, off)
	if err != nil {
		return 0, err
	}
	if s.onRead != nil {
		s.onRead(off)
	}
	n := copy(p, fallbackFile[off:])
	stream.XORKeyStream(p[:n], p[:n])
	return n, nil
}

// bundle is the API over a real database with one webinar of 100 s.
type bundle struct {
	t         *testing.T
	db        *pgxpool.Pool
	handler   http.Handler
	api       huma.API
	verifier  *cloudfront.Verifier
	recorder  *playbackdb.EventRecorder
	deps      playbackapi.Deps
	sealer    *catalog.Sealer
	program   catalog.ProgramID
	webinar   catalog.WebinarID
	recording catalog.RecordingID
	token     string
	doctor    identity.Principal
	alarms    []catalog.AccountID // told by BulkKeys
	reads     func(off int64)     // is told what is read of the progressive file
	now       time.Time           // CloudFront's clock; zero: the real one
}

const base = "https://learn.example.org"

// keyLimit is how many keys an account may fetch here.
const keyLimit = 8

var contentKey = []byte("0123456789abcdef")

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{t: t, db: schematest.New(t), reads: func(int64) {}, program: catalog.NewProgramID(), webinar: catalog.NewWebinarID(), recording: catalog.NewRecordingID(), token: catalog.NewToken()}
	sealer := must(catalog.NewSealer(make([]byte, 32)))(t)
	b.sealer = sealer
	course := catalog.NewCourseID()
	b.exec(`insert into programs (id, title) values ($1, 'Cardiology')`, b.program)
	b.exec(`insert into program_rules (program_id, version, threshold_percent, counts, max_rate) values ($1, 1, 90, 'union', 2)`, b.program)
	b.exec(`insert into courses (id, program_id, title) values ($1, $2, 'Arrhythmia')`, course, b.program)
	b.exec(`insert into webinars (id, course_id, title) values ($1, $2, 'Atrial fibrillation')`, b.webinar, course)
	b.exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, sealed_key, published_at)
		values ($1, $2, 'talk.mp4', 1000, 8388608, 'ready', 100000, $3, $4, now())`, b.recording, b.webinar, b.token, sealer.Seal(contentKey, b.token))
	b.exec(`update webinars set current_recording_id = $1`, b.recording)
	b.doctor = b.newDoctor()

	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	u := must(url.Parse(base))(t)
	signer := must(cloudfront.NewSigner(cloudfront.SignerConfig{BaseURL: u, Keys: []cloudfront.Key{{ID: "K1", Key: key}}}))(t)
	b.verifier = must(cloudfront.NewVerifier(map[string]crypto.PublicKey{"K1": key.Public()}, b.clock))(t)
	b.recorder = playbackdb.NewEventRecorder(b.db)
	b.deps = playbackapi.Deps{
		Store: playbackdb.New(b.db, sealer), Signer: signer, Objects: stored{b.recording, func(off int64) { b.reads(off) }}, BaseURL: u, AskAgain: time.Nanosecond, Events: b.recorder,
		Devices:  playback.Devices{Most: 2, Window: time.Hour},
		KeyLimit: playback.KeyLimit{Most: keyLimit, Window: time.Hour},
		BulkKeys: func(_ context.Context, account catalog.AccountID, _ catalog.RecordingID) {
			b.alarms = append(b.alarms, account)
		},
	}
	b.handler, b.api = serving(b.deps)
	return b
}

// serving is an API process.
func serving(d playbackapi.Deps) (http.Handler, huma.API) {
	engine := gin.New()
	engine.UseRawPath = true
	api := humagin.New(engine, huma.DefaultConfig("test", "1"))
	playbackapi.Register(api, d)
	return engine, api
}

// another is one more API process on the same database, with connections of its own.
func (b *bundle) another() *bundle {
	b.t.Helper()
	pool := must(pgxpool.New(b.t.Context(), b.db.Config().ConnString()))(b.t)
	b.t.Cleanup(pool.Close)
	second := *b
	second.deps.Store = playbackdb.New(pool, b.sealer)
	second.handler, second.api = serving(second.deps)
	return &second
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.db.Exec(context.Background(), sql, args...); err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
}

func (b *bundle) newDoctor() identity.Principal {
	b.t.Helper()
	id := catalog.NewAccountID()
	b.exec(`insert into accounts (id, email, name) values ($1, $1 || '@example.org', 'Doctor')`, id)
	b.exec(`insert into enrolments (id, program_id, account_id, via) values ($1, $2, $3, 'invitation')`, catalog.NewEnrolmentID(), b.program, id)
	return identity.Principal{AccountID: id, LoginID: "login-" + string(id), Roles: []identity.Role{identity.RoleDoctor}}
}

// age moves all sessions back in time.
func (b *bundle) age(interval string) {
	b.t.Helper()
	b.exec(`update playback_sessions set started_at = started_at - $1::interval, ended_at = ended_at - $1::interval`, interval)
}

// answer is a response with its body, and what it says as JSON.
type answer struct {
	*http.Response
	body string
	json map[string]any
}

// call sends a request as somebody; header holds pairs.
func (b *bundle) call(who identity.Principal, method, target, body string, header ...string) answer {
	b.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r.WithContext(identity.NewContext(r.Context(), who)))
	response := w.Result()
	text := must(io.ReadAll(response.Body))(b.t)
	a := answer{Response: response, body: string(text)}
	_ = json.Unmarshal(text, &a.json) // not everything is JSON
	return a
}

// want checks the status of an answer and returns it.
func (b *bundle) want(status int, a answer) answer {
	b.t.Helper()
	if a.StatusCode != status {
		b.t.Fatalf("status %d, want %d: %s", a.StatusCode, status, a.body)
	}
	return a
}

// start opens a session and returns the answer and the session's id.
func (b *bundle) start(who identity.Principal, query string) (answer, string) {
	b.t.Helper()
	a := b.want(http.StatusCreated, b.call(who, "POST", "/v1/webinars/"+string(b.webinar)+"/playback"+query, ""))
	return a, a.json["session_id"].(string)
}

// opens tells whether CloudFront would serve target, with an answer's cookies.
func (b *bundle) opens(target string, cookies ...*http.Cookie) bool {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	return b.verifier.Verify(r, "https", netip.Addr{}) == nil
}

func (b *bundle) clock() time.Time {
	if b.now.IsZero() {
		return time.Now()
	}
	return b.now
}

func (b *bundle) media(name string) string {
	return base + "/" + catalog.MediaPrefix(b.recording, b.token) + name
}
