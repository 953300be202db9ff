package catalogapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
)

// readReceipts stands for the verified events of SNS: state, and the id of the service.
func readReceipts(_ context.Context, body []byte) ([]catalog.Receipt, error) {
	state, id, genuine := strings.Cut(string(body), " of ")
	if !genuine {
		return nil, &catalog.FieldError{Field: "body", Code: "not_genuine", Message: "No."}
	}
	r := catalog.Receipt{Channel: catalog.ChannelSMS, ProviderID: id, State: catalog.ReceiptState(state), At: time.Unix(1795420800, 0)}
	if strings.HasPrefix(id, "msg_") {
		r.ProviderID, r.MessageID = "late", id
	}
	if r.State == catalog.ReceiptFailed {
		r.Detail, r.DeadNumber = "INVALID: no such number", true
	}
	return []catalog.Receipt{r}, nil
}

func readWhatsApp(body []byte, signature string) ([]catalog.Receipt, error) {
	if signature != "good" {
		return nil, &catalog.FieldError{Field: "body", Code: "not_genuine", Message: "No."}
	}
	r, err := readReceipts(context.Background(), []byte(strings.Trim(string(body), `"`)))
	for i := range r {
		r[i].Channel = catalog.ChannelWhatsApp
	}
	return r, err
}

// TestReceipts: what services tell stands beside the message, the best news of
// it, and settles what nobody knew; numbers that nothing arrives at are noted.
func TestReceipts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const sms, whatsapp = "/v1/inbound/sms", "/v1/inbound/whatsapp"
	b.putMessage("msg_1", "lee@example.org", "sign_in_code", `sent_at = now(), channel = 'sms', handed_to = '+351912345678', provider_id = 'aws-1'`)
	b.putMessage("msg_2", "kim@example.org", "recording_ready", `given_up_at = now(), outcome = 'unsure', channel = 'sms', handed_to = '+351912345679'`)
	b.putMessage("msg_3", "kim@example.org", "recording_ready", `sent_at = now(), channel = 'whatsapp', handed_to = '+351912345679', provider_id = 'wamid.3'`)
	aws := b.visitor().with("Content-Type", "text/plain; charset=UTF-8")
	meta := b.visitor().with("X-Hub-Signature-256", "good")
	one := func(recipient string, i int) object {
		t.Helper()
		return b.admin.want(200, "GET", "/v1/messages?recipient="+recipient, nil).items()[i].(object)
	}
	aws.refused(422, "not_genuine", "POST", sms, "forged")
	for _, told := range []struct{ post, want string }{{"sent of aws-1", "sent"}, {"delivered of aws-1", "delivered"}, {"sent of aws-1", "delivered"}, {"failed of aws-1", "delivered"}, {"read of unknown", "delivered"}} {
		aws.want(204, "POST", sms, told.post)
		if got := one("lee@example.org", 0); got["receipt"] != told.want {
			t.Errorf("after %q: %v", told.post, got)
		}
	}
	aws.want(204, "POST", sms, "delivered of msg_2")
	if got := one("kim@example.org", 1); got["state"] != "sent" || got["outcome"] != "" || got["provider_id"] != "late" || got["receipt"] != "delivered" || got["sent_at"] == nil {
		t.Errorf("what nobody knew is %v", got)
	}
	aws.want(204, "POST", sms, "failed of wamid.3") // not of this channel
	b.visitor().refused(422, "not_genuine", "POST", whatsapp, `"failed of wamid.3"`)
	if got := one("kim@example.org", 0); got["receipt"] != nil {
		t.Errorf("a receipt that was not signed: %v", got)
	}
	for range 2 {
		meta.want(204, "POST", whatsapp, `"failed of wamid.3"`)
	}
	if got := one("kim@example.org", 0); got["receipt"] != "failed" || got["receipt_detail"] != "INVALID: no such number" {
		t.Errorf("after a failure: %v", got)
	}
	if items := b.admin.want(200, "GET", "/v1/undeliverable_addresses", nil).items(); len(items) != 1 || items[0].(object)["address"] != "+351912345679" || items[0].(object)["channel"] != "whatsapp" || items[0].(object)["message_id"] != "msg_3" {
		t.Errorf("noted %v", items)
	}
	if got := b.visitor().want(200, "GET", whatsapp+"?hub.mode=subscribe&hub.verify_token=mine&hub.challenge=1158201444", nil); got.raw != "1158201444" || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
		t.Errorf("answered %q as %s", got.raw, got.header.Get("Content-Type"))
	}
	b.visitor().want(403, "GET", whatsapp+"?hub.mode=subscribe&hub.verify_token=theirs&hub.challenge=1", nil)
}
