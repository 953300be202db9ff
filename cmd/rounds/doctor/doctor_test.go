package doctor_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/cmd/rounds/doctor"
	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
	"rounds/deploy/local/s3test"
	"rounds/deploy/schema"
	"rounds/deploy/schema/schematest"
)

// service is one that everything is well with, as far as a test can have it.
func service(t *testing.T) (c doctor.Config, exec func(sql string, args ...any)) {
	t.Helper()
	front := httptest.NewServer(http.HandlerFunc(frontDoor))
	t.Cleanup(front.Close)
	base, err := url.Parse(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	client, uploads := s3test.Bucket(t)
	_, media := s3test.Bucket(t)
	db := schematest.New(t)
	c = doctor.Config{
		Base: base, API: base, DB: db, Schema: schema.Latest(), Chores: []care.Chore{{Name: "purge", Every: time.Hour}},
		S3: client, UploadBucket: uploads, MediaBucket: media, Mail: doctor.Mail{Server: mailServer(t)}, Sealer: sealer,
		SigningKey: key, SigningID: "k", PublicKeys: map[string]crypto.PublicKey{"k": key.Public()}, QualityAge: 14 * 24 * time.Hour, Built: time.Now(),
		Paths: []string{t.TempDir()}, LogDirs: []string{t.TempDir()}, Limit: 20 * time.Second,
	}
	return c, func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// frontDoor stands for the edge: media only with a signature.
func frontDoor(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/media/") && r.URL.Query().Get("Key-Pair-Id") != "k" {
		w.WriteHeader(http.StatusForbidden)
	}
}

func mailServer(t *testing.T) string {
	t.Helper()
	socket, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		for {
			conn, err := socket.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("220 here\r\n"))
			_ = conn.Close()
		}
	}()
	return socket.Addr().String()
}

func lights(r care.Report) map[string]care.Line {
	lines := map[string]care.Line{}
	for _, l := range r.Lines {
		lines[l.Check] = l
	}
	return lines
}

// TestEveryCheckIsAsked: a report of the week has a line for all that are known, in their
// order, and a service that is well has no red one.
func TestEveryCheckIsAsked(t *testing.T) {
	t.Parallel()
	c, exec := service(t)
	publish(t, c, exec)
	exec(`insert into river_leader (elected_at, expires_at, leader_id, name) values (now(), now() + interval '1 hour', 'a', 'default')`)
	r := doctor.Run(t.Context(), care.Weekly, "host", c)
	for i, l := range r.Lines {
		if l.Check != care.Checks[i].Name {
			t.Errorf("line %d is %s, want %s", i, l.Check, care.Checks[i].Name)
		}
		// How busy and full the machine of the test is, is not the test's business.
		if l.Light == care.Red && l.Area != "machine" {
			t.Errorf("%s is red: %s", l.Check, l.Sentence)
		}
	}
	if len(r.Lines) != len(care.Checks) {
		t.Errorf("%d lines, want %d", len(r.Lines), len(care.Checks))
	}
	for _, name := range []string{"api", "edge", "database", "migrations", "connections", "buckets", "signing_key", "media_signature", "master_key", "mail_server", "recordings", "queues", "uploads", "release"} {
		if l := lights(r)[name]; l.Light != care.Green {
			t.Errorf("%s is %s: %s", name, l.Light, l.Sentence)
		}
	}
}

// publish makes a recording that doctors see, with its playlist and a sealed key.
func publish(t *testing.T, c doctor.Config, exec func(string, ...any)) {
	t.Helper()
	id, token := catalog.RecordingID("rec_019ab3c4d5e66f1c2a9d0e8b47"), catalog.NewToken()
	sealed := c.Sealer.Seal([]byte("sixteen bytes!!!"), token)
	exec(`insert into programs (id, title) values ('prg_1', 'P')`)
	exec(`insert into courses (id, program_id, title) values ('crs_1', 'prg_1', 'C')`)
	exec(`insert into webinars (id, course_id, title) values ('web_1', 'crs_1', 'W')`)
	exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, token, sealed_key) values ($1, 'web_1', 'a', 1, 1, 'ready', $2, $3)`, id, token, sealed)
	exec(`update webinars set current_recording_id = $1`, id)
	put(t, c, catalog.MediaPrefix(id, token)+"master.m3u8")
}

// TestWhatIsBrokenIsRed breaks one thing after the other and finds its line, and
// only that one, changed for the worse.
func TestWhatIsBrokenIsRed(t *testing.T) {
	t.Parallel()
	c, exec := service(t)
	publish(t, c, exec)
	exec(`insert into river_leader (elected_at, expires_at, leader_id, name) values (now(), now() + interval '1 hour', 'a', 'default')`)
	before := lights(doctor.Run(t.Context(), care.Weekly, "host", c))
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := catalog.NewSealer([]byte(strings.Repeat("x", 32)))
	if err != nil {
		t.Fatal(err)
	}
	nobody := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	for name, broken := range map[string]func(*doctor.Config){
		"signing_key":     func(c *doctor.Config) { c.PublicKeys = map[string]crypto.PublicKey{"k": other.Public()} },
		"media_signature": func(c *doctor.Config) { c.SigningID, c.PublicKeys = "unknown", nil },
		"master_key":      func(c *doctor.Config) { c.Sealer = wrong },
		"migrations":      func(c *doctor.Config) { c.Schema++ },
		"api":             func(c *doctor.Config) { c.API = nobody },
		"disk":            func(c *doctor.Config) { c.Paths = []string{"/not/there"} },
		"mail_server":     func(c *doctor.Config) { c.Mail.Server = "127.0.0.1:1" },
		"certificate":     func(c *doctor.Config) { c.Broken = map[string]error{"certificate": errors.New("no")} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := c
			broken(&changed)
			for check, l := range lights(doctor.Run(t.Context(), care.Weekly, "host", changed)) {
				if check == name && (l.Light != care.Red || l.Remedy == "") {
					t.Errorf("%s is %s: %s", name, l.Light, l.Sentence)
				}
				if check != name && l.Area != "machine" && l.Light == care.Red && before[check].Light != care.Red {
					t.Errorf("%s is red, too: %s", check, l.Sentence)
				}
			}
		})
	}
}

// TestOpenFrontDoorIsRed: it gives strangers media, or serves pages in its place.
func TestOpenFrontDoorIsRed(t *testing.T) {
	t.Parallel()
	c, exec := service(t)
	publish(t, c, exec)
	open := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(open.Close)
	base, err := url.Parse(open.URL)
	if err != nil {
		t.Fatal(err)
	}
	c.Base = base
	found := lights(doctor.Run(t.Context(), care.Daily, "host", c))
	for name, want := range map[string]string{"edge": "answers a stranger who asks for media with 200", "media_signature": "answers without a signature"} {
		if l := found[name]; l.Light != care.Red || !strings.Contains(l.Sentence.String(), want) {
			t.Errorf("%s is %s: %s", name, l.Light, l.Sentence)
		}
	}
}

// TestWithoutDatabase: one line is red, those that ask it know nothing, and all
// others come.
func TestWithoutDatabase(t *testing.T) {
	t.Parallel()
	c, _ := service(t)
	away, err := pgxpool.New(t.Context(), "postgres://nobody:secret@127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	defer away.Close()
	c.DB = away
	r := doctor.Run(t.Context(), care.Daily, "host", c)
	found := lights(r)
	if r.Light != care.Red || !slices.Contains(r.Reds(), "database") {
		t.Errorf("reds: %v", r.Reds())
	}
	for _, l := range r.Lines {
		if l.Area == "database" && l.Check != "database" && l.Light != care.Unknown {
			t.Errorf("%s is %s: %s", l.Check, l.Light, l.Sentence)
		}
		if strings.Contains(l.Sentence.String()+l.Remedy, "secret") {
			t.Errorf("%s shows the password: %s", l.Check, l.Sentence)
		}
	}
	for _, name := range []string{"api", "edge", "buckets", "mail_server", "signing_key"} {
		if found[name].Light != care.Green {
			t.Errorf("%s is %s: %s", name, found[name].Light, found[name].Sentence)
		}
	}
}

// TestNothingIsSet: a machine of which nothing is known has lines that say so.
func TestNothingIsSet(t *testing.T) {
	t.Parallel()
	r := doctor.Run(t.Context(), care.Weekly, "host", doctor.Config{})
	if len(r.Lines) != len(care.Checks) || slices.ContainsFunc(r.Lines, func(l care.Line) bool { return l.Light == care.Red && l.Area != "machine" }) {
		t.Errorf("%+v", r.Lines)
	}
}

// TestBackupsAreLookedAt: what is on record makes the lines.
func TestBackupsAreLookedAt(t *testing.T) {
	t.Parallel()
	c, exec := service(t)
	exec(`insert into accounts (id, email, name, created_at) values ('acc_1', 'a@example.org', 'A', now() - interval '30 days')`)
	if l := lights(doctor.Run(t.Context(), care.Weekly, "host", c))["backup_database"]; l.Light != care.Red {
		t.Errorf("%s: %s", l.Light, l.Sentence)
	}
	note(t, c, care.BackupDatabase, map[string]float64{"oldest": float64(time.Now().AddDate(-1, 0, 0).Unix()), "keep_days": 30})
	found := lights(doctor.Run(t.Context(), care.Weekly, "host", c))
	if found["backup_database"].Light != care.Green || found["backup_retention"].Light != care.Red {
		t.Errorf("%+v %+v", found["backup_database"], found["backup_retention"])
	}
}

func note(t *testing.T, c doctor.Config, kind care.RunKind, figures map[string]float64) {
	t.Helper()
	if err := caredb.New(c.DB).Note(context.WithoutCancel(t.Context()), kind, "host", figures); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, c doctor.Config, key string) {
	t.Helper()
	if _, err := c.S3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &c.MediaBucket, Key: &key, Body: strings.NewReader("#EXTM3U")}); err != nil {
		t.Fatal(err)
	}
}
