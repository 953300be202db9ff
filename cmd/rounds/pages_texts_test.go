package main

import (
	"net/http"
	"net/url"
	"testing"
)

// TestWordsOfMessagesThroughThePages: words are changed, used, changed again, and
// the built-in ones come back; what cannot be sent is told beside its field.
func TestWordsOfMessagesThroughThePages(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	const one = "/admin/texts/words/sign_in_code/email/en"
	save := func(body, do string, status int, texts ...string) {
		t.Helper()
		b.page(b.admin, http.MethodPost, one, url.Values{"subject": {"Code {{.code}}"}, "body": {body}, "do": {do}}, status, texts...)
	}
	b.page(b.admin, http.MethodGet, "/admin/texts/words", nil, http.StatusOK, `href="`+one+`"`, "Code to sign in", "The built-in words are sent")
	save("Take {{.code}}, dear {{.name}}.", "use", http.StatusUnprocessableEntity, `id="body-error"`, "has no value")
	save("Take it.", "preview", http.StatusUnprocessableEntity, "nobody can sign in with it")
	save("Take {{.code}}.", "preview", http.StatusOK, "<p>Take 123456.</p>")
	b.page(b.admin, http.MethodGet, one, nil, http.StatusOK, "The built-in words are sent")
	save("Take {{.code}}.", "save", http.StatusSeeOther)
	b.page(b.admin, http.MethodGet, one, nil, http.StatusOK, "Take {{.code}}.", "The built-in words are sent", "Draft")
	save("Take {{.code}} now.", "use", http.StatusSeeOther)
	b.page(b.admin, http.MethodGet, one, nil, http.StatusOK, "Take {{.code}} now.", "Your words are sent")
	save("Take {{.code}} soon.", "use", http.StatusSeeOther)
	var versions int
	if err := b.db.QueryRow(t.Context(), `select count(*) from message_templates where approval = 'approved'`).Scan(&versions); err != nil || versions != 2 {
		t.Errorf("%d versions, %v", versions, err)
	}
	b.page(b.admin, http.MethodPost, one+"/reset", url.Values{}, http.StatusSeeOther)
	b.page(b.admin, http.MethodGet, one, nil, http.StatusOK, "The built-in words are sent")
	b.page(b.doctor, http.MethodGet, one, nil, http.StatusForbidden)
}
