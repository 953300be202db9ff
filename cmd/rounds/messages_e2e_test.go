package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rounds/catalog/identity"
	"rounds/deploy/schema/schematest"
)

// TestRegistrationIsToldOutside: with the settings of one machine a doctor gets
// her code by mail, and the learning system hears of her registration by a
// signed webhook; forged bounces are refused, and the figures are there.
func TestRegistrationIsToldOutside(t *testing.T) {
	t.Parallel()
	db := schematest.New(t)
	s := serverFor(t, db, "--webhook-networks=127.0.0.0/8", "--ses-topic=arn:aws:sns:eu-west-1:123456789012:ses")
	handler, err := s.handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stopMail := run(t, func(ctx context.Context) { _ = s.sender.Run(ctx) })
	stopWebhooks := run(t, s.webhookSender().Run)
	token := identity.NewAPIToken()
	hash, _ := identity.HashAPIToken(token)
	if _, err := s.store.CreateToken(t.Context(), "test", []identity.Role{identity.RoleAdmin}, nil, hash); err != nil {
		t.Fatal(err)
	}
	ask := func(path, body string, want int) map[string]any {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, "http://rounds.test"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if strings.HasPrefix(path, "/v1/inbound/") {
			r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
		}
		if !strings.HasPrefix(path, "/v1/auth/") {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		var answer map[string]any
		_ = json.Unmarshal(w.Body.Bytes(), &answer)
		return answer
	}
	deliveries := make(chan *http.Request, 10)
	bodies := make(chan []byte, 10)
	lms := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		deliveries <- r
		bodies <- body
	}))
	t.Cleanup(lms.Close)

	secret := ask("/v1/webhook_endpoints", `{"url":"`+lms.URL+`/hooks","event_types":["account.registered"]}`, http.StatusCreated)["secret"].(string)
	program := ask("/v1/programs", `{"title":"Cardiology"}`, http.StatusCreated)["id"].(string)
	invitation := ask("/v1/programs/"+program+"/invitations", `{"count":1}`, http.StatusCreated)["items"].([]any)[0].(map[string]any)["code"].(string)
	ask("/v1/auth/register", `{"invitation_code":"`+invitation+`","email":"ana@example.org","name":"Dr Ana","country":"PT","time_zone":"Europe/Lisbon"}`, http.StatusAccepted)
	ask("/v1/auth/session", `{"email":"ana@example.org","code":"`+codeInMail(t, s.config.Mail.MailDir)+`"}`, http.StatusCreated)

	r, body := <-deliveries, <-bodies
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, r.Header.Get("Webhook-Id")+"."+r.Header.Get("Webhook-Timestamp")+"."+string(body))
	if got := r.Header.Get("Webhook-Signature"); got != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) || !bytes.Contains(body, []byte(`"type":"account.registered"`)) {
		t.Errorf("delivered %s, signed %s", body, got)
	}
	if problem := ask("/v1/inbound/ses", `{"TopicArn":"arn:aws:sns:eu-west-1:123456789012:ses","Type":"Notification"}`, http.StatusUnprocessableEntity); problem["code"] != "not_genuine" {
		t.Errorf("answered %v", problem)
	}
	stopMail() // what was on its way is on record then
	stopWebhooks()
	w := httptest.NewRecorder()
	metricsHandler(s.registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, figure := range []string{`rounds_messages_waiting{urgent="true"} 0`, `rounds_messages_total{channel="email",result="sent",urgent="true"} 1`, `rounds_webhook_attempts_total{delivered="true"} 1`} {
		if !strings.Contains(w.Body.String(), figure) {
			t.Errorf("no %s in the figures", figure)
		}
	}
}

// run runs something until it is stopped, at the latest by the test's end.
func run(t *testing.T, what func(context.Context)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		what(ctx)
		close(ended)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return stop
}

// codeInMail waits for the one mail and returns its code.
func codeInMail(t *testing.T, dir string) string {
	t.Helper()
	deadline, again := time.NewTimer(time.Minute), time.NewTicker(10*time.Millisecond)
	defer deadline.Stop()
	defer again.Stop()
	for {
		if files, _ := filepath.Glob(filepath.Join(dir, "*.eml")); len(files) > 0 {
			mail, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			return string(regexp.MustCompile(`(?m)^(\d{6})\r?$`).FindSubmatch(mail)[1])
		}
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatal("no mail within a minute")
		}
	}
}
