package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
)

// An event as AWS documents it, and the same by way of EventBridge.
const smsDelivered = `{"eventType":"TEXT_DELIVERED","eventVersion":"1.0","eventTimestamp":1795420800250,"isFinal":true,"originationPhoneNumber":"+12065550152",
	"destinationPhoneNumber":"+351912345678","isoCountryCode":"PT","messageId":"862a8790-60c0","messageRequestTimestamp":1795420799000,"messageEncoding":"GSM",
	"messageType":"TRANSACTIONAL","messageStatus":"DELIVERED","messageStatusDescription":"Message has been accepted by phone","context":{"message_id":"msg_1"},"totalMessageParts":1}`

func TestSMSReceipts(t *testing.T) {
	t.Parallel()
	sns := newAmazon(t)
	b := &SNS{Topic: snsTopic, HTTP: &http.Client{Transport: sns}}
	change := func(kind, status string) string {
		return strings.NewReplacer("TEXT_DELIVERED", kind, `"DELIVERED"`, `"`+status+`"`, "accepted by phone", "refused").Replace(smsDelivered)
	}
	for name, c := range map[string]struct {
		message string
		want    catalog.ReceiptState
		dead    bool
	}{
		"delivered":    {smsDelivered, catalog.ReceiptDelivered, false},
		"eventbridge":  {`{"source":"aws.sms-voice","detail-type":"Text Message Delivery Status Updated","detail":` + smsDelivered + `}`, catalog.ReceiptDelivered, false},
		"with carrier": {change("TEXT_SUCCESSFUL", "SUCCESSFUL"), catalog.ReceiptSent, false},
		"blocked":      {change("TEXT_CARRIER_BLOCKED", "CARRIER_BLOCKED"), catalog.ReceiptFailed, false},
		"no number":    {change("TEXT_INVALID", "INVALID"), catalog.ReceiptFailed, true},
		"unknown":      {change("TEXT_UNKNOWN", "UNKNOWN"), "", false},
		"words":        {"You have connected the topic.", "", false},
		"other JSON":   {`{"a":1}`, "", false},
	} {
		got, err := b.Receipts(t.Context(), sns.sign(t, notification(c.message), "2"))
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want == "" && len(got) == 0:
		case len(got) != 1 || got[0].State != c.want || got[0].DeadNumber != c.dead || got[0].ProviderID != "862a8790-60c0" || got[0].MessageID != "msg_1" ||
			!got[0].At.Equal(time.UnixMilli(1795420800250)) || got[0].Channel != catalog.ChannelSMS || (c.want == catalog.ReceiptFailed) != (got[0].Detail != ""):
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := b.Receipts(t.Context(), newAmazon(t).sign(t, notification(smsDelivered), "2")); !isForged(err) {
		t.Errorf("another key: %v", err)
	}
}

func isForged(err error) bool {
	var field *catalog.FieldError
	return errors.As(err, &field) && field.Code == "not_genuine"
}

const waStatuses = `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"5"},
	"statuses":[{"id":"wamid.1","status":"read","timestamp":"1795420800","recipient_id":"351912345678","biz_opaque_callback_data":"msg_1"},
		{"id":"wamid.2","status":"failed","timestamp":"1795420801","recipient_id":"351912345679","errors":[{"code":131026,"title":"Message undeliverable","error_data":{"details":"not on WhatsApp"}}]},
		{"id":"wamid.3","status":"warning","timestamp":"1"},{"id":"","status":"sent","timestamp":"1"},{"id":"wamid.4","status":"sent","timestamp":"soon"}]}},
	{"field":"messages","value":{"messages":[{"from":"351912345678","id":"wamid.9","timestamp":"1","type":"text","text":{"body":"Hello?"}}]}}]}]}`

func signed(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func TestWhatsAppReceipts(t *testing.T) {
	t.Parallel()
	h := WhatsAppHook{AppSecret: "secret", VerifyToken: "token"}
	got, err := h.Receipts([]byte(waStatuses), signed("secret", waStatuses))
	if err != nil || len(got) != 2 || got[0].State != catalog.ReceiptRead || got[0].MessageID != "msg_1" || got[0].ProviderID != "wamid.1" || got[0].At.Unix() != 1795420800 {
		t.Fatalf("%+v, %v", got, err)
	}
	if r := got[1]; r.State != catalog.ReceiptFailed || !r.DeadNumber || r.Detail != "131026 Message undeliverable: not on WhatsApp" {
		t.Errorf("%+v", r)
	}
	for name, signature := range map[string]string{
		"none": "", "another secret": signed("other", waStatuses), "another body": signed("secret", waStatuses+" "), "no name": strings.TrimPrefix(signed("secret", waStatuses), "sha256="),
		"no hex": "sha256=zz",
	} {
		if got, err := h.Receipts([]byte(waStatuses), signature); !isForged(err) || len(got) > 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := (WhatsAppHook{}).Receipts([]byte(waStatuses), signed("", waStatuses)); !isForged(err) {
		t.Errorf("without a secret: %v", err)
	}
	if got, err := h.Receipts([]byte("[]"), signed("secret", "[]")); err != nil || len(got) > 0 {
		t.Errorf("what is no notification: %v, %v", got, err)
	}
}

func TestWhatsAppChallenge(t *testing.T) {
	t.Parallel()
	h := WhatsAppHook{VerifyToken: "token"}
	if !h.Challenge("subscribe", "token") || h.Challenge("subscribe", "other") || h.Challenge("unsubscribe", "token") || (WhatsAppHook{}).Challenge("subscribe", "") {
		t.Error("a challenge is answered that is not ours, or ours is not")
	}
}
