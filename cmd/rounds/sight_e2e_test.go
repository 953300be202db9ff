package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"rounds/deploy/schema/schematest"
)

// TestWhatAnOperatorSees goes a doctor's and a presenter's way through all
// processes, and then looks at their figures, their traces and their logs.
func TestWhatAnOperatorSees(t *testing.T) { //nolint:tparallel // its parts look at one journey, the last when processes have ended
	t.Parallel()
	receiver := newReceiver(t)
	s := bootSystemWith(t, schematest.URL(t), []string{
		"ROUNDS_OTLP_ENDPOINT=" + receiver.URL, "ROUNDS_TRACE_RATIO=1", "ROUNDS_LOG_LEVEL=debug", "ROUNDS_LOG_FORMAT=json", "ROUNDS_ADMIN_LISTEN=127.0.0.1:0",
		"ROUNDS_CACHE_DIR=" + filepath.Join(t.TempDir(), "cache"),
	}, "serve", "work", "edge")
	secrets := s.seenJourney(t)

	pages := map[string]string{"serve": s.scrape(t, s.api), "work": s.scrape(t, s.worker), "edge": s.scrape(t, s.edge)}
	t.Run("figures", func(t *testing.T) { checkFigures(t, pages) })
	t.Run("documented", func(t *testing.T) { checkDocumented(t, pages) })
	t.Run("watched", func(t *testing.T) { checkWatched(t, pages) })
	for _, p := range []*process{s.worker, s.api, s.edge} { // what is stopped has sent its last spans
		s.end(p)
	}
	t.Run("traces", func(t *testing.T) { checkTraces(t, receiver.all(), secrets) })
	t.Run("logs", func(t *testing.T) {
		checkLogs(t, s.api.log.tail(1<<30)+s.worker.log.tail(1<<30)+s.edge.log.tail(1<<30), secrets)
	})
}

// seenJourney is what makes figures: a recording, a doctor who watches it, and
// some things that go wrong. It returns what nobody but their owners may see.
func (s *system) seenJourney(t *testing.T) (secrets map[string]string) {
	t.Helper()
	c := s.makeCourse()
	webinar := s.makeWebinar(c, "Heart sounds")
	recording := s.upload(webinar, media(t, "edx_h264_aac.mp4"))
	s.ready(recording)
	doctor := s.registerDoctor(c.programID, "dr.house@example.org")
	play := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
	doctor.text(t, play.str("manifest_url"))
	_, key := doctor.try("GET", "/v1/recordings/"+recording+"/key", nil)
	doctor.call(200, "POST", "/v1/playback/"+play.str("session_id")+"/beats", object{
		"seq": 1, "position_s": 5, "rate": 1, "watched": [][]float64{{0, 60}},
		"events": []object{{"n": 1, "at_s": 0, "kind": "start", "ms": 700}, {"n": 2, "at_s": 2, "kind": "stall_end", "ms": 300}},
	})
	query := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback?delivery=query", nil)
	doctor.text(t, query.str("manifest_url"))
	doctor.call(200, "POST", "/v1/playback/"+query.str("session_id")+"/beats", object{"seq": 1, "position_s": 1, "rate": 1, "watched": [][]float64{{0, 1}}})
	s.visitor().call(422, "POST", "/v1/auth/session", object{"email": "dr.house@example.org", "code": "000000"})
	s.visitor().try("GET", "/v1/me", nil)
	s.visitor().try("GET", "/register?code=SECRETINVITATION", nil)
	s.admin().call(404, "GET", "/v1/recordings/rec_none", nil)

	secrets = map[string]string{
		"mail address": "dr.house@example.org", "other mail address": "presenter@example.org", "name": "Octor", "API token": s.adminToken,
		"one-time code": s.mailedCode("dr.house@example.org"), "content key": hex.EncodeToString(key), "raw content key": string(key),
		"storage key": os.Getenv("ROUNDS_TEST_S3_SECRET_KEY"), "query": "SECRETINVITATION", "master key": strings.TrimSpace(string(readFile(t, filepath.Join(s.dir, "keys", "master.key")))),
	}
	base, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range doctor.http.Jar.Cookies(base) {
		secrets["cookie "+cookie.Name] = cookie.Value
	}
	for _, parameter := range []string{"Signature", "Policy"} {
		for n, address := range []string{play.str("manifest_url"), query.str("manifest_url")} {
			if u, err := url.Parse(address); err == nil && u.Query().Get(parameter) != "" {
				secrets[fmt.Sprint(parameter, " of manifest ", n)] = u.Query().Get(parameter)
			}
		}
	}
	return secrets
}

var adminAddress = regexp.MustCompile(`"name":"\w+ admin","address":"([^"]+)"`)

// scrape reads the figures of a process, whose log says where they are.
func (s *system) scrape(t *testing.T, p *process) string {
	t.Helper()
	found := adminAddress.FindStringSubmatch(p.log.tail(1 << 30))
	if found == nil {
		t.Fatalf("rounds %s does not say where its figures are", p.args[0])
	}
	response, err := http.Get("http://" + found[1] + "/metrics") //nolint:noctx // of this machine
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", response.StatusCode, err)
	}
	return string(page)
}

// checkFigures: names, helps and units are as the field wants them, labels are
// few, and the journey is in the numbers.
func checkFigures(t *testing.T, pages map[string]string) {
	t.Helper()
	for part, page := range pages {
		problems, err := promlint.New(strings.NewReader(page)).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			if strings.HasPrefix(p.Metric, "rounds_") { // the others are the libraries'
				t.Errorf("%s: %s: %s", part, p.Metric, p.Text)
			}
		}
		series := map[string]int{}
		for line := range strings.Lines(page) {
			if name, _, labelled := strings.Cut(line, "{"); labelled {
				series[name]++
			}
		}
		for name, n := range series {
			if n > 250 {
				t.Errorf("%s: %s has %d series", part, name, n)
			}
		}
		for _, id := range []string{"rec_", "web_", "pbs_", "acc_", "@"} {
			for line := range strings.Lines(page) {
				if strings.Contains(line, `="`+id) {
					t.Errorf("%s: an id is a label: %s", part, line)
				}
			}
		}
	}
	for part, lines := range figuresOfTheJourney {
		for _, line := range lines {
			if !regexp.MustCompile(`(?m)^` + line + `$`).MatchString(pages[part]) {
				t.Errorf("%s: nothing matches %s\n%s", part, line, like(pages[part], line))
			}
		}
	}
}

// figuresOfTheJourney are what the journey must have left, as regular expressions.
var figuresOfTheJourney = map[string][]string{
	"serve": {
		`rounds_build_info\{.*revision=.*\} 1`, `rounds_viewers 1`, `rounds_beat_seconds_total\{result="accepted"\} [1-9].*`, `rounds_beat_seconds_total\{result="refused"\} \d.*`,
		`rounds_beat_commit_size_count 2`, `rounds_player_startup_seconds_count 1`, `rounds_player_stalled_seconds_total 0.3`,
		`rounds_sign_ins_total\{result="ok",way="code"\} 1`, `rounds_sign_ins_total\{result="\w+",way="code"\} 1`,
		`rounds_http_request_duration_seconds_count\{area="key",method="GET",status="200"\} 1`, `rounds_http_request_duration_seconds_count\{area="playback",method="POST",status="201"\} 2`,
		`rounds_uploads_total 1`, `rounds_upload_parts_total 1`, `rounds_upload_bytes_total \d.*`, `rounds_database_up 1`, `rounds_database_connections\{state="idle"\} \d+`,
		`rounds_storage_request_duration_seconds_count\{operation="CompleteMultipartUpload",result="ok"\} 1`, `rounds_recordings_open\{state="processing"\} 0`,
		`rounds_recordings_awaiting_verdict 0`, `rounds_messages_waiting\{urgent="true"\} 0`, `rounds_chunks_waiting 0`, `rounds_panics_total 0`,
		`rounds_jobs_total\{kind="notify_send",result="done"\} [1-9].*`, `rounds_problems_total\{code="not_found"\} [1-9].*`, `rounds_upkeep_last_done_timestamp_seconds\{chore="quality"\} .*`,
	},
	"work": {
		`rounds_jobs_total\{kind="transcode",result="done"\} 1`, `rounds_jobs_total\{kind="chunk",result="done"\} [1-9].*`, `rounds_recordings_processed_total\{code="",result="ready"\} 1`,
		`rounds_recording_processing_seconds_count 1`, `rounds_recording_stage_seconds_count\{stage="encode"\} 1`, `rounds_program_runs_total\{program="ffmpeg",result="ok"\} [1-9].*`,
		`rounds_program_peak_memory_bytes_sum\{program="ffmpeg"\} [1-9].*`, `rounds_encoding_speed_ratio_count\{kind="picture"\} [1-9].*`, `rounds_disk_free_bytes\{folder="work"\} [1-9].*`,
	},
	"edge": {
		`rounds_edge_cache_misses_total [1-9].*`, `rounds_http_response_bytes_total\{area="media"\} [1-9].*`, `rounds_storage_request_duration_seconds_count\{operation="GetObject",result="ok"\} [1-9].*`,
		`rounds_disk_size_bytes\{folder="cache"\} [1-9].*`,
	},
}

// like are the lines of a page that a pattern may have meant.
func like(page, pattern string) string {
	name := regexp.MustCompile(`^\w+`).FindString(pattern)
	var lines []string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, name) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// metricNames are those of Rounds that the pages have, without the parts of histograms.
func metricNames(pages map[string]string) []string {
	var names []string
	for _, page := range pages {
		for _, found := range regexp.MustCompile(`(?m)^# TYPE (rounds_\w+) `).FindAllStringSubmatch(page, -1) {
			names = append(names, found[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// receiver takes spans as a collector does.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []seenSpan
}

// seenSpan is a span and the process it came from.
type seenSpan struct {
	*tracepb.Span
	service string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var batch collectorpb.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &batch)
		}
		if err != nil || request.URL.Path != "/v1/traces" {
			t.Errorf("spans: %s %v", request.URL.Path, err)
		}
		r.take(&batch)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) take(batch *collectorpb.ExportTraceServiceRequest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, from := range batch.GetResourceSpans() {
		service := ""
		for _, a := range from.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range from.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				r.spans = append(r.spans, seenSpan{span, service})
			}
		}
	}
}

func (r *receiver) all() []seenSpan {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

// attribute is a value of a span in words.
func (s seenSpan) attribute(key string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == key {
			return strings.Trim(a.GetValue().String(), `"`)
		}
	}
	return ""
}

// said is all that a span says, but the random numbers that name it.
func (s seenSpan) said() string {
	words := []string{s.GetName(), s.GetStatus().String(), s.GetTraceState()}
	for _, a := range s.GetAttributes() {
		words = append(words, a.String())
	}
	for _, e := range s.GetEvents() {
		words = append(words, e.String())
	}
	return strings.Join(words, " ")
}

// checkTraces: completing the upload and all that follows, over three processes
// and the programs they ran, is one trace without a gap; and no span says what
// must stay here.
func checkTraces(t *testing.T, all []seenSpan, secrets map[string]string) {
	t.Helper()
	var trace []byte
	for _, s := range all {
		if s.GetName() == "POST /v1/recordings/{id}/upload/complete" && s.service == "rounds-serve" {
			trace = s.GetTraceId()
		}
	}
	ids, got := map[string]bool{}, map[string]seenSpan{}
	for _, s := range all {
		if bytes.Equal(s.GetTraceId(), trace) {
			ids[string(s.GetSpanId())] = true
			got[s.service+": "+s.GetName()] = s
		}
	}
	for _, want := range []string{
		"rounds-edge: POST api", "rounds-serve: POST /v1/recordings/{id}/upload/complete", "rounds-serve: S3 CompleteMultipartUpload",
		"rounds-work: job transcode", "rounds-work: attempt", "rounds-work: verdict", "rounds-work: probe", "rounds-work: ffprobe", "rounds-work: plan",
		"rounds-work: encode", "rounds-work: job chunk", "rounds-work: piece", "rounds-work: ffmpeg", "rounds-work: join", "rounds-work: package",
		"rounds-work: store", "rounds-work: S3 PutObject", "rounds-work: verify", "rounds-work: publish", "rounds-work: sql update",
	} {
		if _, there := got[want]; !there {
			t.Errorf("no span %q in the trace of the upload", want)
		}
	}
	for name, s := range got {
		if parent := string(s.GetParentSpanId()); parent != "" && !ids[parent] {
			t.Errorf("the span above %s is missing", name)
		}
	}
	ran := got["rounds-work: ffmpeg"]
	if ran.Span != nil && (!strings.Contains(ran.attribute("process.exit.code"), "0") || ran.attribute("process.cpu.seconds") == "" || ran.attribute("process.memory.peak_bytes") == "") {
		t.Errorf("a run of ffmpeg says %v", ran.GetAttributes())
	}
	for _, s := range all {
		if strings.Contains(s.GetName(), "health") {
			t.Errorf("a question of health is a span: %s", s.GetName())
		}
		text := s.said()
		for what, secret := range secrets {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("the %s is in a span: %s", what, text)
			}
		}
		for _, forbidden := range []string{"http://", "https://", "/media/", "uploads/", "@", "?"} {
			if strings.Contains(text, forbidden) && !strings.Contains(s.attribute("db.query.text"), forbidden) {
				t.Errorf("%q is in a span: %s", forbidden, text)
			}
		}
	}
}

// checkLogs: no line says a secret, and lines name what they are about.
func checkLogs(t *testing.T, log string, secrets map[string]string) {
	t.Helper()
	for line := range strings.Lines(log) {
		for what, secret := range secrets {
			if secret != "" && strings.Contains(line, secret) {
				t.Errorf("the %s is in the log: %s", what, line)
			}
		}
		if strings.Contains(line, `"msg":"request"`) && !strings.Contains(line, `"path":"/readyz"`) && (!strings.Contains(line, `"request_id":"`) || !strings.Contains(line, `"trace_id":"`)) {
			t.Errorf("a request without its ids: %s", line)
		}
		if strings.Contains(line, `"msg":"recording ready"`) && (!strings.Contains(line, `"recording":"rec_`) || !strings.Contains(line, `"job":`) || !strings.Contains(line, `"trace_id":"`)) {
			t.Errorf("a recording without its ids: %s", line)
		}
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) {
			t.Logf("somebody is woken by: %s", line)
		}
	}
}
