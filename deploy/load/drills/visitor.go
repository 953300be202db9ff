package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"rounds/deploy/load/crowd"
)

// visitor is a browser with its cookies, or a program with a token.
type visitor struct {
	base, token string
	http        *http.Client
}

// visitor comes from an address of this machine: all of 127.0.0.0/8 are, and to
// the service they are different networks.
func (m *machine) visitor(from string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return dialer.DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
	}}
	m.later(func() error { transport.CloseIdleConnections(); return nil })
	return &visitor{base: m.base, http: &http.Client{Jar: jar, Transport: transport, Timeout: 10 * time.Second}}, nil
}

func (m *machine) admin() *visitor {
	return &visitor{base: m.base, token: m.token, http: &http.Client{Timeout: 30 * time.Second}}
}

// ask sends a request and reads the answer, of which "text" is all when it is not
// JSON; address may be a path.
func (v *visitor) ask(ctx context.Context, method, address string, body any) (status int, answer map[string]any, err error) {
	var sent io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		sent = bytes.NewReader(text)
	}
	if strings.HasPrefix(address, "/") {
		address = v.base + address
	}
	request, err := http.NewRequestWithContext(ctx, method, address, sent)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	}
	response, err := v.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	text, err := io.ReadAll(response.Body)
	answer = map[string]any{"text": string(text)}
	if strings.Contains(response.Header.Get("Content-Type"), "json") {
		err = errors.Join(err, json.Unmarshal(text, &answer))
	}
	return response.StatusCode, answer, errors.Join(err, response.Body.Close())
}

// must is ask for what has to succeed.
func (v *visitor) must(ctx context.Context, method, address string, body any) (map[string]any, error) {
	status, answer, err := v.ask(ctx, method, address, body)
	if err == nil && status >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: %d %v", method, address, status, answer["detail"])
	}
	return answer, err
}

// register brings a new doctor into a program, from the invitation to the session.
func (v *visitor) register(ctx context.Context, m *machine, program, email string) error {
	invited, err := m.admin().must(ctx, http.MethodPost, "/v1/programs/"+program+"/invitations", map[string]any{"count": 1})
	if err != nil {
		return err
	}
	invitation := invited["items"].([]any)[0].(map[string]any)
	if _, err := v.must(ctx, http.MethodPost, "/v1/auth/register", map[string]any{
		"invitation_code": invitation["code"], "email": email, "name": "Dr D. Octor", "country": "DE", "time_zone": "Europe/Berlin",
	}); err != nil {
		return err
	}
	var code string
	if err := crowd.Until(ctx, 30*time.Second, "a code is mailed to "+email, func() bool {
		mails := m.mails(email)
		if len(mails) > 0 {
			code = codeLine.FindString(mails[len(mails)-1])
		}
		return code != ""
	}); err != nil {
		return err
	}
	_, err = v.must(ctx, http.MethodPost, "/v1/auth/session", map[string]any{"email": email, "code": strings.TrimSpace(code)})
	return err
}

var codeLine = regexp.MustCompile(`(?m)^\d{6}\r?$`)

// mails returns the mails to an address.
func (m *machine) mails(email string) (mails []string) {
	files, _ := filepath.Glob(filepath.Join(m.dir, "mail", "*.eml")) // the pattern is well-formed
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(email)) {
			mails = append(mails, string(text))
		}
	}
	return mails
}
