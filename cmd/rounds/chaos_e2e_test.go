package main

import (
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"rounds/deploy/load/crowd"
	"rounds/deploy/local/pgtest"
)

// TestNoAcknowledgedSecondIsLost has doctors watch while every part of the
// service is killed, the database freezes and its disk fills up. Each player
// sends a beat again until it is acknowledged, as real ones do, and queues what is
// watched meanwhile. In the end every acknowledged second is on record once.
//
// PostgreSQL is unreachable for as long as ROUNDS_TEST_OUTAGE says, such as 60s;
// a short time by default, since CI learns no more from a long one.
func TestNoAcknowledgedSecondIsLost(t *testing.T) {
	t.Parallel()
	c := startChaos(t)
	s := c.system
	for _, trouble := range []struct {
		what string
		do   func()
	}{
		{"the API was killed", func() { s.kill(s.api); s.api = s.start(s.api.args...) }},
		{"the edge was killed", func() { s.kill(s.edge); s.edge = s.start(s.edge.args...) }},
		{"PostgreSQL was killed", c.killDatabase},
		{"PostgreSQL was unreachable for " + c.outage.String(), c.cutDatabaseOff},
		{"the database's disk was full", c.fillDisk},
	} {
		trouble.do()
		c.goOn(trouble.what)
	}
	c.finish()
}

// chaos is a service over a database of its own, and doctors who watch.
type chaos struct {
	*viewers
	cluster *pgtest.Cluster
	ballast string // file that fills the database's disk; "" when that cannot be limited
	outage  time.Duration
}

func startChaos(t *testing.T) *chaos {
	t.Helper()
	outage := 3 * time.Second
	if setting := os.Getenv("ROUNDS_TEST_OUTAGE"); setting != "" {
		var err error
		if outage, err = time.ParseDuration(setting); err != nil {
			t.Fatalf("ROUNDS_TEST_OUTAGE: %v", err)
		}
	}
	dir, limited := smallDisk(t)
	cluster, err := pgtest.New(t.Context(), filepath.Join(dir, "cluster"), "max_wal_size=48MB", "min_wal_size=32MB")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() }) // it is killed on purpose
	c := &chaos{viewers: gather(bootSystem(t, cluster.URL("postgres"), "serve", "edge"), 4), cluster: cluster, outage: outage}
	if limited {
		c.ballast = filepath.Join(dir, "ballast")
	}
	return c
}

// refused waits until a doctor was told to come back later, and when.
func (c *chaos) refused(what string) {
	c.t.Helper()
	before := c.Sum((*crowd.Doctor).Refused)
	c.eventually(60*time.Second, "beats are refused with 503 and Retry-After while "+what, func() bool { return c.Sum((*crowd.Doctor).Refused) > before })
}

func (c *chaos) killDatabase() {
	if err := c.cluster.Kill(); err != nil {
		c.t.Fatal(err)
	}
	c.refused("PostgreSQL is down")
	c.restartDatabase()
}

func (c *chaos) restartDatabase() {
	if err := c.cluster.Start(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.db.Reset() // our own connections are dead too
}

// cutDatabaseOff keeps connections open and answers nothing, as a machine that
// is cut off does, for the length of the outage and until every player has
// noticed. They go on playing and queue; afterwards all of it is acknowledged.
func (c *chaos) cutDatabaseOff() {
	if err := c.cluster.Freeze(); err != nil {
		c.t.Fatal(err)
	}
	began := time.Now()
	acknowledged, troubled := c.Each((*crowd.Doctor).Acknowledged), c.Each((*crowd.Doctor).Trouble)
	c.eventually(c.outage+60*time.Second, "the outage lasts and all players notice", func() bool {
		noticed := true
		for i, d := range c.Doctors {
			noticed = noticed && d.Trouble() > troubled[i]
		}
		return noticed && time.Since(began) >= c.outage
	})
	c.alive()
	queued := c.Each((*crowd.Doctor).Watched)
	if err := c.cluster.Thaw(); err != nil {
		c.t.Fatal(err)
	}
	thawed := time.Now()
	c.eventually(60*time.Second, "what players queued is acknowledged", func() bool {
		for i, d := range c.Doctors {
			if d.Acknowledged() < queued[i] {
				return false
			}
		}
		return true
	})
	c.t.Logf("unreachable for %s: %d s of the talk were queued by each player; caught up in %s; refused %d times, unanswered %d times",
		thawed.Sub(began).Round(time.Millisecond), queued[0]-acknowledged[0], time.Since(thawed).Round(time.Millisecond), c.Sum((*crowd.Doctor).Refused), c.Doctors[0].Unanswered())
}

// alive wants the API to say that it is, database or not.
func (c *chaos) alive() {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.base+"/healthz", http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	if _ = response.Body.Close(); response.StatusCode != http.StatusOK {
		c.t.Errorf("the API is not alive during the outage: %s", response.Status)
	}
}

// fillDisk leaves no byte for the database and then frees it again. Where a disk
// of its own cannot be made (that takes root), the database is made to say what
// it says then.
func (c *chaos) fillDisk() {
	if c.ballast == "" {
		c.sql(`create function disk_full() returns trigger language plpgsql as $$ begin raise exception 'no space left' using errcode = '53100'; end $$`)
		c.sql(`create trigger disk_full before update on playback_sessions for each row execute function disk_full()`)
		c.refused("the disk is full")
		c.sql(`drop trigger disk_full on playback_sessions`)
		return
	}
	file, err := os.Create(c.ballast)
	if err != nil {
		c.t.Fatal(err)
	}
	for chunk := make([]byte, 64<<10); err == nil; _, err = file.Write(chunk) {
	}
	_ = file.Close() // it is full
	// The log of writes needs room for its next file.
	_, _ = c.db.Exec(c.t.Context(), `select pg_switch_wal()`) // it may fail already
	c.refused("the disk is full")
	if err := os.Remove(c.ballast); err != nil {
		c.t.Fatal(err)
	}
	c.restartDatabase() // it may have given up
}

// smallDisk returns a folder for a cluster, on a disk of its own when this
// program may make one.
func smallDisk(t *testing.T) (dir string, limited bool) {
	t.Helper()
	dir = pgtest.TempDir(t)
	if os.Geteuid() != 0 || syscall.Mount("rounds-test", dir, "tmpfs", 0, "size=220m,mode=0711") != nil {
		return dir, false
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir, true
}
