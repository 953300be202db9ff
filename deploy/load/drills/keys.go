package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// expireKeys replaces the signing key at once, as after it was stolen: the edge
// trusts the new one only.
func expireKeys(ctx context.Context, m *machine) (string, error) {
	t, err := m.uploadTalk(ctx)
	if err == nil {
		err = m.finished(ctx, t)
	}
	if err != nil {
		return "", err
	}
	doctor, err := m.visitor("127.0.0.1")
	if err == nil {
		err = doctor.register(ctx, m, t.program, "keys@example.org")
	}
	if err != nil {
		return "", err
	}
	before, playlist, err := doctor.play(ctx, t)
	if err != nil || before != http.StatusOK {
		return "", fmt.Errorf("play before: %d %w", before, err)
	}
	m.env = append(m.env, m.signedBy(secondKey)...) // of a name that is there twice the last counts
	for _, p := range append(append([]*process{}, m.apis...), m.edge) {
		if err := errors.Join(p.stop(), m.restart(ctx, p)); err != nil {
			return "", err
		}
	}
	revoked := time.Now()
	refused, _, err := doctor.ask(ctx, http.MethodGet, playlist, nil)
	if err != nil {
		return "", err
	}
	after, _, err := doctor.play(ctx, t)
	seen := fmt.Sprintf("after the change her playlist answered %d; asking once more for playback, it answered %d, %s later", refused, after, round(time.Since(revoked)))
	if err == nil && (refused != http.StatusForbidden || after != http.StatusOK) {
		err = errors.New("403 and 200 were expected")
	}
	if err != nil {
		return seen, err
	}
	return seen, m.crowd.GoOn(ctx)
}

// play opens a talk and fetches the playlist of its first rendition with the
// cookies it was given; it returns that playlist's address.
func (v *visitor) play(ctx context.Context, t talk) (status int, playlist string, err error) {
	session, err := v.must(ctx, http.MethodPost, "/v1/webinars/"+t.webinar+"/playback", nil)
	if err != nil {
		return 0, "", err
	}
	manifest, _ := session["manifest_url"].(string)
	master, err := v.must(ctx, http.MethodGet, manifest, nil)
	if err != nil {
		return 0, "", err
	}
	for line := range strings.Lines(master["text"].(string)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			folder, _, _ := strings.Cut(manifest, "?")
			playlist = folder[:strings.LastIndex(folder, "/")+1] + line
			break
		}
	}
	status, _, err = v.ask(ctx, http.MethodGet, playlist, nil)
	return status, playlist, err
}
