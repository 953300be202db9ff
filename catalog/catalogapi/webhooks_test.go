package catalogapi_test

import (
	"strings"
	"testing"
	"time"
)

// TestWebhookEndpoints: an endpoint is made with a secret that is shown once,
// changed, rotated and ended.
func TestWebhookEndpoints(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const all = "/v1/webhook_endpoints"
	made := b.admin.want(201, "POST", all, object{"url": "https://learning.example.org/hooks", "description": "LMS", "event_types": []string{"course.completed", "recording.ready", "course.completed"}})
	one := all + "/" + made.str("id")
	if !strings.HasPrefix(made.str("secret"), "whsec_") || len(made.body["event_types"].([]any)) != 2 || made.header.Get("ETag") != `"1"` {
		t.Errorf("made %s", made.raw)
	}
	if read := b.admin.want(200, "GET", one, nil); strings.Contains(read.raw, "whsec_") {
		t.Errorf("the secret is shown again: %s", read.raw)
	}
	if list := b.admin.want(200, "GET", all, nil); len(list.items()) != 1 || strings.Contains(list.raw, "whsec_") {
		t.Errorf("listed %s", list.raw)
	}
	b.admin.with("If-Match", `"9"`).want(412, "PATCH", one, object{"disabled": true})
	if off := b.admin.want(200, "PATCH", one, object{"disabled": true, "event_types": []string{}}); off.body["disabled"] != true || len(off.body["event_types"].([]any)) != 0 {
		t.Errorf("changed %s", off.raw)
	}
	b.admin.refused(409, "endpoint_disabled", "POST", one+"/replay", object{"since": time.Now().Add(-time.Hour)})
	b.admin.want(200, "PATCH", one, object{"disabled": false})
	rotated := b.admin.want(200, "POST", one+"/secret", nil)
	if rotated.str("secret") == made.str("secret") || rotated.str("old_secret_until") == "" {
		t.Errorf("rotated %s", rotated.raw)
	}
	for url, code := range map[string]string{"http://learning.example.org": "invalid_url", "https://127.0.0.1/": "invalid_url", "https://169.254.169.254/": "invalid_url", "x": "invalid_url"} {
		b.admin.refused(422, code, "POST", all, object{"url": url})
		b.admin.refused(422, code, "PATCH", one, object{"url": url})
	}
	b.admin.refused(422, "unknown_event", "POST", all, object{"url": "https://x.example.org", "event_types": []string{"weather.changed"}})
	b.admin.want(204, "DELETE", one, nil)
	b.admin.want(404, "GET", one, nil)
	b.admin.want(404, "POST", one+"/secret", nil)
	if n := b.count(`select count(*) from audit_log where object_type = 'webhook_endpoint'`); n != 5 {
		t.Errorf("%d rows of the audit log", n)
	}
	if n := b.count(`select count(*) from audit_log where detail::text like '%whsec_%'`); n != 0 {
		t.Error("a secret is in the audit log")
	}
}

// TestDeliveries: what happened is queued for the endpoint in the transaction
// that made it happen, listed with its log, and replayed.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.admin.want(201, "POST", "/v1/webhook_endpoints", object{"url": "https://learning.example.org/hooks"}).str("id")
	b.doctor(b.program().id, "ana@example.org")
	items := b.admin.want(200, "GET", "/v1/webhook_deliveries?endpoint_id="+id, nil).items()
	if len(items) != 1 {
		t.Fatalf("deliveries %v", items)
	}
	first := items[0].(object)
	event := first["event"].(object)
	if event["type"] != "account.registered" || !strings.HasPrefix(event["data"].(object)["account_id"].(string), "acc_") || first["state"] != "pending" {
		t.Errorf("delivery %v", first)
	}
	one := "/v1/webhook_deliveries/" + first["id"].(string)
	b.exec(`insert into webhook_attempts (delivery_id, took_ms, status, error, answer) values ($1, 12, 500, 'it answered 500', 'oops')`, first["id"])
	b.exec(`update webhook_deliveries set state = 'dead', attempts = 10`)
	read := b.admin.want(200, "GET", one, nil)
	if log := read.body["log"].([]any); len(log) != 1 || log[0].(object)["status"] != 500.0 || read.str("state") != "dead" {
		t.Errorf("read %s", read.raw)
	}
	if n := len(b.admin.want(200, "GET", "/v1/webhook_deliveries?state=dead&event_id="+event["id"].(string), nil).items()); n != 1 {
		t.Errorf("%d dead letters", n)
	}
	replay := "/v1/webhook_endpoints/" + id + "/replay"
	if got := b.admin.want(200, "POST", replay, object{"since": time.Now().Add(-time.Hour)}); got.body["replayed"] != 1.0 {
		t.Errorf("replayed %s", got.raw)
	}
	if got := b.admin.want(200, "GET", one, nil); got.str("state") != "pending" || got.body["attempts"] != 0.0 {
		t.Errorf("replayed %s", got.raw)
	}
	b.exec(`update webhook_deliveries set state = 'delivered', delivered_at = now()`)
	if got := b.admin.want(200, "POST", replay, object{"since": time.Now().Add(-time.Hour)}); got.body["replayed"] != 0.0 {
		t.Errorf("replayed what was taken: %s", got.raw)
	}
	b.admin.want(200, "POST", replay, object{"event_id": event["id"]})
	b.admin.want(404, "POST", replay, object{"event_id": "evt_none"})
	b.admin.refused(422, "one_of", "POST", replay, object{})
	b.admin.want(404, "GET", "/v1/webhook_deliveries/whd_none", nil)
	b.doctor(b.program().id, "eva@example.org")
	page := b.admin.want(200, "GET", "/v1/webhook_deliveries?limit=1", nil)
	if rest := b.admin.want(200, "GET", "/v1/webhook_deliveries?limit=1&cursor="+page.str("next_cursor"), nil); rest.ids() != first["id"] {
		t.Errorf("pages %s, %s", page.ids(), rest.ids())
	}
}
