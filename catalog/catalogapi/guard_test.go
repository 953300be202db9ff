package catalogapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// peerHeader lets tests come from another network.
const peerHeader = "X-Test-Peer"

func fromPeer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer := r.Header.Get(peerHeader); peer != "" {
			r.RemoteAddr = peer + ":1"
		}
		next.ServeHTTP(w, r)
	})
}

func TestCodesAreEnteredWhereTheyWereAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.doctor(b.program().id, ana)
	ask := func(peer string) *client {
		c := b.visitor().with(peerHeader, peer)
		got := c.want(202, "POST", "/v1/auth/otp", object{"email": ana})
		name, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
		return c.with("Cookie", name)
	}
	enter := func(c *client, code string) answer {
		return c.send("POST", "/v1/auth/session", object{"email": ana, "code": code})
	}
	hers := ask("203.0.113.9")
	thief := ask("198.51.100.7") // asks for one as well
	code := b.code(ana)
	b.exec(`update one_time_codes set browser = null, network = '192.0.2.1' where network = '198.51.100.7'`) // and has only hers in hand
	for range 6 {
		if got := enter(thief, code); got.status != 422 || got.str("code") != "code_invalid" {
			t.Errorf("elsewhere: %s", got.raw)
		}
	}
	b.exec(`update one_time_codes set browser = (select browser from one_time_codes where network = '203.0.113.9'), network = '203.0.113.9'`)
	moved := hers.with(peerHeader, "2001:db8::7") // out of the building, with the same browser
	if got := enter(moved, code); got.status != 201 {
		t.Errorf("in her browser: %s", got.raw)
	}
	withoutCookies := b.visitor().with(peerHeader, "203.0.113.10")
	withoutCookies.want(202, "POST", "/v1/auth/otp", object{"email": ana})
	if got := enter(b.visitor().with(peerHeader, "203.0.113.10"), b.code(ana)); got.status != 201 {
		t.Errorf("without cookies, from the same network: %s", got.raw)
	}
}

// TestCodesOfSupportAreEnteredAnywhere: they are read out on the phone.
func TestCodesOfSupportAreEnteredAnywhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.doctor(b.program().id, ana)
	b.admin.want(202, "POST", "/v1/auth/otp", object{"email": ana})
	b.visitor().with(peerHeader, "203.0.113.9").want(201, "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
}

func TestANetworkThatGuessesIsStopped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	b.doctor(p.id, ana)
	thief, hospital := b.visitor().with(peerHeader, "198.51.100.7"), b.visitor().with(peerHeader, "203.0.113.9")
	b.exec(`insert into address_failures values ('198.51.100.7', date_trunc('minute', now()) - interval '2 minutes', $1)`, identity.MostFailures-3)
	thief.refused(422, "code_invalid", "POST", "/v1/auth/session", object{"email": "x@example.org", "code": "123456"})
	thief.refused(422, "invitation_invalid", "POST", "/v1/auth/register", registration(identity.NewInvitationCode(), "x@example.org"))
	b.signIn(ana).with(peerHeader, "198.51.100.7").refused(422, "invitation_invalid", "POST", "/v1/enrolments", object{"invitation_code": "nonsense"})
	for path, body := range map[string]object{
		"/v1/auth/session": {"email": ana, "code": "123456"}, "/v1/auth/otp": {"email": ana}, "/v1/auth/register": registration(b.invite(p.id), "y@example.org"),
	} {
		thief.refused(429, "too_many_failures", "POST", path, body)
	}
	for i := range 5 { // right codes are never counted, whoever else is wrong
		email := fmt.Sprintf("doctor%d@hospital.org", i)
		hospital.want(202, "POST", "/v1/auth/register", registration(b.invite(p.id), email))
		hospital.want(201, "POST", "/v1/auth/session", object{"email": email, "code": b.code(email)})
		hospital.cookie = nil
	}
	if n := b.count(`select coalesce(sum(failures + trying), 0) from address_failures where network = '203.0.113.9'`); n != 0 {
		t.Error("right codes are counted")
	}
	b.exec(`update address_failures set minute = minute - $1::interval`, identity.FailureWindow)
	thief.want(202, "POST", "/v1/auth/otp", object{"email": "x@example.org"})
	if n, err := b.store.ForgetFailures(t.Context(), time.Now().Add(2*time.Hour)); err != nil || n == 0 {
		t.Errorf("%d forgotten, %v", n, err)
	}
}

// TestGuessesAtOnceAreNoMoreThanOneAfterTheOther: of forty that come together,
// those get an answer that are still allowed.
func TestGuessesAtOnceAreNoMoreThanOneAfterTheOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const left, guessers = 5, 40
	b.exec(`insert into address_failures values ('198.51.100.7', date_trunc('minute', now()), $1)`, identity.MostFailures-left)
	var all sync.WaitGroup
	var wrong, refused atomic.Int32
	start := make(chan struct{})
	for i := range guessers {
		all.Go(func() {
			thief := b.visitor().with(peerHeader, "198.51.100.7")
			<-start
			switch got := thief.send("POST", "/v1/auth/session", object{"email": fmt.Sprintf("x%d@example.org", i), "code": "123456"}); got.status {
			case http.StatusUnprocessableEntity:
				wrong.Add(1)
			case http.StatusTooManyRequests:
				refused.Add(1)
			}
		})
	}
	close(start)
	all.Wait()
	if wrong.Load() != left || refused.Load() != guessers-left {
		t.Errorf("%d of %d were tried, %d refused; %d were left", wrong.Load(), guessers, refused.Load(), left)
	}
	if n := b.count(`select sum(failures) from address_failures where trying = 0`); n != identity.MostFailures {
		t.Errorf("%d failures are counted", n)
	}
}

// TestTriesUnderWayMakeOthersWait, not fail: they are no failures yet.
func TestTriesUnderWayMakeOthersWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`insert into address_failures values ('203.0.113.9', date_trunc('minute', now()), $1)`, identity.MostFailures-1)
	hospital := identity.WithAsker(t.Context(), identity.Asker{Network: "203.0.113.9"})
	first, err := b.store.BeginTry(hospital)
	if err != nil {
		t.Fatal(err)
	}
	var limit *catalog.RateLimitError
	if _, err := b.store.BeginTry(hospital); !errors.As(err, &limit) || limit.Code != identity.TooManyAtOnce {
		t.Errorf("the second at once: %v", err)
	}
	trusted := identity.WithAsker(t.Context(), identity.Asker{Network: "203.0.113.9", Trusted: true})
	if try, err := b.store.BeginTry(trusted); err != nil || try.Network != "" {
		t.Errorf("of a trusted network: %+v, %v", try, err)
	}
	if err := b.store.EndTry(hospital, first, false); err != nil { // she was right
		t.Fatal(err)
	}
	second, err := b.store.BeginTry(hospital)
	if err != nil {
		t.Errorf("after the first: %v", err)
	}
	if err := b.store.EndTry(hospital, second, true); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.BeginTry(hospital); !errors.As(err, &limit) || limit.Code != "too_many_failures" {
		t.Errorf("after a wrong one too many: %v", err)
	}
}

func TestMailsToStrangersAreLimited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`insert into one_time_codes (id, email, code_mac, expires_at, network, created_at)
		select 'otc_' || i, i || '@example.org', '', now(), '198.51.100.7', now() - interval '3 minutes' from generate_series(1, $1) i`, identity.MostUnanswered)
	b.visitor().with(peerHeader, "198.51.100.7").refused(429, "too_many_failures", "POST", "/v1/auth/otp", object{"email": ana})
	b.exec(`update one_time_codes set used_at = now() where id = 'otc_1'`) // somebody entered hers
	b.visitor().with(peerHeader, "198.51.100.7").want(202, "POST", "/v1/auth/otp", object{"email": ana})
}
