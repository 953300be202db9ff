package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestProcessingIsTold: whoever waits for a recording sees it go through its
// stages to the end, through the front door, and gets a mail.
func TestProcessingIsTold(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	webinar := s.makeWebinar(s.makeCourse(), "Beta blockers")

	good := s.watch(s.upload(webinar, media(t, "camera_car_12fps.mp4")))
	last := good[len(good)-1]
	if last.str("state") != "ready" || last.num("progress") != 1 {
		t.Errorf("the last event is %v", last)
	}
	for _, stage := range last.list("stages") {
		if object(stage.(map[string]any)).str("state") != "done" {
			t.Errorf("at the end a stage is %v", stage)
		}
	}
	if seen := runningStages(good); !slices.Contains(seen, "encode") || len(seen) < 2 {
		t.Errorf("stages seen running: %v", seen)
	}
	if !slices.IsSortedFunc(good, func(a, b object) int { return int(1e6*a.num("progress")) - int(1e6*b.num("progress")) }) {
		t.Error("progress goes back")
	}
	s.mailed("Ready to watch: Beta blockers", s.base+"/upload/"+webinar, 1)

	id := s.uploadBytes(webinar, "letter.mp4", []byte(strings.Repeat("this is no video ", 100)))
	bad := s.watch(id)
	if last := bad[len(bad)-1]; last.str("state") != "failed" || last.object("error").str("message") == "" {
		t.Errorf("the last event is %v", last)
	}
	s.mailed("cannot be used yet: Beta blockers", s.base+"/upload/"+webinar, 1)
	s.retryByHand(t, id)
	s.mailed("cannot be used yet: Beta blockers", s.base+"/upload/"+webinar, 2)
	s.mailed("Ready to watch: Beta blockers", s.base+"/upload/"+webinar, 1)
}

// retryByHand uses the command line on a recording whose file is no video.
func (s *system) retryByHand(t *testing.T, id string) {
	t.Helper()
	retry := func() string {
		command := s.exec("admin", "retry", id, "--wait")
		command.Env = append(command.Env, "ROUNDS_TOKEN="+s.adminToken)
		out, err := command.CombinedOutput()
		if err == nil {
			t.Errorf("admin retry succeeded: %s", out)
		}
		return string(out)
	}
	if said := retry(); !strings.Contains(said, "failed_for_good") {
		t.Errorf("retry of a file that is no video: %s", said)
	}
	s.alterRow(t, `update recordings set failure = failure || '{"code": "internal"}' where id = $1`, id)
	if said := retry(); !strings.Contains(said, "cannot be used (not_media)") {
		t.Errorf("retry after a fault of ours: %s", said)
	}
}

// watch reads the events of a recording until the service ends the stream.
func (s *system) watch(recording string) (events []object) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+"/v1/recordings/"+recording+"/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.adminToken)
	client := &http.Client{Timeout: 5 * time.Minute}
	response, err := client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "text/event-stream" {
		s.t.Fatalf("events: %s, %s", response.Status, kind)
	}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		event := object{}
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			s.t.Fatalf("%v in %q", err, data)
		}
		events = append(events, event)
	}
	if err := lines.Err(); err != nil || len(events) == 0 {
		s.t.Fatalf("stream of %d events ended with %v", len(events), err)
	}
	return events
}

// runningStages are the stages that some event shows as running, in order.
func runningStages(events []object) (names []string) {
	for _, event := range events {
		for _, stage := range event.list("stages") {
			o := object(stage.(map[string]any))
			if o.str("state") == "running" && !slices.Contains(names, o.str("name")) {
				names = append(names, o.str("name"))
			}
		}
	}
	return names
}

// mailed waits until that many mails contain both texts, and fails the test if
// there are more.
func (s *system) mailed(subject, text string, want int) {
	s.t.Helper()
	count := func() (n int) {
		files, err := filepath.Glob(filepath.Join(s.mailDir, "*.eml"))
		if err != nil {
			s.t.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			content = bytes.ReplaceAll(content, []byte("=\r\n"), nil) // quoted-printable, RFC 2045 section 6.7
			if err == nil && bytes.Contains(content, []byte(subject)) && bytes.Contains(content, []byte(text)) {
				n++
			}
		}
		return n
	}
	s.eventually(time.Minute, "mail about "+subject, func() bool { return count() >= want })
	if n := count(); n != want {
		s.t.Errorf("%d mails about %q, want %d", n, subject, want)
	}
}

// alterRow changes one row behind the system's back.
func (s *system) alterRow(t *testing.T, sql string, args ...any) {
	t.Helper()
	db := s.database(t)
	if tag, err := db.Exec(t.Context(), sql, args...); err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%s: %v, %v", sql, tag, err)
	}
}
