package main

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// checkFallback: the progressive file plays through the API while the doctor
// plays, is of no use as it lies in the bucket, and is refused to others.
func (s *system) checkFallback(t *testing.T, doctor *client, webinar string) {
	t.Helper()
	play := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
	address := play.str("fallback_url")
	status, file := doctor.try("GET", address, nil)
	if status != http.StatusOK || !strings.HasPrefix(string(file[4:]), "ftyp") {
		t.Fatalf("GET %s: %d, %d bytes", address, status, len(file))
	}
	decode(t, doctor.cookieHeader(t, address), address)
	streams, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-headers", doctor.cookieHeader(t, address),
		"-show_entries", "stream=codec_name", "-of", "csv=p=0", address).CombinedOutput()
	if err != nil || strings.Fields(string(streams))[0] != "h264" || !strings.Contains(string(streams), "aac") {
		t.Errorf("ffprobe: %v %s", err, streams)
	}
	folder, _, _ := strings.Cut(play.str("manifest_url"), "master.m3u8")
	status, stored := doctor.try("GET", folder+"fallback.mp4", nil)
	if status != http.StatusOK || len(stored) != len(file) || strings.Contains(string(stored[:64]), "ftyp") {
		t.Errorf("with cookies: %d, %d bytes, the file has %d", status, len(stored), len(file))
	}
	for name, visitor := range map[string]*client{"anybody": s.visitor(), "a machine": s.admin()} {
		if status, _ := visitor.try("GET", address, nil); status != http.StatusUnauthorized && status != http.StatusForbidden {
			t.Errorf("%s gets the progressive file: %d", name, status)
		}
	}
}
