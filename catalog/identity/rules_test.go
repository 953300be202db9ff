package identity

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
)

func codeOf(err error) string {
	var field *catalog.FieldError
	var rate *catalog.RateLimitError
	switch {
	case errors.As(err, &field):
		return field.Code
	case errors.As(err, &rate):
		return rate.Code
	default:
		return ""
	}
}

func TestInvitationCodesForgiveTypos(t *testing.T) {
	t.Parallel()
	code := NewInvitationCode()
	want, ok := HashInvitationCode(code)
	if !ok || len(code) != 19 {
		t.Fatalf("minted %q", code)
	}
	variants := []string{
		strings.ToLower(code), strings.ReplaceAll(code, "-", ""), " " + strings.ReplaceAll(code, "-", " ") + "\t",
		strings.ReplaceAll(code, "0", "O"), strings.ReplaceAll(code, "0", "o"),
		strings.ReplaceAll(code, "1", "I"), strings.ReplaceAll(code, "1", "l"), strings.ReplaceAll(code, "-", "\u2013"),
	}
	for _, v := range variants {
		if got, ok := HashInvitationCode(v); !ok || !bytes.Equal(got, want) {
			t.Errorf("%q does not fold into %q", v, code)
		}
	}
	for _, bad := range []string{"", "abc", code + "0", strings.Repeat("A", 1000), code[:18] + "U", "\xff\x00"} {
		if _, ok := HashInvitationCode(bad); ok {
			t.Errorf("%q passes for a code", bad)
		}
	}
}

func TestInvitationUsable(t *testing.T) {
	t.Parallel()
	now := time.Now()
	past, future := now.Add(-time.Hour), now.Add(time.Hour)
	tests := []struct {
		name string
		inv  Invitation
		want string
	}{
		{"open", Invitation{}, ""},
		{"bound to her", Invitation{Email: "a@b.org", ExpiresAt: &future}, ""},
		{"bound to another", Invitation{Email: "x@b.org", UsedAt: &past}, "invitation_invalid"},
		{"used", Invitation{UsedAt: &past}, "invitation_used"},
		{"expired", Invitation{ExpiresAt: &now}, "invitation_expired"},
	}
	for _, tt := range tests {
		if got := codeOf(tt.inv.Usable("a@b.org", now)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestMatchCode(t *testing.T) {
	t.Parallel()
	now, pepper := time.Now(), []byte("pepper")
	sent := func(id, code string, tries int, left time.Duration) OneTimeCode {
		return OneTimeCode{ID: id, MAC: CodeMAC(pepper, id, code), Tries: tries, ExpiresAt: now.Add(left)}
	}
	tests := []struct {
		name, typed, want, hit string
		sent                   []OneTimeCode
	}{
		{"fits", "123 456", "", "n", []OneTimeCode{sent("n", "123456", 4, time.Minute)}},
		{"the older of two", "111111", "", "o", []OneTimeCode{sent("n", "123456", 0, time.Minute), sent("o", "111111", 0, time.Minute)}},
		{"wrong", "000000", "code_invalid", "", []OneTimeCode{sent("n", "123456", 0, time.Minute)}},
		{"nothing was sent", "000000", "code_invalid", "", nil},
		{"expired", "123456", "code_expired", "", []OneTimeCode{sent("n", "123456", 0, 0)}},
		{"tried too often", "123456", "too_many_tries", "", []OneTimeCode{sent("n", "123456", CodeTries, time.Minute)}},
	}
	for _, tt := range tests {
		got, err := MatchCode(tt.sent, pepper, tt.typed, now)
		if codeOf(err) != tt.want || got.ID != tt.hit {
			t.Errorf("%s: hit %q, %v; want %q, %q", tt.name, got.ID, err, tt.hit, tt.want)
		}
	}
	if bytes.Equal(CodeMAC(pepper, "a", "123456"), CodeMAC(pepper, "b", "123456")) {
		t.Error("a code's MAC is not bound to its row")
	}
}

func TestAllowCode(t *testing.T) {
	t.Parallel()
	now := time.Now()
	if err := AllowCode(4, now, now); err != nil {
		t.Error(err)
	}
	var rate *catalog.RateLimitError
	if err := AllowCode(5, now.Add(-50*time.Minute), now); !errors.As(err, &rate) || rate.RetryAfter != 10*time.Minute || !errors.Is(err, catalog.ErrRateLimited) {
		t.Errorf("got %v", err)
	}
}

func TestOneTimeCodesAreSixDigits(t *testing.T) {
	t.Parallel()
	for range 100 {
		if code := NewOneTimeCode(); len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("minted %q", code)
		}
	}
}

func TestNormalEmail(t *testing.T) {
	t.Parallel()
	good := map[string]string{" Ana.Lopez@Hospital.ORG ": "ana.lopez@hospital.org", "a+b@c.de": "a+b@c.de", "müller@klinik.de": "müller@klinik.de"}
	for in, want := range good {
		if got, err := NormalEmail(in); got != want || err != nil {
			t.Errorf("NormalEmail(%q) = %q, %v", in, got, err)
		}
	}
	bad := []string{
		"", "a", "a@b", "a b@c.de", "Ana <a@b.de>", `"x y"@b.de`, "a@b..de", "a@-b.de", "a@[127.0.0.1]", "a@b.de\x00", "a\xff@b.de",
		"a@b.de, c@d.de", "a@b.de\r\nBcc: x@y.de", strings.Repeat("a", 65) + "@b.de", "a@" + strings.Repeat("b.", 150) + "de",
	}
	for _, in := range bad {
		if got, err := NormalEmail(in); codeOf(err) != "invalid_email" {
			t.Errorf("NormalEmail(%q) = %q, %v", in, got, err)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	if got, err := Country("pt"); got != "PT" || err != nil {
		t.Errorf("Country: %q, %v", got, err)
	}
	if n := len(strings.Fields(countries)); n != 249 {
		t.Errorf("%d countries, ISO 3166-1 has 249", n)
	}
	for _, bad := range []string{"", "XX", "PRT", "A ", " ", "D A"} {
		if _, err := Country(bad); err == nil {
			t.Errorf("Country(%q) took it", bad)
		}
	}
	if _, err := TimeZone("Asia/Kolkata"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "Local", "Mars/Olympus", "../etc/passwd", "a\x00b"} {
		if _, err := TimeZone(bad); err == nil {
			t.Errorf("TimeZone(%q) took it", bad)
		}
	}
	for in, ok := range map[string]bool{"": true, "pt-BR": true, "zh-Hant-TW": true, "x": false, "en_US": false} {
		if _, err := Locale(in); (err == nil) != ok {
			t.Errorf("Locale(%q): %v", in, err)
		}
	}
}

func TestAPITokens(t *testing.T) {
	t.Parallel()
	if _, ok := HashAPIToken(NewAPIToken()); !ok {
		t.Error("a minted token does not pass")
	}
	for _, bad := range []string{"", "rnd_", "rnd_short", strings.Repeat("x", tokenLength)} {
		if _, ok := HashAPIToken(bad); ok {
			t.Errorf("%q passes for a token", bad)
		}
	}
}

func TestRegistrationClean(t *testing.T) {
	t.Parallel()
	good := Registration{Profile: Profile{Name: " Ana  López ", Country: "pt", TimeZone: "Europe/Lisbon"}, Consents: []Consent{{Purpose: "p", TextVersion: "1"}}}
	got, err := good.Clean()
	if err != nil || got.Profile.Name != "Ana López" || got.Profile.Country != "PT" || got.Profile.Locale != "en" {
		t.Errorf("got %+v, %v", got, err)
	}
	good.Profile.Name = "a\x00"
	if _, err := good.Clean(); codeOf(err) != "invalid_text" {
		t.Errorf("NUL in the name: %v", err)
	}
}

func TestCleanRoles(t *testing.T) {
	t.Parallel()
	if got, err := CleanRoles([]Role{"presenter", "doctor", "doctor"}); err != nil || len(got) != 2 || got[0] != RoleDoctor {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range [][]Role{nil, {"king"}} {
		if _, err := CleanRoles(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}
