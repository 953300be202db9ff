package main

import (
	"testing"
	"time"
)

func TestRetentionIsInDays(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	got := retentionConfig{MessageDays: 30, SignInDays: 0, RegistrationDays: 400, AuditDays: -1}.ages()
	if got.Messages != 30*day || got.SignIns != 0 || got.Registrations != 7*day || got.Audit != 0 {
		t.Errorf("%+v", got)
	}
	if got := (retentionConfig{}).ages(); got.Registrations != day {
		t.Errorf("%+v", got)
	}
}
