package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"rounds/catalog/identity"
	"rounds/deploy/schema/schematest"
)

// TestConsentsAreKeptFromTheRegistrationPage with the version that was read.
func TestConsentsAreKeptFromTheRegistrationPage(t *testing.T) {
	t.Parallel()
	s := serverFor(t, schematest.New(t))
	handler, err := s.handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	code := identity.NewInvitationCode()
	hash, _ := identity.HashInvitationCode(code)
	for _, row := range []struct {
		sql  string
		args []any
	}{
		{`insert into programs (id, title) values ('prg_1', 'Cardiology')`, nil},
		{`insert into invitations (id, program_id, code_hash, via, expires_at) values ('inv_1', 'prg_1', $1, 'invitation', now() + interval '1 day')`, []any{hash}},
	} {
		if _, err := s.db.Exec(t.Context(), row.sql, row.args...); err != nil {
			t.Fatal(err)
		}
	}
	form := url.Values{
		"invitation_code": {code}, "email": {"ana@example.org"}, "name": {"Dr Ana"}, "country": {"PT"}, "time_zone": {"Europe/Lisbon"},
		"consent_participation_record": {"2026-11"},
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://rounds.test/register", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Header().Get("Location") != "/sign-in/code" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var kept string
	err = s.db.QueryRow(t.Context(), `
		select string_agg(lower(c::text), ' ') from one_time_codes, jsonb_array_elements(coalesce(registration -> 'Consents', registration -> 'consents')) c`).Scan(&kept)
	if err != nil || !strings.Contains(kept, "participation_record") || strings.Count(kept, "2026-11") != 2 || strings.Count(kept, "true") != 1 {
		t.Errorf("kept %s, %v", kept, err)
	}
}
