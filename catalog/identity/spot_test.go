package identity

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
)

func spotWindow() SpotWindow {
	return SpotWindow{
		Title: "Cardiology day", Cap: 10, Admission: AdmitByDomain, Domains: []string{" Hospital.ORG", "@clinic.example", "hospital.org"},
		OpensAt: time.Date(2026, 12, 3, 8, 0, 0, 0, time.UTC), ClosesAt: time.Date(2026, 12, 3, 18, 0, 0, 0, time.UTC),
	}
}

func TestSpotWindowsAreTidied(t *testing.T) {
	t.Parallel()
	w, err := spotWindow().Clean()
	if err != nil || strings.Join(w.Domains, " ") != "clinic.example hospital.org" {
		t.Errorf("%v, %v", w.Domains, err)
	}
	bad := map[string]func(*SpotWindow){
		"title":         func(w *SpotWindow) { w.Title = " " },
		"cap":           func(w *SpotWindow) { w.Cap = 0 },
		"closes_at":     func(w *SpotWindow) { w.ClosesAt = w.OpensAt },
		"opens_at":      func(w *SpotWindow) { w.OpensAt, w.ClosesAt = time.Time{}, time.Time{}.Add(time.Hour) },
		"admission":     func(w *SpotWindow) { w.Admission = "luck" },
		"domains":       func(w *SpotWindow) { w.Domains = []string{"org"} },
		"moderator_ids": func(w *SpotWindow) { w.Admission, w.Moderators = AdmitByApproval, manyModerators() },
	}
	for field, spoil := range bad {
		w := spotWindow()
		spoil(&w)
		if _, err := w.Clean(); err == nil || !strings.HasPrefix(err.Error(), field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func manyModerators() (ids []catalog.AccountID) {
	for range maxModerators + 1 {
		ids = append(ids, catalog.NewAccountID())
	}
	return ids
}

func TestSpotWindowsOpenAndClose(t *testing.T) {
	t.Parallel()
	w := spotWindow()
	cases := map[time.Time]string{
		w.OpensAt.Add(-time.Second): "event_not_open", w.OpensAt: "", w.ClosesAt.Add(-time.Second): "", w.ClosesAt: "event_closed",
	}
	for at, want := range cases {
		if err := w.Open(at, "Asia/Kolkata"); (err == nil) != (want == "") || err != nil && codeOf(err) != want {
			t.Errorf("%v: %v, want %q", at, err, want)
		}
	}
	if err := w.Open(w.OpensAt.Add(-time.Hour), "Asia/Kolkata"); !strings.Contains(err.Error(), "13:30 IST") {
		t.Errorf("not on the reader's clock: %v", err)
	}
}

func TestEventCodesAreReadLikeInvitations(t *testing.T) {
	t.Parallel()
	code := NewEventCode()
	hash, ok := HashEventCode(code)
	for _, typed := range []string{strings.ToLower(code), strings.ReplaceAll(code, "-", " "), " " + code + "."} {
		if again, fine := HashEventCode(typed); !ok || !fine || !bytes.Equal(hash, again) {
			t.Errorf("%q was not read as %q", typed, code)
		}
	}
	for _, other := range []string{NewInvitationCode(), "", "7K3M", "7K3M-0ZQU"} {
		if _, ok := HashEventCode(other); ok {
			t.Errorf("%q was taken for an event code", other)
		}
	}
}

func TestNumbersAreComparedByLettersAndDigits(t *testing.T) {
	t.Parallel()
	pepper := []byte("pepper")
	mac := NumberMAC(pepper, "spw_1", "OM 123-45")
	if !bytes.Equal(mac, NumberMAC(pepper, "spw_1", "om12345.")) {
		t.Error("the same number differs")
	}
	for _, other := range [][]byte{NumberMAC(pepper, "spw_2", "OM12345"), NumberMAC([]byte("salt"), "spw_1", "OM12345"), NumberMAC(pepper, "spw_1", "OM12346")} {
		if bytes.Equal(mac, other) {
			t.Error("different numbers are the same")
		}
	}
	if NumberMAC(pepper, "spw_1", " -/") != nil {
		t.Error("no number was taken")
	}
}

func TestInvitationsOfADomain(t *testing.T) {
	t.Parallel()
	i := Invitation{Domain: "hospital.org"}
	for email, want := range map[string]bool{"a@hospital.org": true, "a@cardio.hospital.org": false, "a@evilhospital.org": false, "hospital.org@evil.example": false} {
		if err := i.Usable(email, time.Now()); (err == nil) != want {
			t.Errorf("%s: %v", email, err)
		}
	}
}
