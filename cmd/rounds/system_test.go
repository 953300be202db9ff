package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/deploy/local/s3test"
	"rounds/deploy/schema/schematest"
)

// envAsProgram makes the test binary behave as the rounds program, so that the
// end-to-end tests run the real thing in processes of its own, which can be
// killed, with the race detector inside.
const envAsProgram = "ROUNDS_E2E_AS_PROGRAM"

// envProgram names another program to run in its place.
const envProgram = "ROUNDS_E2E_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(envAsProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// system is one complete Rounds: database, buckets, API, worker and edge.
type system struct {
	t          *testing.T
	base       string // what browsers would use: the edge
	dir        string
	mailDir    string
	mediaS3    string // bucket
	adminToken string
	env        []string
	api        *process
	apis       []*process // all of them, api first
	worker     *process
	edge       *process
	transport  http.RoundTripper // of visitors; nil: the usual one
}

// startSystem boots everything and returns when it serves requests.
func startSystem(t *testing.T) *system {
	t.Helper()
	return bootSystem(t, schematest.URL(t), "serve", "work", "edge")
}

// bootSystem boots some parts over a database, which it migrates. A part that is
// named twice is started twice.
func bootSystem(t *testing.T, database string, parts ...string) *system {
	t.Helper()
	return bootSystemWith(t, database, nil, parts...)
}

// bootSystemWith boots them with settings of their own: NAME=value.
func bootSystemWith(t *testing.T, database string, settings []string, parts ...string) *system {
	t.Helper()
	dir := t.TempDir()
	client, mediaBucket := s3test.Bucket(t)
	_, uploadBucket := s3test.Bucket(t)
	_ = client
	s := &system{t: t, dir: dir, mailDir: filepath.Join(dir, "mail"), mediaS3: mediaBucket}
	edgePort, apiPorts := freePort(t), []string{freePort(t)}
	for n := range parts {
		if slices.Contains(parts[:n], parts[n]) && parts[n] == "serve" {
			apiPorts = append(apiPorts, freePort(t))
		}
	}
	s.base = "http://localhost:" + edgePort
	s.env = append(os.Environ(),
		envAsProgram+"=1",
		"ROUNDS_BASE_URL="+s.base,
		"ROUNDS_DATABASE_URL="+database,
		"ROUNDS_S3_ENDPOINT="+os.Getenv(s3test.EnvEndpoint),
		"ROUNDS_S3_ACCESS_KEY="+os.Getenv(s3test.EnvAccessKey),
		"ROUNDS_S3_SECRET_KEY="+os.Getenv(s3test.EnvSecretKey),
		"ROUNDS_UPLOAD_BUCKET="+uploadBucket,
		"ROUNDS_MEDIA_BUCKET="+mediaBucket,
		"ROUNDS_EVIDENCE_BUCKET=locked-"+catalog.NewToken(), // cannot be removed: it goes with the gateway's folder
		"ROUNDS_MASTER_KEY_FILE="+filepath.Join(dir, "keys", "master.key"),
		"ROUNDS_SIGNING_KEY_FILE="+filepath.Join(dir, "keys", "signing.pem"),
		"ROUNDS_SIGNING_KEY_ID=test-key",
		"ROUNDS_PUBLIC_KEYS=test-key="+filepath.Join(dir, "keys", "signing.pub.pem"),
		"ROUNDS_MAIL_DIR="+s.mailDir,
		"ROUNDS_WORK_DIR="+filepath.Join(dir, "work"),
		"ROUNDS_API_URL=http://127.0.0.1:"+strings.Join(apiPorts, ",http://127.0.0.1:"),
		"ROUNDS_PRESET=ultrafast",
		"ROUNDS_ADMIN_LISTEN=",
	)
	s.env = append(s.env, settings...)
	s.command("admin", "keygen", "--dir", filepath.Join(dir, "keys"))
	s.command("migrate")
	s.command("admin", "init-storage")
	s.adminToken = strings.TrimSpace(s.command("admin", "token", "--name", "test", "--role", "admin"))
	for _, part := range parts {
		switch part {
		case "serve":
			s.apis = append(s.apis, s.start(part, "--listen=127.0.0.1:"+apiPorts[len(s.apis)]))
			s.api = s.apis[0]
		case "work":
			s.worker = s.start(part)
		case "edge":
			s.edge = s.start(part, "--listen=127.0.0.1:"+edgePort)
		}
	}
	s.waitReady(slices.Concat(s.apis, []*process{s.worker, s.edge})...)
	return s
}

// command runs a command of the program to its end and returns what it printed.
func (s *system) command(args ...string) string {
	s.t.Helper()
	cmd := s.exec(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("rounds %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

func (s *system) exec(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), cmp.Or(s.setting(envProgram), os.Args[0]), args...)
	cmd.Env = s.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// process is one running part of a system.
type process struct {
	args []string
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan struct{}
}

// start runs a part until the test ends; its log is shown when the test fails.
func (s *system) start(args ...string) *process {
	s.t.Helper()
	p := &process{args: args, cmd: s.exec(args...), log: &lockedBuffer{}, done: make(chan struct{})}
	p.cmd.Stderr, p.cmd.Stdout = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		s.t.Fatalf("start %v: %v", args, err)
	}
	go func() {
		_ = p.cmd.Wait() // a killed process is expected to fail
		close(p.done)
	}()
	s.t.Cleanup(func() { s.end(p) })
	return p
}

// over tells whether a part has ended.
func (p *process) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// end stops a part in good order and fails the test when that takes too long.
func (s *system) end(p *process) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		s.t.Errorf("rounds %s did not stop within a minute of SIGTERM", p.args[0])
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	if s.t.Failed() {
		s.t.Logf("log of rounds %s:\n%s", p.args[0], p.log.tail(6000))
	}
}

// kill ends a part as a power cut would.
func (s *system) kill(p *process) {
	s.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	<-p.done
}

// waitReady waits until requests are served, which none of those parts may end before.
func (s *system) waitReady(parts ...*process) {
	s.t.Helper()
	s.eventually(2*time.Minute, "the service is ready", func() bool {
		for _, p := range parts {
			if p != nil && p.over() {
				s.t.Fatalf("rounds %s ended before it was ready", p.args[0])
			}
		}
		response, err := http.Get(s.base + "/readyz") //nolint:noctx // bounded by eventually
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// eventually asks until the condition holds and fails the test after the limit.
func (s *system) eventually(limit time.Duration, what string, condition func() bool) {
	s.t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for !condition() {
		select {
		case <-again.C:
		case <-deadline.C:
			s.t.Fatalf("after %v it is not so that %s", limit, what)
		}
	}
}

// client is one visitor: a browser with its cookies, or a machine with a token.
type client struct {
	s     *system
	token string
	http  *http.Client
}

func (s *system) admin() *client {
	return &client{s: s, token: s.adminToken, http: &http.Client{Transport: s.transport}}
}

func (s *system) visitor() *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &client{s: s, http: &http.Client{Jar: jar, Transport: s.transport}}
}

// try sends a request and returns the status and the body, whatever they are.
func (c *client) try(method, path string, body any) (int, []byte) {
	c.s.t.Helper()
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			c.s.t.Fatal(err)
		}
		reader = bytes.NewReader(encoded)
	}
	target := path
	if strings.HasPrefix(path, "/") {
		target = c.s.base + path
	}
	request, err := http.NewRequestWithContext(c.s.t.Context(), method, target, reader)
	if err != nil {
		c.s.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		c.s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, content
}

// object is a decoded JSON object.
type object map[string]any

func (o object) str(name string) string    { v, _ := o[name].(string); return v }
func (o object) num(name string) float64   { v, _ := o[name].(float64); return v }
func (o object) object(name string) object { v, _ := o[name].(map[string]any); return v }
func (o object) list(name string) []any    { v, _ := o[name].([]any); return v }
func (o object) String() string            { b, _ := json.Marshal(o); return string(b) }

// call sends a request and fails the test unless the status is the wanted one.
func (c *client) call(want int, method, path string, body any) object {
	c.s.t.Helper()
	status, content := c.try(method, path, body)
	if status != want {
		c.s.t.Fatalf("%s %s: status %d, want %d: %s", method, path, status, want, content)
	}
	answer := object{}
	if len(content) > 0 {
		if err := json.Unmarshal(content, &answer); err != nil {
			c.s.t.Fatalf("%s %s: %v in %q", method, path, err, content)
		}
	}
	return answer
}

// course is a program with one course and a presenter, ready for webinars.
type course struct{ programID, courseID, presenterID string }

func (s *system) makeCourse() course {
	s.t.Helper()
	admin := s.admin()
	program := admin.call(201, "POST", "/v1/programs", object{"title": "Cardiology certification"})
	made := admin.call(201, "POST", "/v1/programs/"+program.str("id")+"/courses", object{"title": "Heart failure"})
	presenter := admin.call(201, "POST", "/v1/presenters", object{"email": "presenter@example.org", "name": "Dr P. Resenter"})
	return course{programID: program.str("id"), courseID: made.str("id"), presenterID: presenter.str("id")}
}

func (s *system) makeWebinar(c course, title string) string {
	s.t.Helper()
	return s.admin().call(201, "POST", "/v1/courses/"+c.courseID+"/webinars",
		object{"title": title, "presenter_ids": []string{c.presenterID}}).str("id")
}

// upload sends a file in parts through the API and returns the recording.
func (s *system) upload(webinarID, path string) string {
	s.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.uploadBytes(webinarID, filepath.Base(path), content)
}

func (s *system) uploadBytes(webinarID, name string, content []byte) string {
	s.t.Helper()
	admin := s.admin()
	begun := admin.call(201, "POST", "/v1/webinars/"+webinarID+"/recordings",
		object{"filename": name, "size_bytes": len(content), "content_type": "video/mp4"})
	id, partSize := begun.str("recording_id"), int(begun.num("part_size_bytes"))
	for number, rest := 1, content; len(rest) > 0; number++ {
		part := rest[:min(partSize, len(rest))]
		rest = rest[len(part):]
		s.putPart(id, number, part)
	}
	admin.call(202, "POST", "/v1/recordings/"+id+"/upload/complete", nil)
	return id
}

func (s *system) putPart(recordingID string, number int, part []byte) {
	s.t.Helper()
	signed := s.admin().call(200, "POST", "/v1/recordings/"+recordingID+"/upload/parts", object{"part_numbers": []int{number}})
	target := object(signed.list("parts")[0].(map[string]any))
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPut, target.str("url"), bytes.NewReader(part))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range target.object("headers") {
		request.Header.Set(name, fmt.Sprint(value))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		s.t.Fatalf("PUT of part %d: %s", number, response.Status)
	}
}

// finished waits until a recording is ready or failed and returns it.
func (s *system) finished(recordingID string, limit time.Duration) object {
	s.t.Helper()
	var recording object
	s.eventually(limit, "recording "+recordingID+" is finished", func() bool {
		recording = s.admin().call(200, "GET", "/v1/recordings/"+recordingID, nil)
		return catalog.RecordingState(recording.str("state")).Final()
	})
	return recording
}

// ready waits for a recording and fails the test unless it became ready.
func (s *system) ready(recordingID string) object {
	s.t.Helper()
	recording := s.finished(recordingID, 5*time.Minute)
	if recording.str("state") != "ready" {
		s.t.Fatalf("recording is %v", recording)
	}
	return recording
}

// registerDoctor brings a new doctor into a program, from the invitation to the session.
func (s *system) registerDoctor(programID, email string) *client {
	s.t.Helper()
	invitations := s.admin().call(201, "POST", "/v1/programs/"+programID+"/invitations", object{"count": 1})
	invitation := object(invitations.list("items")[0].(map[string]any))
	doctor := s.visitor()
	doctor.call(202, "POST", "/v1/auth/register", object{
		"invitation_code": invitation.str("code"), "email": email, "name": "Dr D. Octor", "country": "DE", "time_zone": "Europe/Berlin",
	})
	doctor.call(201, "POST", "/v1/auth/session", object{"email": email, "code": s.mailedCode(email)})
	return doctor
}

var codeLine = regexp.MustCompile(`(?m)^(\d{6})\r?$`)

// mailedCode waits for the newest mail to an address and returns its six digits.
func (s *system) mailedCode(email string) string {
	s.t.Helper()
	var code string
	s.eventually(time.Minute, "a code was mailed to "+email, func() bool {
		files, err := filepath.Glob(filepath.Join(s.mailDir, "*.eml"))
		if err != nil {
			s.t.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil || !bytes.Contains(content, []byte(email)) {
				continue
			}
			if match := codeLine.FindSubmatch(content); match != nil {
				code = string(match[1])
			}
		}
		return code != ""
	})
	return code
}

// media returns the path of one of the real recordings the tests run on.
func media(t *testing.T, name string) string {
	t.Helper()
	if dir := os.Getenv("ROUNDS_TEST_MEDIA"); dir != "" {
		return filepath.Join(dir, name)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		candidate := filepath.Join(dir, "shared", "media", name)
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
	}
	t.Fatal("test recordings not found: set ROUNDS_TEST_MEDIA to their folder")
	return ""
}

// nextPort counts the ports this test binary has handed out.
var nextPort atomic.Int32

// freePort returns a port that nobody listens on and that no two callers get.
// It lies below the range that the kernel gives to outgoing connections.
func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		port := strconv.Itoa(20000 + (os.Getpid()*97+int(nextPort.Add(1)))%12000)
		socket, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		if err := socket.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no free port between 20000 and 32000")
	return ""
}

// lockedBuffer collects a process's log.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) tail(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.buf.String()
	return s[max(0, len(s)-n):]
}
