package catalogapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/catalogapi"
	"rounds/catalog/catalogdb"
	"rounds/catalog/identity"
	"rounds/catalog/identity/logins"
	"rounds/catalog/identity/passkeys"
	"rounds/catalog/ingest"
	"rounds/catalog/notify"
	"rounds/catalog/webhooks"
	"rounds/deploy/local/s3test"
	"rounds/deploy/schema/schematest"
)

// TestMain sets a small error table: statuses and codes as cmd/rounds has them.
func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	huma.NewErrorWithContext = func(_ huma.Context, status int, message string, errs ...error) huma.StatusError {
		if status == http.StatusInternalServerError && len(errs) == 1 {
			return problemOf(errs[0])
		}
		return huma.NewError(status, message, errs...)
	}
	os.Exit(m.Run())
}

type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string  { return p.Detail }
func (p *problem) GetStatus() int { return p.Status }

func problemOf(err error) *problem {
	var field *catalog.FieldError
	var conflict *catalog.ConflictError
	var rate *catalog.RateLimitError
	switch {
	case errors.As(err, &field):
		return &problem{422, field.Code, field.Error()}
	case errors.As(err, &conflict):
		return &problem{409, conflict.Code, conflict.Error()}
	case errors.As(err, &rate):
		return &problem{429, rate.Code, rate.Message}
	}
	for sentinel, status := range map[error]int{
		catalog.ErrNotFound: 404, catalog.ErrUnauthenticated: 401, catalog.ErrForbidden: 403, catalog.ErrVersionMismatch: 412,
		catalog.ErrUploadIncomplete: 409, catalog.ErrUploadFinished: 409, catalog.ErrConflict: 409,
	} {
		if errors.Is(err, sentinel) {
			return &problem{status, "", err.Error()}
		}
	}
	return &problem{500, "internal", err.Error()}
}

// testBundle is the API on a real database and a real bucket.
type testBundle struct {
	t      *testing.T
	db     *pgxpool.Pool
	store  *catalogdb.Store
	server *httptest.Server
	api    huma.API
	admin  *client
	// removeSource takes the file away that was uploaded for a recording.
	removeSource func(id string)

	mu   sync.Mutex
	mail []catalog.Message
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{t: t, db: schematest.New(t)}
	b.store = catalogdb.New(b.db, catalogdb.Hooks{Send: func(_ context.Context, _ pgx.Tx, m catalog.Message) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.mail = append(b.mail, m)
		return nil
	}})
	storage, bucket := s3test.Bucket(t)
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	login := logins.New(logins.Config{DB: b.db, People: b.store, OnError: func(w http.ResponseWriter, _ *http.Request, err error) {
		w.WriteHeader(problemOf(err).Status)
	}})
	keys := passkeys.New(&url.URL{Scheme: "http", Host: "rounds.test"}, sealer)
	router := gin.New()
	b.removeSource = func(id string) {
		t.Helper()
		key := catalog.UploadKey(catalog.RecordingID(id))
		if _, err := storage.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key}); err != nil {
			t.Fatal(err)
		}
	}
	uploads := ingest.New(ingest.Config{Client: storage, Bucket: bucket, Store: b.store})
	b.api = humagin.New(router, huma.DefaultConfig("test", "1"))
	catalogapi.Register(b.api, catalogapi.Deps{
		Store: b.store, Uploads: uploads, Materials: uploads, Logins: login, Passkeys: keys,
		Pepper: []byte("pepper"), Sealer: sealer, BaseURL: "http://test", AnswerTime: 20 * time.Millisecond, EventInterval: 5 * time.Millisecond,
		Readiness: catalogapi.ReadinessDeps{Facts: func(ctx context.Context, id catalog.WebinarID) (catalog.ReadinessFacts, error) {
			facts, _, err := b.store.ReadinessFacts(ctx, id)
			return facts, err
		}},
		ReadSMSReceipts: readReceipts, WhatsApp: &catalogapi.WhatsAppHook{Receipts: readWhatsApp, Challenge: func(mode, token string) bool { return mode+token == "subscribemine" }},
		ReadBounces: readBounces, Webhooks: catalogapi.WebhookDeps{NewSecret: webhooks.NewSecret}, BuiltInTexts: notify.BuiltIns(), PreviewText: previewText, Channels: catalog.ChannelRules{SMS: true, SMSCountries: []string{"PT"}}, ReadCaptions: readCaptions, MediaURL: func(id catalog.RecordingID, token, name string) (string, error) {
			return "http://test/" + catalog.MediaPrefix(id, token) + name + "?signed", nil
		},
	})
	b.server = httptest.NewServer(fromPeer(login.Middleware(router)))
	t.Cleanup(b.server.Close)
	secret := identity.NewAPIToken()
	hash, _ := identity.HashAPIToken(secret)
	if _, err := b.store.CreateToken(t.Context(), "test", []identity.Role{identity.RoleAdmin}, nil, hash); err != nil {
		t.Fatal(err)
	}
	b.admin = &client{b: b, token: secret}
	return b
}

// client is somebody with a token, a cookie or neither.
type client struct {
	b      *testBundle
	token  string
	cookie *http.Cookie
	header http.Header // of each request
}

type object = map[string]any

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   object
	raw    string
}

func (a answer) str(key string) string { s, _ := a.body[key].(string); return s }

func (a answer) items() []any { items, _ := a.body["items"].([]any); return items }

// send makes a request; body may be nil, a string to be sent as it is, or a value.
func (c *client) send(method, path string, body any) answer {
	c.b.t.Helper()
	var text io.Reader = http.NoBody
	switch v := body.(type) {
	case nil:
	case string:
		text = strings.NewReader(v)
	default:
		encoded, err := json.Marshal(v)
		if err != nil {
			c.b.t.Fatal(err)
		}
		text = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(c.b.t.Context(), method, c.b.server.URL+path, text)
	if err != nil {
		c.b.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range c.header {
		r.Header[name] = values
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.cookie != nil {
		r.AddCookie(c.cookie)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.b.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, _ := io.ReadAll(response.Body)
	got := answer{status: response.StatusCode, header: response.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &got.body)
	for _, cookie := range response.Cookies() {
		if cookie.Name == logins.CookieName {
			c.cookie = cookie
		}
	}
	return got
}

// want makes a request that has to end with that status.
func (c *client) want(status int, method, path string, body any) answer {
	c.b.t.Helper()
	got := c.send(method, path, body)
	if got.status != status {
		c.b.t.Fatalf("%s %s: %d, want %d: %s", method, path, got.status, status, got.raw)
	}
	return got
}

// refused makes a request that has to end with that status and code.
func (c *client) refused(status int, code, method, path string, body any) {
	c.b.t.Helper()
	got := c.send(method, path, body)
	if got.status != status || got.str("code") != code {
		c.b.t.Errorf("%s %s: %d %q, want %d %q: %s", method, path, got.status, got.str("code"), status, code, got.raw)
	}
}

func (c *client) with(name, value string) *client {
	other := *c
	other.header = c.header.Clone()
	if other.header == nil {
		other.header = http.Header{}
	}
	other.header.Set(name, value)
	return &other
}

func (b *testBundle) visitor() *client { return &client{b: b} }

// lastMail is the newest message to an address; ok is false when there is none.
func (b *testBundle) lastMail(email string) (catalog.Message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.mail) - 1; i >= 0; i-- {
		if b.mail[i].Recipient == email {
			return b.mail[i], true
		}
	}
	return catalog.Message{}, false
}

func (b *testBundle) code(email string) string {
	b.t.Helper()
	m, ok := b.lastMail(email)
	if !ok {
		b.t.Fatalf("no mail to %s", email)
	}
	return m.Values["code"]
}

// program makes a program with one course and one webinar of one presenter.
type program struct{ id, course, webinar, presenterEmail string }

func (b *testBundle) program() program {
	b.t.Helper()
	p := program{presenterEmail: "presenter." + strings.ToLower(catalog.NewToken()) + "@example.org"}
	p.id = b.admin.want(201, "POST", "/v1/programs", object{"title": "Cardiology"}).str("id")
	p.course = b.admin.want(201, "POST", "/v1/programs/"+p.id+"/courses", object{"title": "Arrhythmia"}).str("id")
	presenter := b.admin.want(201, "POST", "/v1/presenters", object{"email": p.presenterEmail, "name": "Dr P"}).str("id")
	p.webinar = b.admin.want(201, "POST", "/v1/courses/"+p.course+"/webinars",
		object{"title": "Fibrillation", "presenter_ids": []string{presenter}}).str("id")
	return p
}

func (b *testBundle) invite(program string) string {
	b.t.Helper()
	made := b.admin.want(201, "POST", "/v1/programs/"+program+"/invitations", object{"count": 1})
	return made.items()[0].(object)["code"].(string)
}

func registration(code, email string) object {
	return object{"invitation_code": code, "email": email, "name": "Dr Ana López", "country": "pt", "time_zone": "Europe/Lisbon"}
}

// signIn asks for a code and enters it.
func (b *testBundle) signIn(email string) *client {
	b.t.Helper()
	c := b.visitor()
	c.want(202, "POST", "/v1/auth/otp", object{"email": email})
	c.want(201, "POST", "/v1/auth/session", object{"email": email, "code": b.code(email)})
	return c
}

// doctor registers with a fresh invitation to the program.
func (b *testBundle) doctor(program, email string) *client {
	b.t.Helper()
	c := b.visitor()
	c.want(202, "POST", "/v1/auth/register", registration(b.invite(program), email))
	c.want(201, "POST", "/v1/auth/session", object{"email": email, "code": b.code(email)})
	return c
}

func (b *testBundle) count(sql string, args ...any) (n int) {
	b.t.Helper()
	if err := b.db.QueryRow(b.t.Context(), sql, args...).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *testBundle) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.db.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(fmt.Errorf("%s: %w", sql, err))
	}
}
