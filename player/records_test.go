package player

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTheQueueTellsWhatBecameOfRecordings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.get("/admin/recordings?state=all")
	wants(t, w, http.StatusOK, "42 % · Convert", "worker-1.example.org, worker-2.example.org", "2 tries", "exit status 137", "Its worker has gone", "on our side",
		`action="/recordings/rec_6/retry"`, `action="/recordings/rec_7/publish"`, `action="/recordings/rec_1/withdraw"`, `name="next" value="/admin/recordings"`, "data-refresh", "cursor=q2", `<option value="all" selected>`)
	if strings.Contains(w.Body.String(), `action="/recordings/rec_2/retry"`) {
		t.Error("what is being worked on can be started again")
	}
	wants(t, b.get("/admin/recordings?state=uploading"), http.StatusOK, "Nothing is waiting")
	wantsRedirect(t, b.post("/recordings/rec_6/retry", url.Values{"next": {"/admin/recordings"}}), "/admin/recordings")
	b.viewer.Admin = false
	wants(t, b.get("/admin/recordings"), http.StatusForbidden)
}

func TestReadinessIsALightWithWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/webinars/web_2/readiness"), http.StatusOK, "Doctors would notice", "812 messages wait", "Upload captions on the recording", `href="/admin#web_2"`)
	wants(t, b.get("/admin/webinars/web_3/readiness"), http.StatusOK, "All is ready")
	wants(t, b.get("/admin/webinars/web_9/readiness"), http.StatusNotFound)
	wants(t, b.get("/admin"), http.StatusOK, `href="/admin/webinars/web_2/readiness"`)
}

func TestTokensOfMachines(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/tokens"), http.StatusOK, "catalog:read", "Revoked", "Never used", `action="/admin/tokens/tok_1/revoke"`)
	wants(t, b.post("/admin/tokens/new", url.Values{"name": {"nightly"}, "scopes": {"catalog:read", "people:write"}}), http.StatusOK, "rnd_secret", "not shown again")
	wantsRedirect(t, b.post("/admin/tokens/tok_1/revoke", nil), "/admin/tokens?done=revoked")
	b.wantActed(t, "token nightly catalog:read,people:write", "revoke tok_1")
	wants(t, b.post("/admin/tokens/new", url.Values{"name": {"nightly"}}), http.StatusUnprocessableEntity, `value="nightly"`)
	b.refusal = &FieldError{Field: "expires_at", Message: "Please give a time to come."}
	wants(t, b.post("/admin/tokens/new", url.Values{"name": {"n"}, "scopes": {"catalog:read"}}), http.StatusUnprocessableEntity, "a time to come")
}

func TestWebhooksAndTheirDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/webhooks?done=off"), http.StatusOK, "https://learning.example.org/hooks", "it answered 410", "Failing since", "All events", `action="/admin/webhooks/whe_2/on"`, `role="status"`)
	wants(t, b.post("/admin/webhooks/new", url.Values{"url": {"https://a.example"}, "event_types": {"recording.ready"}}), http.StatusOK, "whsec_secret")
	wantsRedirect(t, b.post("/admin/webhooks/whe_1/off", nil), "/admin/webhooks?done=off")
	wantsRedirect(t, b.post("/admin/webhooks/whe_1/delete", nil), "/admin/webhooks?done=delete")
	wants(t, b.post("/admin/webhooks/whe_1/other", nil), http.StatusNotFound)
	wants(t, b.get("/admin/deliveries?endpoint_id=whe_1&state=dead"), http.StatusOK, "it answered 500", "9 tries", `name="event_id" value="evt_2"`, `<option value="dead" selected>`, `name="endpoint_id" value="whe_1"`)
	wantsRedirect(t, b.post("/admin/deliveries/replay", url.Values{"endpoint_id": {"whe_1"}, "event_id": {"evt_2"}}), "/admin/deliveries?done=replayed")
	b.wantActed(t, "webhook https://a.example recording.ready", "switch whe_1 false", "delete webhook whe_1", "replay whe_1 evt_2")
	b.refusal = &Refusal{Message: "This endpoint is switched off."}
	wants(t, b.post("/admin/deliveries/replay", nil), http.StatusUnprocessableEntity, "This endpoint is switched off.")
	wants(t, b.post("/admin/webhooks/whe_1/on", nil), http.StatusUnprocessableEntity, "This endpoint is switched off.")
}

func TestTheAuditLogIsFiltered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/audit?action=webinar.&since=2026-03-02T10:00"), http.StatusOK, "Dr Amira Haddad", "web_01k2yq7w8r9s0t1v2w3x4y5z6a", "Four pillars", `value="webinar."`, "cursor=a2")
	b.wantActed(t, "since 2026-03-02T08:00:00Z") // Cairo's clock
	wants(t, b.get("/admin/audit?since=yesterday"), http.StatusUnprocessableEntity, "Write the date and time like")
	wants(t, b.get("/admin/audit?actor=nobody"), http.StatusOK, "Nothing matches")
}

func TestMessagesTextsAndSettings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/messages?state=given_up"), http.StatusOK, "550 5.1.1 no such user", "Given up", `action="/admin/messages/msg_1/again"`, `<option value="sign_in_code">Code to sign in</option>`)
	wants(t, b.get("/admin/messages?recipient=x"), http.StatusUnprocessableEntity, "Please give an e-mail address.")
	wantsRedirect(t, b.post("/admin/messages/msg_1/again", nil), "/admin/messages?done=again")
	wants(t, b.get("/admin/texts"), http.StatusOK, "rounds_sign_in_1", "The sender name is missing.", `name="approval" value="approved"`, `name="approval" value="paused"`, "version 2")
	wantsRedirect(t, b.post("/admin/texts/tpl_1/approval", url.Values{"approval": {"approved"}}), "/admin/texts?done=approval")
	b.wantActed(t, "again msg_1", "approval tpl_1 approved")
	b.refusal = &Refusal{Message: "This code is too old."}
	wants(t, b.post("/admin/messages/msg_1/again", nil), http.StatusUnprocessableEntity, "This code is too old.")
	wants(t, b.post("/admin/texts/tpl_1/approval", nil), http.StatusUnprocessableEntity, "This code is too old.")
	wants(t, b.get("/admin/settings"), http.StatusOK, "ROUNDS_DATABASE_URL", "•••")
}
