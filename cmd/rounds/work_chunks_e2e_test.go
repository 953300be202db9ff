package main

import (
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/deploy/schema/schematest"
)

// TestAScaledOutServiceLosesMachines: two processes of the API and three workers
// share one database and one storage behind the edge. While doctors watch and the
// workers encode the pieces of one recording, one of each is killed. Every
// acknowledged second stays on record, and the recording becomes ready, whole,
// with nothing left of the pieces.
func TestAScaledOutServiceLosesMachines(t *testing.T) {
	t.Parallel()
	s := bootSystem(t, schematest.URL(t), "serve", "serve", "work", "edge")
	var workers []*process
	for _, name := range []string{"work2", "work3"} {
		workers = append(workers, s.start("work", "--work-dir="+filepath.Join(s.dir, name), "--admin-listen=127.0.0.1:"+freePort(t)))
	}
	doctors := gather(s, 6)
	c := s.makeCourse()
	webinar, source := s.makeWebinar(c, "A long talk"), longTalk(t)
	id := s.upload(webinar, source)

	db := s.database(t)
	s.eventually(time.Minute, "several workers are at pieces of the recording", func() bool {
		var workers int
		err := db.QueryRow(t.Context(), `select count(distinct worker) from chunks where recording_id = $1 and state in ('running', 'done')
			and exists (select from chunks r where r.recording_id = $1 and r.state = 'running')`, id).Scan(&workers)
		return err == nil && workers >= 2
	})
	s.kill(s.apis[1])
	s.kill(workers[0])
	doctors.goOn("an API process and a worker were killed")

	ready := s.ready(id)
	if stage := object(ready.list("stages")[2].(map[string]any)); stage.object("chunks").num("total") != 3 {
		t.Errorf("the encode's stage is told as %v", stage)
	}
	if got := ready.num("duration_s"); math.Abs(got-probeDuration(t, source)) > 0.1 {
		t.Errorf("duration %v s", got)
	}
	doctor := s.registerDoctor(c.programID, "share@example.org")
	s.checkVariants(t, doctor, webinar, source, ready)
	doctors.finish()
	var left int
	if err := db.QueryRow(t.Context(), `select count(*) from chunks`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d pieces are left: %v", left, err)
	}
	if keys := s.uploadKeys(t); len(keys) != 1 || !strings.HasSuffix(keys[0], "/source") {
		t.Errorf("left in the upload bucket: %v", keys)
	}
}

// longTalk generates a recording of a little more than two minutes, two pieces of
// picture, that is quick to encode but not at once.
func longTalk(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "talk.mp4")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=r=15:s=640x360:d=130",
		"-f", "lavfi", "-i", "sine=d=130", "-c:v", "libx264", "-preset", "ultrafast", "-g", "150", path).CombinedOutput()
	if err != nil {
		t.Fatalf("generate: %v\n%s", err, out)
	}
	return path
}

// database connects to the system's database.
func (s *system) database(t *testing.T) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), s.setting("ROUNDS_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(t.Context()) })
	return db
}

// setting is the value of an environment variable of the system.
func (s *system) setting(name string) (value string) {
	for _, setting := range s.env {
		if v, ok := strings.CutPrefix(setting, name+"="); ok {
			value = v
		}
	}
	return value
}
