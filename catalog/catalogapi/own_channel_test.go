package catalogapi_test

import (
	"testing"

	"rounds/catalog"
)

// TestDoctorsChooseTheirChannel: a phone is used after its code was entered, by
// whoever asked, and its owner is told by mail.
func TestDoctorsChooseTheirChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doctor := b.doctor(b.program().id, ana)
	const own, codes, confirm, phone = "/v1/me/channel", "/v1/me/channel/codes", "/v1/me/channel/confirm", "+351912345678"
	if got := doctor.want(200, "GET", own, nil); got.str("channel") != "email" || got.body["confirmed"] != false || len(got.body["offered"].([]any)) != 2 {
		t.Errorf("at first: %s", got.raw)
	}
	doctor.refused(422, "phone_unconfirmed", "PUT", own, object{"channel": "sms"})
	doctor.refused(422, "invalid_phone", "POST", codes, object{"channel": "sms", "phone": "912 345 678"})
	doctor.refused(422, "channel_not_offered", "POST", codes, object{"channel": "whatsapp", "phone": phone})
	doctor.refused(422, "code_invalid", "POST", confirm, object{"code": "123456"})

	doctor.want(202, "POST", codes, object{"channel": "sms", "phone": "+351 912 345 678", "sign_in": true})
	sent, _ := b.lastMail(ana)
	if sent.Kind != catalog.MessagePhoneCode || sent.Only != (catalog.Destination{Channel: catalog.ChannelSMS, Address: phone}) {
		t.Errorf("sent %+v", sent)
	}
	stranger := b.doctor(b.program().id, "cy@example.org")
	stranger.refused(422, "code_invalid", "POST", confirm, object{"code": sent.Values["code"]})
	doctor.refused(422, "code_invalid", "POST", confirm, object{"code": "000000x"})
	if got := doctor.want(200, "POST", confirm, object{"code": sent.Values["code"]}); got.str("used") != "sms" || got.str("phone") != phone || got.body["sign_in"] != true || got.body["confirmed"] != true {
		t.Errorf("confirmed: %s", got.raw)
	}
	doctor.refused(422, "code_invalid", "POST", confirm, object{"code": sent.Values["code"]})
	if told, _ := b.lastMail(ana); told.Kind != catalog.MessagePhoneChosen || told.Values["ending"] != "678" || told.Values["codes"] != "yes" {
		t.Errorf("told %+v", told)
	}
	if got := doctor.want(200, "PUT", own, object{"channel": "email", "sign_in": true}); got.str("used") != "email" || got.body["sign_in"] != false {
		t.Errorf("back: %s", got.raw)
	}
	if got := doctor.want(200, "PUT", own, object{"channel": "sms"}); got.str("used") != "sms" || got.body["sign_in"] != false {
		t.Errorf("and again, without a code: %s", got.raw)
	}
	id := doctor.want(200, "GET", "/v1/me", nil).str("account_id")
	account := b.admin.want(200, "GET", "/v1/accounts/"+id, nil)
	b.admin.with("If-Match", account.header.Get("ETag")).want(200, "PATCH", "/v1/accounts/"+id, object{"phone": "+351 910 000 000"})
	if got := doctor.want(200, "GET", own, nil); got.str("used") != "email" || got.body["confirmed"] != false {
		t.Errorf("another number is at the account: %s", got.raw)
	}
	if n := b.count(`select count(*) from audit_log where object_id = $1 and action = 'account.channel'`, id); n != 3 {
		t.Errorf("%d changes in the audit log", n)
	}
}

// TestCodesToPhonesAreCapped: an account and a number get a few, and a code
// allows five tries.
func TestCodesToPhonesAreCapped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	program := b.program().id
	doctor := b.doctor(program, ana)
	const codes, confirm = "/v1/me/channel/codes", "/v1/me/channel/confirm"
	ask := object{"channel": "sms", "phone": "+351912345678"}
	for range 3 {
		doctor.want(202, "POST", codes, ask)
	}
	doctor.refused(429, "too_many_codes", "POST", codes, ask)
	code := b.code(ana)
	for range 5 {
		doctor.refused(422, "code_invalid", "POST", confirm, object{"code": "x"})
	}
	doctor.refused(429, "too_many_tries", "POST", confirm, object{"code": code})
	other := b.doctor(program, "cy@example.org")
	for range 2 {
		other.want(202, "POST", codes, ask)
	}
	other.refused(429, "too_many_codes", "POST", codes, ask)
	other.want(202, "POST", codes, object{"channel": "sms", "phone": "+351912345679"})
}
