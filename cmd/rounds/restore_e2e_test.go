//go:build restore

// Run by `make restore-test`, which installs pgBackRest. It is no part of
// `make test`, which needs none.

package main

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
	"rounds/deploy/load/crowd"
	"rounds/deploy/local/pgtest"
	"rounds/deploy/local/s3test"
)

// TestServiceComesBackAsItWas backs a service up while doctors watch, notes an
// instant, destroys database and media after it, and brings both back: everything
// that was acknowledged until that instant is there.
func TestServiceComesBackAsItWas(t *testing.T) {
	t.Parallel()
	r := startRestorable(t)
	r.backUp()
	media := r.putMedia("media/rec_1/abc/seg_00001.m4s", "media/rec_1/abc/master.m3u8", "media/rec_1/abc/v360/init.mp4")
	r.goOn("the base backup")
	r.waive("acc_crowd_0", "Gave this talk herself.")
	r.copyMedia()
	acknowledged := r.Each((*crowd.Doctor).Acknowledged)
	instant := r.now()
	r.goOn("the instant")
	r.waive("acc_crowd_1", "After the instant; must not come back.")
	r.archived()

	r.destroy()
	began := time.Now()
	r.restore(instant)
	t.Logf("restored in %v", time.Since(began).Round(time.Millisecond))

	r.wants("accounts", `select count(*) = 4 from accounts where id like 'acc_crowd_%'`)
	r.wants("waivers of before the instant and not of after it", `select count(*) = 1 from waivers`)
	for i, seconds := range acknowledged {
		r.wants(fmt.Sprintf("the %d s of doctor %d", seconds, i), fmt.Sprintf(`
			select coalesce(sum(upper(piece) - lower(piece)), 0) >= %d from coverage_union u join enrolments e on e.id = u.enrolment_id, unnest(u.ranges) piece
			where e.account_id = 'acc_crowd_%d'`, seconds*1000, i))
	}
	r.proveEvidence()
	r.provePlayable(media)
	r.goOn("the restore")
}

// restorable is a service whose database archives its WAL, with doctors who watch.
type restorable struct {
	*viewers
	cluster     *pgtest.Cluster
	dir, copies string
	mediaClient *s3.Client
}

func startRestorable(t *testing.T) *restorable {
	t.Helper()
	dir := pgtest.TempDir(t)
	credential, err := credentialOf("postgres")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sock", "repo", "log", "lock", "spool"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 {
			if err := os.Chown(filepath.Join(dir, name), int(credential.Uid), int(credential.Gid)); err != nil {
				t.Fatal(err)
			}
		}
	}
	config := filepath.Join(dir, "pgbackrest.conf")
	cluster, err := pgtest.New(t.Context(), filepath.Join(dir, "cluster"), "unix_socket_directories="+filepath.Join(dir, "sock"),
		"archive_mode=on", "archive_command=pgbackrest --config="+config+" --stanza=rounds archive-push %p", "archive_timeout=60s", "wal_level=replica")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() }) // it is destroyed on purpose
	address, err := url.Parse(cluster.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("DIR", dir, "PORT", address.Port()).Replace(`[global]
repo1-path=DIR/repo
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=kept-apart-from-the-backups
log-path=DIR/log
lock-path=DIR/lock
spool-path=DIR/spool
log-level-console=warn
start-fast=y

[rounds]
pg1-path=DIR/cluster/data
pg1-port=PORT
pg1-socket-path=DIR/sock
pg1-user=postgres
`)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil { //nolint:gosec // for PostgreSQL's account to read
		t.Fatal(err)
	}
	settings := []string{"PGPASSWORD=pgtest", "ROUNDS_BACKUP_CONFIG=" + config, "ROUNDS_BACKUP_FOLDER=" + filepath.Join(dir, "media")}
	s := bootSystemWith(t, cluster.URL("postgres"), settings, "serve", "edge")
	r := &restorable{viewers: gather(s, 4), cluster: cluster, dir: dir, mediaClient: s3test.Client(t)}
	r.pgBackRest("stanza-create")
	return r
}

// pgBackRest runs it as an operator would, who has the account of PostgreSQL.
func (r *restorable) pgBackRest(args ...string) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "pgbackrest", append([]string{"--config=" + filepath.Join(r.dir, "pgbackrest.conf"), "--stanza=rounds"}, args...)...)
	cmd.Env, cmd.Dir = r.env, "/"
	if os.Geteuid() == 0 {
		credential, err := credentialOf("postgres")
		if err != nil {
			r.t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("pgbackrest %v: %v\n%s", args, err, out)
	}
}

func (r *restorable) backUp() {
	r.t.Helper()
	r.command("admin", "backup", "database", "--type=full")
	r.copyMedia()
	r.wants("both are on record", `select count(distinct kind) = 2 from care_runs where kind like 'backup_%'`)
}

func (r *restorable) copyMedia() { r.t.Helper(); r.command("admin", "backup", "media") }

// putMedia stores objects and returns their hashes.
func (r *restorable) putMedia(keys ...string) map[string][32]byte {
	r.t.Helper()
	hashes := map[string][32]byte{}
	for _, key := range keys {
		content := make([]byte, 100_000)
		_, _ = rand.Read(content) // never fails
		if _, err := r.mediaClient.PutObject(r.t.Context(), &s3.PutObjectInput{Bucket: &r.mediaS3, Key: &key, Body: strings.NewReader(string(content))}); err != nil {
			r.t.Fatal(err)
		}
		hashes[key] = sha256.Sum256(content)
	}
	return hashes
}

func (r *restorable) waive(account, reason string) {
	r.t.Helper()
	r.admin().call(201, "POST", "/v1/webinars/web_crowd/waivers", object{"account_id": account, "reason": reason})
}

// now is the database's clock: what was acknowledged before is committed before.
func (r *restorable) now() time.Time {
	r.t.Helper()
	var at time.Time
	if err := r.db.QueryRow(r.t.Context(), `select clock_timestamp()`).Scan(&at); err != nil {
		r.t.Fatal(err)
	}
	return at
}

// archived waits until what was written so far has left the machine, which
// archive_timeout sees to within a minute.
func (r *restorable) archived() {
	r.t.Helper()
	var wal string
	if err := r.db.QueryRow(r.t.Context(), `select pg_walfile_name(pg_switch_wal())`).Scan(&wal); err != nil {
		r.t.Fatal(err)
	}
	r.eventually(60*time.Second, "WAL is archived", func() bool {
		var done bool
		err := r.db.QueryRow(r.t.Context(), `select coalesce(last_archived_wal >= $1, false) from pg_stat_archiver`, wal).Scan(&done)
		return err == nil && done
	})
}

// destroy does all that goes wrong at once: tables are dropped, objects deleted, the
// database's disk is lost.
func (r *restorable) destroy() {
	r.t.Helper()
	r.sql(`drop table coverage_union, coverage, evidence cascade`)
	ctx := r.t.Context()
	list, err := r.mediaClient.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &r.mediaS3})
	if err != nil || len(list.Contents) == 0 {
		r.t.Fatal(list, err)
	}
	for _, o := range list.Contents {
		if _, err := r.mediaClient.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &r.mediaS3, Key: o.Key}); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := r.cluster.Kill(); err != nil {
		r.t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(r.dir, "cluster", "data")); err != nil {
		r.t.Fatal(err)
	}
}

// restore does what deploy/backup/README.md tells.
func (r *restorable) restore(to time.Time) {
	r.t.Helper()
	at := to.UTC().Format(time.RFC3339Nano)
	data := filepath.Join(r.dir, "cluster", "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		r.t.Fatal(err)
	}
	if credential, err := credentialOf("postgres"); err == nil && os.Geteuid() == 0 {
		if err := os.Chown(data, int(credential.Uid), int(credential.Gid)); err != nil {
			r.t.Fatal(err)
		}
	}
	r.command("admin", "backup", "restore-database", "--to", at)
	if err := r.cluster.Start(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	r.eventually(60*time.Second, "the database takes writes again", func() bool {
		var recovering bool
		err := r.db.QueryRow(r.t.Context(), `select pg_is_in_recovery()`).Scan(&recovering)
		return err == nil && !recovering
	})
	r.command("admin", "backup", "restore-media", "--to", at)
}

func (r *restorable) wants(what, query string) {
	r.t.Helper()
	var so bool
	if err := r.db.QueryRow(r.t.Context(), query).Scan(&so); err != nil || !so {
		r.t.Errorf("%s: %v %v", what, so, err)
	}
}

// proveEvidence exports what credit hangs on and has it verified.
func (r *restorable) proveEvidence() {
	r.t.Helper()
	export := filepath.Join(r.t.TempDir(), "evidence.ndjson")
	r.env = append(r.env, "ROUNDS_TOKEN="+r.adminToken)
	text := r.command("admin", "audit", "export", "prg_crowd")
	if err := os.WriteFile(export, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if proof := r.command("admin", "audit", "verify", export); !strings.Contains(proof, "all chains unbroken") || strings.Contains(proof, ": 0 records") {
		r.t.Errorf("evidence: %s", proof)
	}
}

func (r *restorable) provePlayable(hashes map[string][32]byte) {
	r.t.Helper()
	for key, want := range hashes {
		out, err := r.mediaClient.GetObject(r.t.Context(), &s3.GetObjectInput{Bucket: &r.mediaS3, Key: aws.String(key)})
		if err != nil {
			r.t.Errorf("%s: %v", key, err)
			continue
		}
		content, err := io.ReadAll(out.Body)
		_ = out.Body.Close() // read
		if err != nil || sha256.Sum256(content) != want || aws.ToString(out.ContentType) != catalog.ContentType(key) {
			r.t.Errorf("%s is not what it was: %d bytes of %s, %v", key, len(content), aws.ToString(out.ContentType), err)
		}
	}
}
