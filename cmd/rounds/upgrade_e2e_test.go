//go:build upgrade

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rounds/deploy/local/pgtest"
)

// upgradeLimit bounds each step of the upgrade, on a machine that is busy.
const upgradeLimit = 3 * time.Minute

// upgradeDrain is longer than the edge takes to notice that /readyz is red.
const upgradeDrain = 5 * time.Second

// TestUpgradeWithoutDowntime runs the release before: two API processes, a
// worker, an edge. While doctors sign in and watch, a presenter uploads and the
// worker encodes, the new program migrates the database and takes the place of
// one process after the other, of the edge several times. No request fails, no
// acknowledged second is lost, what was being uploaded and encoded becomes ready.
func TestUpgradeWithoutDowntime(t *testing.T) {
	before := releaseBefore(t)
	cluster, err := pgtest.New(t.Context(), filepath.Join(pgtest.TempDir(t), "cluster"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() }) // the test is over
	u := &upgrade{system: bootSystemWith(t, cluster.URL("postgres"),
		[]string{envProgram + "=" + before, "ROUNDS_DRAIN=" + upgradeDrain.String()}, "serve", "serve", "work", "edge")}
	u.leadTo(strings.TrimPrefix(u.base, "http://localhost:"))
	u.transport = &http.Transport{DialContext: u.dial, MaxIdleConnsPerHost: 64}
	if strings.Contains(u.command("--help"), "ROUNDS_PORTS_SOCKET") {
		u.putEdgeBehindPorts()
	}
	t.Logf("before: %s, schema %s", strings.TrimSpace(u.command("--version")), u.schemaVersion())

	c := u.makeCourse()
	webinar := u.makeWebinar(c, "Beta blockers")
	u.ready(u.upload(webinar, media(t, "camera_car_12fps.mp4")))
	half := u.beginUpload(u.makeWebinar(c, "Half uploaded"), padded(t, media(t, "camera_car_12fps.mp4")))
	half.putNext()
	encoding := u.upload(u.makeWebinar(c, "Being encoded"), longTalk(t))
	u.eventually(upgradeLimit, "the encoder is at work", func() bool {
		return u.admin().call(200, "GET", "/v1/recordings/"+encoding, nil).str("state") == "processing"
	})

	traffic := u.begin(c, webinar, half.id)
	traffic.goOn("nothing happened")
	u.env = append(u.env, envProgram+"=") // from here on what is started is new
	u.command("migrate")
	t.Logf("after: schema %s", u.schemaVersion())
	traffic.goOn("the new program migrated, all else being old")
	for i := range u.apis {
		u.replaceAPI(i)
		traffic.goOn(fmt.Sprintf("API process %d was replaced", i))
		half.putNext()
	}
	worker := u.start("work", "--work-dir="+filepath.Join(u.dir, "work-new"))
	u.leave(u.worker)
	u.worker = worker
	traffic.goOn("the worker was replaced")
	if u.ports == nil {
		u.putEdgeBehindPorts()
		traffic.goOn("the edge was put behind rounds ports")
	}
	for i := range edgeReplacements {
		u.replaceEdge()
		traffic.goOn(fmt.Sprintf("the edge was replaced, %d", i+1))
	}
	half.putNext()
	half.complete()
	u.ready(half.id)
	u.ready(encoding)
	traffic.finish()
}

// edgeReplacements is how often the edge is replaced: what it could lose is a
// matter of milliseconds.
const edgeReplacements = 3

// upgrade is a system whose processes are replaced.
type upgrade struct {
	*system
	front atomic.Pointer[string] // port where visitors find the edge
	ports *process               // what holds it
}

func (u *upgrade) leadTo(port string) { u.front.Store(&port) }

// dial connects visitors to where the edge is.
func (u *upgrade) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+*u.front.Load())
}

// replaceAPI stops an API process in good order and starts the new program in its place.
func (u *upgrade) replaceAPI(i int) {
	u.t.Helper()
	old := u.apis[i]
	address := "http://" + strings.TrimPrefix(old.args[1], "--listen=")
	if err := old.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		u.t.Fatal(err)
	}
	u.eventually(upgradeLimit, "/readyz of the API process that leaves is red", func() bool { return status(address+"/readyz") == http.StatusServiceUnavailable })
	if got := status(address + "/healthz"); got != http.StatusOK {
		u.t.Errorf("a process that leaves answers %d while it drains", got)
	}
	u.ended(old)
	u.apis[i] = u.start(old.args...)
	u.eventually(upgradeLimit, "the new API process is ready", func() bool { return status(address+"/readyz") == http.StatusOK })
	u.eventually(upgradeLimit, "the edge knows that it is there", func() bool {
		return strings.Count(u.edge.log.tail(1<<20), "an API process is back") > i
	})
}

// putEdgeBehindPorts brings an edge that opened its port itself behind a port
// that is held for edges. That port is another one, and visitors are led there
// before the edge is stopped: what it leaves in its backlog would be lost.
func (u *upgrade) putEdgeBehindPorts() {
	u.t.Helper()
	port, socket := freePort(u.t), filepath.Join(u.dir, "ports")
	u.ports = u.start("ports", "--listen=127.0.0.1:"+port, "--ports-socket="+socket)
	u.env = append(u.env, "ROUNDS_PORTS_SOCKET="+socket)
	edge := u.startEdge()
	u.leadTo(port)
	u.transport.(*http.Transport).CloseIdleConnections() // to where it was
	u.leave(u.edge)
	u.edge = edge
}

// replaceEdge starts an edge beside the one that is there, then stops that.
func (u *upgrade) replaceEdge() {
	u.t.Helper()
	edge := u.startEdge()
	u.leave(u.edge)
	u.edge = edge
}

// startEdge starts an edge on the port that is held, and returns when it serves.
func (u *upgrade) startEdge() *process {
	u.t.Helper()
	edge := u.start("edge")
	u.eventually(upgradeLimit, "the new edge serves", func() bool { return strings.Contains(edge.log.tail(1<<20), "msg=listening name=edge ") })
	return edge
}

// leave stops a process as a service manager does.
func (u *upgrade) leave(p *process) {
	u.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		u.t.Fatal(err)
	}
	u.ended(p)
}

// ended waits for a process that was told to stop, and wants it to have ended well.
func (u *upgrade) ended(p *process) {
	u.t.Helper()
	select {
	case <-p.done:
	case <-time.After(upgradeLimit):
		u.t.Fatalf("rounds %s does not stop", p.args[0])
	}
	if !p.cmd.ProcessState.Success() {
		u.t.Errorf("rounds %s: %s\n%s", p.args[0], p.cmd.ProcessState, p.log.tail(2000))
	}
}

func (u *upgrade) schemaVersion() (version string) {
	u.t.Helper()
	if err := u.database(u.t).QueryRow(u.t.Context(), `select version::text from schema_version`).Scan(&version); err != nil {
		u.t.Fatal(err)
	}
	return version
}

func status(address string) int {
	response, err := http.Get(address) //nolint:noctx // bounded by eventually
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// traffic is what goes on meanwhile. Each request has to succeed at its first try.
type traffic struct {
	*upgrade
	stop    context.CancelFunc
	running sync.WaitGroup

	following sync.WaitGroup
	viewers   []*viewer
	signIns   atomic.Int64
	streams   atomic.Int64 // times that the server-sent events were opened
	reads     atomic.Int64
	ending    atomic.Bool
}

func (u *upgrade) begin(c course, webinar, uploading string) *traffic {
	u.t.Helper()
	ctx, stop := context.WithCancel(u.t.Context())
	r := &traffic{upgrade: u, stop: stop}
	u.t.Cleanup(func() { stop(); r.running.Wait(); r.following.Wait() })
	for i := range 4 {
		v := &viewer{client: u.registerDoctor(c.programID, fmt.Sprintf("viewer%d@example.org", i))}
		play := v.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
		v.session, v.manifest = play.str("session_id"), play.str("manifest_url")
		if i%2 == 0 { // a connection for each request: one of them is always on its way
			v.http.Transport = &http.Transport{DialContext: u.dial, DisableKeepAlives: true}
		}
		r.viewers = append(r.viewers, v)
	}
	// They have been watching a talk of ten hours for nine.
	db := u.database(u.t)
	if _, err := db.Exec(ctx, `update playback_sessions set started_at = now() - interval '9 hours'`); err != nil {
		u.t.Fatal(err)
	}
	if _, err := db.Exec(ctx, `update recordings set duration_ms = 36000000 where id = (select current_recording_id from webinars where id = $1)`, webinar); err != nil {
		u.t.Fatal(err)
	}
	for _, v := range r.viewers {
		r.running.Go(func() { v.watch(ctx, &r.ending) })
	}
	r.running.Go(func() {
		for n := 0; !r.ending.Load(); n++ {
			d := u.registerDoctor(c.programID, fmt.Sprintf("newcomer%d@example.org", n))
			d.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
			r.signIns.Add(1)
		}
	})
	r.running.Go(func() {
		again := time.NewTicker(50 * time.Millisecond) // within what one person may send
		defer again.Stop()
		for v := r.viewers[0]; !r.ending.Load(); r.reads.Add(1) {
			<-again.C
			v.call(200, "GET", "/v1/me", nil)
			u.admin().call(200, "GET", "/v1/programs/"+c.programID+"/courses", nil)
			if code, body := v.try("GET", v.manifest, nil); code != http.StatusOK {
				u.t.Errorf("the playlist: %d %s", code, body)
				return
			}
		}
	})
	r.following.Go(func() { r.follow(ctx, uploading) })
	return r
}

// follow reads server-sent events until the recording is final. When a stream is
// cut off with the process it comes from it is opened again, as browsers do.
func (r *traffic) follow(ctx context.Context, recording string) {
	for state := ""; state != "ready" && state != "failed"; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+"/v1/recordings/"+recording+"/events", http.NoBody)
		if err != nil {
			r.t.Error(err)
			return
		}
		request.Header.Set("Authorization", "Bearer "+r.adminToken)
		response, err := r.admin().http.Do(request)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.t.Errorf("server-sent events: %v", err)
			return
		case response.StatusCode != http.StatusOK:
			r.t.Errorf("server-sent events: %s", response.Status)
			return
		}
		r.streams.Add(1)
		state = lastState(response.Body)
		_ = response.Body.Close()
	}
}

// lastState reads a stream to its end and returns the last state it told of.
func lastState(stream io.Reader) (state string) {
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		told := object{}
		if data, is := strings.CutPrefix(lines.Text(), "data: "); is && json.Unmarshal([]byte(data), &told) == nil {
			state = told.str("state")
		}
	}
	return state
}

// goOn waits until everybody has got further.
func (r *traffic) goOn(what string) {
	r.t.Helper()
	signIns, reads := r.signIns.Load(), r.reads.Load()
	acknowledged := make([]int64, len(r.viewers))
	for i, v := range r.viewers {
		acknowledged[i] = v.acknowledged.Load()
	}
	r.eventually(upgradeLimit, "traffic goes on after "+what, func() bool {
		on := r.signIns.Load() > signIns && r.reads.Load() > reads+3
		for i, v := range r.viewers {
			on = on && v.acknowledged.Load() > acknowledged[i]+5
		}
		return on || r.t.Failed()
	})
	if r.t.Failed() {
		r.t.Fatalf("requests failed before or when %s", what)
	}
}

// finish ends the traffic and holds what is on record against what was told.
func (r *traffic) finish() {
	r.t.Helper()
	r.ending.Store(true)
	r.running.Wait()
	r.following.Wait() // the recording is ready
	r.stop()
	if opened, cut := r.streams.Load(), int64(len(r.apis)+edgeReplacements+1); opened > 1+cut {
		r.t.Errorf("server-sent events were opened %d times, but only %d processes ended", opened, cut)
	}
	var seconds int64
	for _, v := range r.viewers {
		var ranges string
		err := r.database(r.t).QueryRow(r.t.Context(), `select ranges::text from coverage where origin_id = $1`, v.session).Scan(&ranges)
		told := v.acknowledged.Load()
		if err != nil || ranges != fmt.Sprintf("{[0,%d)}", told*1000) {
			r.t.Errorf("%d s were acknowledged, on record are %s: %v", told, ranges, err)
		}
		seconds += told
	}
	r.t.Logf("none failed of: %d beats, %d registrations with sign-in and playback, 3 × %d reads; server-sent events were opened %d times",
		seconds, r.signIns.Load(), r.reads.Load(), r.streams.Load())
}

// viewer watches a second with each beat.
type viewer struct {
	*client
	session, manifest string
	acknowledged      atomic.Int64
}

func (v *viewer) watch(ctx context.Context, ending *atomic.Bool) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for second := int64(1); !ending.Load(); second++ {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		beat := object{"seq": second, "position_s": second, "rate": 1, "watched": [][]int64{{second - 1, second}}}
		code, body := v.try("POST", "/v1/playback/"+v.session+"/beats", beat)
		if ctx.Err() != nil {
			return
		}
		if code != http.StatusOK {
			v.s.t.Errorf("beat %d: %d %s", second, code, body)
			return
		}
		v.acknowledged.Store(second)
	}
}

// uploading is a file that is sent part by part.
type uploading struct {
	s        *system
	id       string
	partSize int
	number   int
	rest     []byte
}

func (s *system) beginUpload(webinar string, content []byte) *uploading {
	s.t.Helper()
	begun := s.admin().call(201, "POST", "/v1/webinars/"+webinar+"/recordings",
		object{"filename": "talk.mp4", "size_bytes": len(content), "content_type": "video/mp4"})
	return &uploading{s: s, id: begun.str("recording_id"), partSize: int(begun.num("part_size_bytes")), rest: content}
}

func (u *uploading) putNext() {
	u.s.t.Helper()
	if len(u.rest) == 0 {
		u.s.t.Fatal("there is no part left to send")
	}
	part := u.rest[:min(u.partSize, len(u.rest))]
	u.number, u.rest = u.number+1, u.rest[len(part):]
	u.s.putPart(u.id, u.number, part)
}

func (u *uploading) complete() {
	u.s.t.Helper()
	if len(u.rest) > 0 {
		u.s.t.Fatalf("%d bytes are left to send", len(u.rest))
	}
	u.s.admin().call(202, "POST", "/v1/recordings/"+u.id+"/upload/complete", nil)
}

// padded is a file with a `free` box behind it (ISO/IEC 14496-12, 8.1.2), so
// large that it takes four parts to send.
func padded(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	box := binary.BigEndian.AppendUint32(nil, 3*8<<20)
	box = append(append(box, "free"...), make([]byte, 3*8<<20-8)...)
	return append(content, box...)
}

// releaseBefore builds what deploy/schema/released names, or ROUNDS_PREVIOUS. In
// a clone without its history the commit is fetched.
func releaseBefore(t *testing.T) (program string) {
	t.Helper()
	root := strings.TrimSpace(string(git(t, ".", "rev-parse", "--show-toplevel")))
	text, err := os.ReadFile(filepath.Join(root, "deploy", "schema", "released"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^commit ([0-9a-f]{40})$`).FindSubmatch(text)
	if named == nil {
		t.Fatal("deploy/schema/released names no commit")
	}
	commit := string(named[1])
	if other := os.Getenv("ROUNDS_PREVIOUS"); other != "" {
		commit = other
	}
	if exec.CommandContext(t.Context(), "git", "-C", root, "cat-file", "-e", commit+"^{commit}").Run() != nil {
		if out, err := exec.CommandContext(t.Context(), "git", "-C", root, "fetch", "--quiet", "--depth=1", "origin", commit).CombinedOutput(); err != nil {
			t.Fatalf("the release before is commit %s (deploy/schema/released, or ROUNDS_PREVIOUS), which this clone lacks, and origin does not give it: %v\n%s", commit, err, out)
		}
	}
	dir := t.TempDir()
	unpack := exec.CommandContext(t.Context(), "tar", "-x", "-C", dir)
	unpack.Stdin = bytes.NewReader(git(t, root, "archive", commit))
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sameMigrations(t, filepath.Join(dir, "deploy", "schema", "migrations"), filepath.Join(root, "deploy", "schema", "migrations"))
	program = filepath.Join(dir, "rounds-before")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags=-X main.release="+commit[:12], "-o", program, "./cmd/rounds")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the release before: %v\n%s", err, out)
	}
	return program
}

// sameMigrations wants those of the release before to be here as they were.
func sameMigrations(t *testing.T, before, now string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(before, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d migrations were released, %v", len(files), err)
	}
	for _, path := range files {
		then, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if is, err := os.ReadFile(filepath.Join(now, filepath.Base(path))); err != nil || !bytes.Equal(is, then) {
			t.Errorf("%s was released and is another one now: write a new migration instead (%v)", filepath.Base(path), err)
		}
	}
}

func git(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}
