package catalogapi_test

import (
	"context"
	"strings"
	"testing"

	"rounds/catalog"
)

// putMessage writes a row as the outbox has it.
func (b *testBundle) putMessage(id, recipient, kind, columns string) {
	b.t.Helper()
	b.exec(`insert into messages (id, recipient, kind, sealed_content) values ($1, $2, $3, 'x')`, id, recipient, kind)
	b.exec(`update messages set `+columns+` where id = $1`, id)
}

// ids of a list, joined.
func (a answer) ids() string {
	var ids []string
	for _, item := range a.items() {
		ids = append(ids, item.(object)["id"].(string))
	}
	return strings.Join(ids, " ")
}

// TestMessages: administrators see what became of messages, never what they
// say, and can have sent again what was given up.
func TestMessages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.putMessage("msg_1", "lee@example.org", "invitation", `sent_at = now(), channel = 'email', handed_to = recipient, sealed_content = null`)
	b.putMessage("msg_2", "lee@example.org", "sign_in_code", `given_up_at = now(), outcome = 'expired', sealed_content = null`)
	b.putMessage("msg_3", "kim@example.org", "invitation", `given_up_at = now(), outcome = 'unsure', last_error = 'the line broke'`)
	b.putMessage("msg_4", "kim@example.org", "invitation", `attempts = 1`)
	for query, want := range map[string]string{
		"": "msg_4 msg_3 msg_2 msg_1", "?state=given_up": "msg_3 msg_2", "?state=waiting": "msg_4", "?state=sent": "msg_1",
		"?recipient=LEE@example.org": "msg_2 msg_1", "?kind=sign_in_code": "msg_2", "?limit=1": "msg_4",
	} {
		a := b.admin.want(200, "GET", "/v1/messages"+query, nil)
		if got := a.ids(); got != want || strings.Contains(a.raw, "content") {
			t.Errorf("%s: %s\n%s", query, got, a.raw)
		}
	}
	first := b.admin.want(200, "GET", "/v1/messages?limit=3", nil)
	if rest := b.admin.want(200, "GET", "/v1/messages?limit=3&cursor="+first.str("next_cursor"), nil).ids(); rest != "msg_1" {
		t.Errorf("second page %s", rest)
	}
	if state := b.admin.want(200, "POST", "/v1/messages/msg_3/send_again", nil).str("state"); state != "waiting" {
		t.Errorf("sent again, it is %s", state)
	}
	for _, id := range []string{"msg_1", "msg_2", "msg_4"} {
		b.admin.refused(409, "not_given_up", "POST", "/v1/messages/"+id+"/send_again", nil)
	}
	b.admin.want(404, "POST", "/v1/messages/msg_0/send_again", nil)
	b.visitor().want(401, "GET", "/v1/messages", nil)
	b.visitor().want(401, "POST", "/v1/messages/msg_3/send_again", nil)
	if a := b.admin.want(200, "GET", "/v1/audit_log?object_id=msg_3", nil); len(a.items()) != 1 {
		t.Error("sending again is not in the audit log")
	}
}

// TestUndeliverable: what the mail service tells is noted once, shown, and lifted.
func TestUndeliverable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.putMessage("msg_1", "nobody@example.org", "invitation", `sent_at = now(), provider_id = 'ses-1'`)
	sns := b.visitor().with("Content-Type", "text/plain; charset=UTF-8")
	sns.refused(422, "not_genuine", "POST", "/v1/inbound/ses", "forged")
	sns.want(400, "POST", "/v1/inbound/ses", "")
	for range 2 {
		sns.want(204, "POST", "/v1/inbound/ses", "genuine")
	}
	items := b.admin.want(200, "GET", "/v1/undeliverable_addresses", nil).items()
	if len(items) != 1 {
		t.Fatalf("noted %v", items)
	}
	if one := items[0].(object); one["address"] != "nobody@example.org" || one["message_id"] != "msg_1" || one["reason"] != "bounce" {
		t.Errorf("noted %v", one)
	}
	if n := len(b.admin.want(200, "GET", "/v1/undeliverable_addresses?address=somebody@example.org", nil).items()); n != 0 {
		t.Errorf("%d of another address", n)
	}
	const one = "/v1/undeliverable_addresses/email/nobody@example.org"
	b.visitor().want(401, "GET", "/v1/undeliverable_addresses", nil)
	b.visitor().want(401, "DELETE", one, nil)
	b.admin.want(204, "DELETE", one, nil)
	b.admin.want(404, "DELETE", one, nil)
}

// readBounces stands for the verified notifications of SNS.
func readBounces(_ context.Context, body []byte) (string, []catalog.Undeliverable, error) {
	if string(body) != "genuine" {
		return "", nil, &catalog.FieldError{Field: "body", Code: "not_genuine", Message: "No."}
	}
	return "ses-1", []catalog.Undeliverable{{Channel: catalog.ChannelEmail, Address: "nobody@example.org", Reason: "bounce", Detail: "550"}}, nil
}
