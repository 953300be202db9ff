package logins

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/deploy/schema/schematest"
)

// people is one doctor and one token, with a count of questions.
type people struct {
	asked    atomic.Int32
	disabled atomic.Bool
	hash     string
}

func (p *people) LoginRoles(_ context.Context, ids []catalog.AccountID) (map[catalog.AccountID][]identity.Role, error) {
	p.asked.Add(1)
	if !slices.Contains(ids, "acc_1") || p.disabled.Load() {
		return nil, nil
	}
	return map[catalog.AccountID][]identity.Role{"acc_1": {identity.RoleDoctor}}, nil
}

func (p *people) TokenPrincipal(_ context.Context, hash []byte) (identity.Principal, error) {
	if string(hash) != p.hash {
		return identity.Principal{}, catalog.ErrUnauthenticated
	}
	return identity.Principal{TokenID: "tok_1", Roles: []identity.Role{identity.RoleAdmin}}, nil
}

type testBundle struct {
	*Manager
	people *people
	clock  atomic.Int64 // added to the real time
	token  string
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{people: &people{}, token: identity.NewAPIToken()}
	hash, _ := identity.HashAPIToken(b.token)
	b.people.hash = string(hash)
	b.Manager = New(Config{
		DB: schematest.New(t), People: b.people, Secure: true, Trusted: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
		Now: func() time.Time { return time.Now().Add(time.Duration(b.clock.Load())) },
	})
	return b
}

// who asks with this cookie or this Authorization header.
func (b *testBundle) who(t *testing.T, cookie *http.Cookie, authorization string) (p identity.Principal, status int) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if cookie != nil {
		r.AddCookie(cookie)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	b.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { p = identity.FromContext(r.Context()) })).ServeHTTP(w, r)
	return p, w.Code
}

func (b *testBundle) start(t *testing.T) *http.Cookie {
	t.Helper()
	cookie, err := b.Start(t.Context(), identity.Login{AccountID: "acc_1", Device: "Firefox"})
	if err != nil {
		t.Fatal(err)
	}
	return cookie
}

func TestSessionLivesFromStartToEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cookie := b.start(t)
	if cookie.Name != CookieName || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
		t.Errorf("cookie is %v", cookie)
	}
	p, _ := b.who(t, cookie, "")
	if p.AccountID != "acc_1" || !p.Has(identity.RoleDoctor) || p.LoginID == "" || p.LoginID == cookie.Value {
		t.Errorf("principal is %+v", p)
	}
	gone, err := b.End(t.Context(), cookie.Value)
	if err != nil || gone.MaxAge >= 0 {
		t.Errorf("End: %v, %v", gone, err)
	}
	if p, status := b.who(t, cookie, ""); p.SignedIn() || status != http.StatusOK {
		t.Errorf("after End: %+v, %d", p, status)
	}
}

func TestDatabaseHoldsNoToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cookie := b.start(t)
	var stored string
	if err := b.config.DB.QueryRow(t.Context(), `select token from sessions`).Scan(&stored); err != nil || stored == cookie.Value {
		t.Errorf("stored %q (%v)", stored, err)
	}
}

func TestReadsAreCachedForFiveSeconds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cookie := b.start(t)
	for range 5 {
		b.who(t, cookie, "")
	}
	if n := b.people.asked.Load(); n != 1 {
		t.Errorf("roles were read %d times, want 1", n)
	}
	b.people.disabled.Store(true)
	b.clock.Add(int64(cacheLife))
	if p, _ := b.who(t, cookie, ""); p.SignedIn() {
		t.Errorf("a disabled account is still signed in: %+v", p)
	}
}

func TestIdleLimitIsPushedOnNowAndThen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cookie := b.start(t)
	expiry := func() (at time.Time) {
		if err := b.config.DB.QueryRow(t.Context(), `select expiry from sessions`).Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	first := expiry()
	b.clock.Add(int64(8 * time.Minute))
	b.who(t, cookie, "")
	if !expiry().Equal(first) {
		t.Error("touched within the first minutes")
	}
	b.clock.Add(int64(3 * time.Minute))
	b.who(t, cookie, "")
	if !expiry().After(first) {
		t.Error("not touched after ten minutes")
	}
	deadline := time.Now().Add(identity.ShortLife.Most)
	b.clock.Store(int64(11 * time.Hour))
	b.who(t, cookie, "")
	b.clock.Store(int64(identity.ShortLife.Most - time.Hour))
	b.who(t, cookie, "")
	if late := expiry().Sub(deadline); late > time.Minute || late < -time.Minute {
		t.Errorf("pushed on to %v after its last hour", late)
	}
}

func TestRememberedDevicesStaySignedIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for remembered, want := range map[bool]identity.SessionLife{false: identity.ShortLife, true: identity.RememberedLife} {
		cookie, err := b.Start(t.Context(), identity.Login{AccountID: "acc_1", Remembered: remembered})
		if err != nil {
			t.Fatal(err)
		}
		var lasts time.Duration
		if err := b.config.DB.QueryRow(t.Context(), `select expiry - now() from sessions where remembered = $1`, remembered).Scan(&lasts); err != nil {
			t.Fatal(err)
		}
		if (want.Idle-lasts).Abs() > time.Minute || time.Duration(cookie.MaxAge)*time.Second != want.Most {
			t.Errorf("remembered %v: ends in %v, cookie in %d s; want %v", remembered, lasts, cookie.MaxAge, want)
		}
	}
}

func TestBrowsersAreNamedBeforeTheySignIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ask := func(method, peer string, cookies ...*http.Cookie) (identity.Asker, []*http.Cookie) {
		r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("User-Agent", "Fire\xfffox")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		var got identity.Asker
		w := httptest.NewRecorder()
		b.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = identity.AskerOf(r.Context()) })).ServeHTTP(w, r)
		return got, w.Result().Cookies()
	}
	first, named := ask(http.MethodPost, "203.0.113.9:4711")
	if first.Browser == "" || first.Network != "203.0.113.9" || first.Trusted || first.Device != "Firefox" || len(named) != 1 || !named[0].HttpOnly || !named[0].Secure {
		t.Errorf("%+v, %v", first, named)
	}
	if again, _ := ask(http.MethodGet, "198.51.100.7:1", named...); again.Browser != first.Browser || !again.Trusted {
		t.Errorf("%+v", again)
	}
	if made, _ := ask(http.MethodPost, "203.0.113.9:4711", &http.Cookie{Name: browserCookie, Value: "mine"}); made.Browser == "mine" {
		t.Error("a name was taken that is not ours")
	}
	if reader, set := ask(http.MethodGet, "203.0.113.9:4711"); reader.Browser != "" || len(set) != 0 {
		t.Errorf("whoever reads is named: %+v", reader)
	}
	if _, set := ask(http.MethodPost, "203.0.113.9:4711", b.start(t)); len(set) != 0 {
		t.Error("whoever is signed in is named")
	}
}

func TestTouchDoesNotBringBackAnEndedSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cookie := b.start(t)
	b.who(t, cookie, "")
	if _, err := b.End(t.Context(), cookie.Value); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(int64(time.Hour))
	if err := b.store.touch(t.Context(), map[string]time.Time{storedToken(cookie.Value): time.Now().Add(time.Hour)}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if p, _ := b.who(t, cookie, ""); p.SignedIn() {
		t.Error("the session is back")
	}
}

// TestManyRequestsAreResolvedTogether: each gets its own session, in few reads.
func TestManyRequestsAreResolvedTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var requests sync.WaitGroup
	for range 40 {
		cookie := b.start(t)
		requests.Go(func() {
			for range 5 {
				if p, _ := b.who(t, cookie, ""); p.AccountID != "acc_1" || p.LoginID == "" {
					t.Errorf("%+v", p)
				}
				b.cache.forget(cookie.Value)
			}
		})
	}
	requests.Wait()
	if p, _ := b.who(t, &http.Cookie{Name: CookieName, Value: "nobody's"}, ""); p.SignedIn() {
		t.Errorf("%+v", p)
	}
}

func TestBearerTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, status := b.who(t, nil, "Bearer "+b.token)
	if !p.Admin() || p.TokenID != "tok_1" || status != http.StatusOK {
		t.Errorf("%+v, %d", p, status)
	}
	cookie := b.start(t)
	for _, bad := range []string{"Bearer", "bearer x", "Bearer " + identity.NewAPIToken()} {
		if p, status := b.who(t, cookie, bad); p.SignedIn() || status != http.StatusUnauthorized {
			t.Errorf("%s: %+v, %d", bad, p, status)
		}
	}
}

func TestStrangeCookiesAreNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, value := range []string{"x", "%00", "rnd_abc"} {
		if p, status := b.who(t, &http.Cookie{Name: CookieName, Value: value}, ""); p.SignedIn() || status != http.StatusOK {
			t.Errorf("%q: %+v, %d", value, p, status)
		}
	}
}

func TestExpiredSessionsAreSwept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(t)
	if _, err := b.config.DB.Exec(t.Context(), `update sessions set expiry = now() - interval '1 second'`); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(int64(sweepEvery))
	b.start(t)
	var n int
	if err := b.config.DB.QueryRow(t.Context(), `select count(*) from sessions`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d sessions left (%v), want 1", n, err)
	}
}
