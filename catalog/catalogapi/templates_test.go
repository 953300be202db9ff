package catalogapi_test

import (
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/catalog/catalogapi"
	"rounds/catalog/notify"
)

func previewText(t catalog.MessageText, values map[string]string) (catalogapi.TextPreview, error) {
	out, err := notify.Preview(t, values)
	return catalogapi.TextPreview{Subject: out.Subject, Text: out.Text, HTML: out.HTML}, err
}

// TestTemplates: texts are stored as versions, approved, frozen then, and retired.
func TestTemplates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const all = "/v1/message_templates"
	text := object{"channel": "sms", "kind": "sign_in_code", "locale": "hi-IN", "body": "{{.code}} आपका कोड है।", "category": "transactional"}
	first := b.admin.want(201, "POST", all, text)
	second := b.admin.want(201, "POST", all, text)
	if first.body["version"] != 1.0 || second.body["version"] != 2.0 || first.str("approval") != "draft" || first.header.Get("ETag") != `"1"` {
		t.Errorf("stored %s", first.raw)
	}
	one := all + "/" + second.str("id")
	b.admin.want(200, "PATCH", one, object{"body": "{{.code}} कोड", "approval": "submitted"})
	b.admin.with("If-Match", `"1"`).want(412, "PATCH", one, object{"approval": "approved"})
	if got := b.admin.with("If-Match", `"2"`).want(200, "PATCH", one, object{"approval": "approved", "external_id": "1107"}); got.body["frozen"] != true || got.str("external_id") != "1107" {
		t.Errorf("approved %s", got.raw)
	}
	b.admin.refused(409, "text_frozen", "PATCH", one, object{"body": "{{.code}} other"})
	b.admin.want(200, "PATCH", one, object{"approval": "paused", "approval_note": "quality"})
	b.admin.refused(409, "text_frozen", "PATCH", one, object{"body": "{{.code}} other"})
	b.admin.refused(422, "unknown_value", "PATCH", all+"/"+first.str("id"), object{"body": "{{.code}} {{.name}}"})
	b.admin.refused(422, "mail_only", "POST", all, object{"channel": "sms", "kind": "invitation", "locale": "en", "body": "{{.code}}"})
	b.admin.refused(422, "invalid_locale", "POST", all, object{"channel": "sms", "kind": "sign_in_code", "locale": "?", "body": "{{.code}}"})
	if ids := b.admin.want(200, "GET", all+"?channel=sms&kind=sign_in_code", nil).ids(); ids != first.str("id")+" "+second.str("id") {
		t.Errorf("listed %s", ids)
	}
	if n := len(b.admin.want(200, "GET", all+"?channel=email", nil).items()); n != 0 {
		t.Errorf("%d mails", n)
	}
	b.admin.want(204, "DELETE", one, nil)
	b.admin.want(404, "GET", one, nil)
	b.admin.want(200, "GET", all+"/"+first.str("id"), nil)
	if n := b.count(`select count(*) from audit_log where object_type = 'message_template'`); n != 6 {
		t.Errorf("%d rows of the audit log", n)
	}
}

// TestTemplatePreview: a text is shown as it would be sent, in the reader's zone.
func TestTemplatePreview(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const preview = "/v1/message_templates/preview"
	body := object{
		"channel": "email", "kind": "webhook_disabled", "locale": "en", "subject": "Off: {{.url}}", "body": "Since {{.failing_since}}, {{.reason}}",
		"time_zone": "Asia/Kolkata", "values": object{"reason": "<b>gone</b>"},
	}
	shown := b.admin.want(200, "POST", preview, body)
	if shown.str("subject") != "Off: https://lms.example.org/hooks" || shown.str("text") != "Since Mon 2 Mar 2026, 19:34 IST (Asia/Kolkata), <b>gone</b>" || strings.Contains(shown.str("html"), "<b>") {
		t.Errorf("shown %s", shown.raw)
	}
	body["values"] = object{"password": "x"}
	b.admin.refused(422, "unknown_value", "POST", preview, body)
	body["values"], body["time_zone"] = object{}, "Mars/Olympus"
	b.admin.refused(422, "invalid_time_zone", "POST", preview, body)
	kinds := b.admin.want(200, "GET", "/v1/message_kinds", nil).items()
	if len(kinds) != len(catalog.MessageKinds) || len(kinds[0].(object)["built_in"].([]any)) != 6 {
		t.Errorf("kinds %v", kinds)
	}
}

// TestAccountChannel: a person is reached by phone when there is a number to it
// and the installation can.
func TestAccountChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.admin.want(201, "POST", "/v1/presenters", object{"email": "lee@example.org", "name": "Dr Lee"}).str("id")
	channel := "/v1/accounts/" + id + "/channel"
	b.admin.refused(422, "no_phone", "PUT", channel, object{"channel": "sms"})
	b.admin.want(200, "PATCH", "/v1/accounts/"+id, object{"phone": "+351 912 345 678", "country": "PT"})
	if got := b.admin.want(200, "PUT", channel, object{"channel": "sms"}); got.str("channel") != "sms" || got.str("used") != "sms" {
		t.Errorf("answered %s", got.raw)
	}
	if got := b.admin.want(200, "PUT", channel, object{"channel": "whatsapp"}); got.str("channel") != "whatsapp" || got.str("used") != "email" {
		t.Errorf("answered %s", got.raw)
	}
	b.admin.want(404, "GET", "/v1/accounts/acc_none/channel", nil)
	if n := b.count(`select count(*) from audit_log where action = 'account.channel'`); n != 2 {
		t.Errorf("%d rows of the audit log", n)
	}
}
