package catalogapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/catalog/identity"
)

// handover is one that a ward's computer has begun.
type handover struct {
	id, secret, link string
	number           float64
}

func (c *client) beginHandover() handover {
	c.b.t.Helper()
	begun := c.want(201, "POST", "/v1/auth/handovers", nil)
	return handover{begun.str("handover_id"), begun.str("secret"), begun.str("link"), begun.body["number"].(float64)}
}

func (h handover) use() string    { return "/v1/auth/handovers/" + h.id + "/session" }
func (h handover) mine() string   { return "/v1/me/handovers/" + h.id }
func (h handover) decide() string { return h.mine() + "/decision" }

func TestAPhoneHandsItsSignInToASharedComputer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	phone := b.doctor(b.program().id, ana)
	ward := b.visitor().with(peerHeader, "203.0.113.9").with("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36")
	h := ward.beginHandover()
	ward.refused(409, "handover_waiting", "POST", h.use(), object{"secret": h.secret})

	asked := phone.want(200, "GET", h.mine(), nil)
	if numbers := asked.body["numbers"].([]any); len(numbers) != 3 || !slices.Contains(numbers, any(h.number)) || h.link != "http://test/phone/"+h.id {
		t.Errorf("%s of %+v", asked.raw, h)
	}
	if asked.str("device") != "Chrome on Windows" || asked.str("network") != "203.0.113.9" || asked.body["same_network"] != false || strings.Contains(asked.raw, h.secret) {
		t.Errorf("the phone learns %s", asked.raw)
	}
	phone.want(204, "POST", h.decide(), object{"confirm": true, "number": h.number})
	b.visitor().refused(422, "handover_over", "POST", h.use(), object{"secret": "of another browser"})
	in := ward.want(201, "POST", h.use(), object{"secret": h.secret})
	if in.str("email") != ana || ward.cookie == nil || ward.cookie.MaxAge != 0 || !ward.cookie.HttpOnly {
		t.Errorf("%s with %v", in.raw, ward.cookie)
	}
	b.visitor().refused(422, "handover_over", "POST", h.use(), object{"secret": h.secret})
	phone.want(404, "GET", h.mine(), nil)
	phone.refused(422, "handover_over", "POST", h.decide(), object{"confirm": true, "number": h.number})

	var life time.Duration
	if err := b.db.QueryRow(t.Context(), `select expiry - created_at from sessions where shared and not remembered`).Scan(&life); err != nil || life != identity.SharedLife.Idle {
		t.Errorf("it lasts %v, %v", life, err)
	}
	if sessions := phone.want(200, "GET", "/v1/me/sessions", nil); strings.Count(sessions.raw, `"shared":true`) != 1 {
		t.Errorf("sessions are %s", sessions.raw)
	}
	next := b.visitor().beginHandover() // a shared computer lets nobody else in
	ward.want(403, "GET", next.mine(), nil)
	ward.want(403, "POST", next.decide(), object{"confirm": true, "number": next.number})
	if n := b.count(`select count(*) from audit_log where action = 'handover.confirmed' and actor = object_id`); n != 1 {
		t.Errorf("%d confirmations are on record", n)
	}
}

func TestHandoversThatLetNobodyIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	phone := b.doctor(b.program().id, ana)
	ward := b.visitor()

	wrong := ward.beginHandover()
	phone.refused(422, "handover_number", "POST", wrong.decide(), object{"confirm": true, "number": 1})
	phone.refused(422, "handover_over", "POST", wrong.decide(), object{"confirm": true, "number": wrong.number}) // there is one try
	ward.refused(422, "handover_over", "POST", wrong.use(), object{"secret": wrong.secret})

	refused := ward.beginHandover()
	phone.want(204, "POST", refused.decide(), object{"confirm": false})
	ward.refused(422, "handover_over", "POST", refused.use(), object{"secret": refused.secret})

	late := ward.beginHandover()
	phone.want(204, "POST", late.decide(), object{"confirm": true, "number": late.number})
	b.exec(`update handovers set expires_at = now() where id = $1`, late.id)
	ward.refused(422, "handover_over", "POST", late.use(), object{"secret": late.secret})

	disabled := ward.beginHandover()
	phone.want(204, "POST", disabled.decide(), object{"confirm": true, "number": disabled.number})
	b.exec(`update accounts set disabled_at = now() where email = $1`, ana)
	ward.refused(422, "handover_over", "POST", disabled.use(), object{"secret": disabled.secret})

	ward.refused(422, "handover_over", "POST", "/v1/auth/handovers/hov_none/session", object{"secret": "x"})
	ward.want(401, "GET", wrong.mine(), nil)
	if ward.cookie != nil {
		t.Error("somebody came in")
	}
}

func TestStaffWithRightsOverOthersHandsNothingOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	phone := b.doctor(b.program().id, ana)
	h := b.visitor().beginHandover()
	phone.want(204, "POST", h.decide(), object{"confirm": true, "number": h.number})
	b.exec(`update accounts set roles = '{admin}' where email = $1`, ana)
	b.visitor().refused(422, "handover_over", "POST", h.use(), object{"secret": h.secret}) // since she has confirmed
	admin := b.signIn(ana)
	admin.want(403, "GET", b.visitor().beginHandover().mine(), nil)
	b.admin.want(403, "GET", h.mine(), nil) // a machine
}

func TestHandoversOfANetworkAreLimited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`insert into handovers (id, secret_hash, number, numbers, network, expires_at)
		select 'hov_' || i, '', 1, '{}', '198.51.100.7', now() from generate_series(1, $1) i`, identity.MostHandovers)
	b.visitor().with(peerHeader, "198.51.100.7").refused(http.StatusTooManyRequests, "too_many_handovers", "POST", "/v1/auth/handovers", nil)
	b.visitor().with(peerHeader, "203.0.113.9").beginHandover()
	if _, err := b.store.ForgetFailures(t.Context(), time.Now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := b.count(`select count(*) from handovers`); n != 0 {
		t.Errorf("%d are kept", n)
	}
}
