package player

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (f *fake) Wordings(_ context.Context, locale string) ([]MessageWording, error) {
	m, err := f.MessageWording(context.Background(), WordingOf{"sign_in_code", "email", locale})
	return []MessageWording{m}, err
}

func (f *fake) MessageWording(_ context.Context, which WordingOf) (MessageWording, error) {
	if which.Kind != "sign_in_code" || which.Channel != "email" {
		return MessageWording{}, ErrNotFound
	}
	return MessageWording{
		WordingOf: which, Name: "Code to sign in", Subject: "Your code: {{.code}}", Body: "Your code is\n\n{{.code}}\n", Changed: true, Approval: "approved",
		Values: []WordingValue{{"code", "123456"}, {"minutes", "10"}},
	}, nil
}

func (f *fake) SaveWording(_ context.Context, w MessageWording, use bool) error {
	f.worded, f.wordedNow = w, use
	return *f.failing
}

func (f *fake) ResetWording(context.Context, WordingOf) error { return nil }

func (f *fake) PreviewWording(_ context.Context, w MessageWording, _ string) (subject, body string, err error) {
	if strings.Contains(w.Body, "{{.name}}") {
		return "", "", &FieldError{"body", "This kind of message has no value \"name\"."}
	}
	return strings.ReplaceAll(w.Subject, "{{.code}}", "123456"), strings.ReplaceAll(w.Body, "{{.code}}", "123456"), nil
}

// TestWordsOfMessages: an administrator sees what a message says, tries other
// words, is told beside the field what is wrong, and has them sent.
func TestWordsOfMessages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const one = "/admin/texts/words/sign_in_code/email/en"
	wants(t, b.get("/admin/texts"), http.StatusOK, `href="/admin/texts/words"`)
	wants(t, b.get("/admin/texts/words"), http.StatusOK, `href="`+one+`"`, "Your code: {{.code}}", "Your words are sent")
	wants(t, b.get("/admin/texts/words?language=ar"), http.StatusOK, `href="/admin/texts/words/sign_in_code/email/ar"`)
	wants(t, b.get(one), http.StatusOK, "<code dir=\"ltr\">{{.minutes}}</code>", "123456", `rows="14"`, one+"/reset")
	words := url.Values{"subject": {"Code {{.code}}"}, "body": {"It is\r\n\r\n{{.code}}"}, "do": {"preview"}}
	wants(t, b.post(one, words), http.StatusOK, "So it reads", "<strong>Code 123456</strong>", "<p>It is</p><p>123456</p>")
	if b.worded.Body != "" {
		t.Error("a preview stores something")
	}
	words.Set("do", "use")
	wantsRedirect(t, b.post(one, words), one+"?done=used")
	if b.worded.Body != "It is\n\n{{.code}}" || !b.wordedNow {
		t.Errorf("%+v", b.worded)
	}
	words.Set("body", "Dear {{.name}}")
	wants(t, b.post(one, words), http.StatusUnprocessableEntity, `id="body-error" role="alert">This kind of message has no value`, "Dear {{.name}}")
	words.Set("subject", "")
	wants(t, b.post(one, words), http.StatusUnprocessableEntity, `id="subject-error"`)
	wantsRedirect(t, b.post(one+"/reset", nil), one+"?done=reset")
	wants(t, b.get("/admin/texts/words/nothing/email/en"), http.StatusNotFound)
}
