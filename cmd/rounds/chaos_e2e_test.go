package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/catalog/identity/logins"
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
	*system
	cluster *pgtest.Cluster
	db      *pgxpool.Pool
	ballast string // file that fills the database's disk; "" when that cannot be limited
	doctors []*watcher
	outage  time.Duration
	stop    context.CancelFunc
	playing sync.WaitGroup
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
	c := &chaos{system: bootSystem(t, cluster.URL("postgres"), "serve", "edge"), cluster: cluster, outage: outage}
	if limited {
		c.ballast = filepath.Join(dir, "ballast")
	}
	if c.db, err = pgxpool.New(t.Context(), cluster.URL("postgres")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.db.Close)
	c.exec(`insert into programs (id, title) values ('prg_1', 'Cardiology')`)
	c.exec(`insert into courses (id, program_id, title) values ('crs_1', 'prg_1', 'Heart failure')`)
	c.exec(`insert into webinars (id, course_id, title) values ('web_1', 'crs_1', 'Beta blockers')`)
	c.exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, published_at)
		values ('rec_1', 'web_1', 'talk.mp4', 1, 8388608, 'ready', 36000000, $1, now())`, catalog.NewToken())
	c.exec(`update webinars set current_recording_id = 'rec_1'`)
	ctx, stop := context.WithCancel(t.Context())
	c.stop = stop
	for i := range 4 {
		d := c.enrol("acc_" + strconv.Itoa(i))
		c.doctors = append(c.doctors, d)
	}
	c.exec(`update playback_sessions set started_at = now() - interval '9 hours'`)
	for _, d := range c.doctors {
		c.playing.Go(func() { d.watch(ctx) })
	}
	t.Cleanup(func() { stop(); c.playing.Wait() })
	c.goOn("nothing happened")
	return c
}

func (c *chaos) exec(sql string, args ...any) {
	c.t.Helper()
	if _, err := c.db.Exec(c.t.Context(), sql, args...); err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
}

// enrol makes a doctor who is signed in and has opened the webinar.
func (c *chaos) enrol(account string) *watcher {
	c.t.Helper()
	c.exec(`insert into accounts (id, email, name) values ($1, $1 || '@example.org', 'Doctor')`, account)
	c.exec(`insert into enrolments (id, program_id, account_id, via) values ('enr_' || $1, 'prg_1', $1, 'admin')`, account)
	cookie, err := logins.New(logins.Config{DB: c.db}).Start(c.t.Context(), identity.Login{AccountID: catalog.AccountID(account)})
	if err != nil {
		c.t.Fatal(err)
	}
	d := &watcher{t: c.t, base: c.base, cookie: cookie}
	answer, _, err := d.post(c.t.Context(), "/v1/webinars/web_1/playback", "")
	if err != nil || answer.str("session_id") == "" {
		c.t.Fatalf("start: %v, %v", answer, err)
	}
	d.session = answer.str("session_id")
	return d
}

// goOn waits until every doctor has got further.
func (c *chaos) goOn(what string) {
	c.t.Helper()
	before := c.each((*watcher).done)
	c.eventually(60*time.Second, "beats are acknowledged after "+what, func() bool {
		for i, d := range c.doctors {
			if d.acknowledged.Load() < before[i]+5 {
				return false
			}
		}
		return true
	})
}

// refused waits until a doctor was told to come back later, and when.
func (c *chaos) refused(what string) {
	c.t.Helper()
	before := c.refusals()
	c.eventually(60*time.Second, "beats are refused with 503 and Retry-After while "+what, func() bool { return c.refusals() > before })
}

func (c *chaos) refusals() (n int64) {
	for _, d := range c.doctors {
		n += d.refused.Load()
	}
	return n
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
	acknowledged, troubled := c.each((*watcher).done), c.each((*watcher).trouble)
	c.eventually(c.outage+60*time.Second, "the outage lasts and all players notice", func() bool {
		noticed := true
		for i, d := range c.doctors {
			noticed = noticed && d.trouble() > troubled[i]
		}
		return noticed && time.Since(began) >= c.outage
	})
	c.alive()
	queued := c.each((*watcher).seen)
	if err := c.cluster.Thaw(); err != nil {
		c.t.Fatal(err)
	}
	thawed := time.Now()
	c.eventually(60*time.Second, "what players queued is acknowledged", func() bool {
		for i, d := range c.doctors {
			if d.done() < queued[i] {
				return false
			}
		}
		return true
	})
	c.t.Logf("unreachable for %s: %d s of the talk were queued by each player; caught up in %s; refused %d times, unanswered %d times",
		thawed.Sub(began).Round(time.Millisecond), queued[0]-acknowledged[0], time.Since(thawed).Round(time.Millisecond), c.refusals(), c.doctors[0].unanswered.Load())
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

// each asks every doctor's player for a number.
func (c *chaos) each(ask func(*watcher) int64) []int64 {
	numbers := make([]int64, len(c.doctors))
	for i, d := range c.doctors {
		numbers[i] = ask(d)
	}
	return numbers
}

// fillDisk leaves no byte for the database and then frees it again. Where a disk
// of its own cannot be made (that takes root), the database is made to say what
// it says then.
func (c *chaos) fillDisk() {
	if c.ballast == "" {
		c.exec(`create function disk_full() returns trigger language plpgsql as $$ begin raise exception 'no space left' using errcode = '53100'; end $$`)
		c.exec(`create trigger disk_full before update on playback_sessions for each row execute function disk_full()`)
		c.refused("the disk is full")
		c.exec(`drop trigger disk_full on playback_sessions`)
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

// finish stops the doctors and holds the record against what each was told.
func (c *chaos) finish() {
	c.t.Helper()
	c.stop()
	c.playing.Wait()
	for _, d := range c.doctors {
		var own, union string
		var accepted, refused int64
		err := c.db.QueryRow(context.Background(), `
			select c.ranges::text, u.ranges::text, s.accepted_ms, s.refused_ms
			from playback_sessions s join coverage c on c.origin_id = s.id
			join coverage_union u on u.enrolment_id = s.enrolment_id and u.source = 'replay' where s.id = $1`, d.session).
			Scan(&own, &union, &accepted, &refused)
		last := d.claimed.Load() // the last beat may be on record without its answer
		was := d.acknowledged.Load()
		complete := accepted == was*1000 || accepted == last*1000
		if want := fmt.Sprintf("{[0,%d)}", accepted); err != nil || own != want || union != want || !complete || refused != 0 {
			c.t.Errorf("acknowledged %d s of %d: on record %s, together %s, accepted %d ms, refused %d ms, %v", was, last, own, union, accepted, refused, err)
		}
	}
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

// watcher is a player. It gets a second further every 20 ms, whatever the server
// says, and each beat claims all since the last one that was acknowledged.
type watcher struct {
	t       *testing.T
	base    string
	cookie  *http.Cookie
	session string

	watched      atomic.Int64 // seconds of the talk
	claimed      atomic.Int64 // of these: by the beat that is on its way
	acknowledged atomic.Int64 // of these
	refused      atomic.Int64 // answers 503 with Retry-After
	unanswered   atomic.Int64
}

// playerPatience is how long a beat waits for its answer.
const playerPatience = 2 * time.Second

func (d *watcher) post(ctx context.Context, path, body string) (object, reply, error) {
	ctx, cancel := context.WithTimeout(ctx, playerPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+path, strings.NewReader(body))
	if err != nil {
		return nil, reply{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.AddCookie(d.cookie)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, reply{}, err
	}
	defer response.Body.Close()
	answer := object{}
	return answer, reply{response.StatusCode, response.Header}, json.NewDecoder(response.Body).Decode(&answer)
}

// reply is an answer beside its body.
type reply struct {
	status int
	header http.Header
}

func (d *watcher) seen() int64    { return d.watched.Load() }
func (d *watcher) done() int64    { return d.acknowledged.Load() }
func (d *watcher) trouble() int64 { return d.unanswered.Load() + d.refused.Load() }

// watch plays and sends beats until ctx ends, each until it is acknowledged.
func (d *watcher) watch(ctx context.Context) {
	playing := time.NewTicker(20 * time.Millisecond)
	defer playing.Stop()
	answered := make(chan bool, 1)
	answered <- true // there is nothing to claim yet
	for seq := int64(0); ; {
		select {
		case <-ctx.Done():
			<-answered // no beat outlives the test
			return
		case <-playing.C:
			d.watched.Add(1)
		}
		select {
		case ok := <-answered:
			if ok {
				seq++
				d.acknowledged.Store(d.claimed.Load())
				d.claimed.Store(d.watched.Load())
			}
			go func() { answered <- d.beat(ctx, seq) }()
		default: // it is on its way
		}
	}
}

// beat sends one beat; false when it has to be sent again, as it was.
func (d *watcher) beat(ctx context.Context, seq int64) bool {
	from, to := d.acknowledged.Load(), d.claimed.Load()
	body := fmt.Sprintf(`{"seq":%d,"position_s":%d,"rate":1,"watched":[[%d,%d]]}`, seq, to, from, to)
	answer, response, err := d.post(ctx, "/v1/playback/"+d.session+"/beats", body)
	switch {
	case err != nil:
		d.unanswered.Add(1)
		return false
	case response.status == http.StatusOK:
		return true
	case response.status == http.StatusServiceUnavailable && response.header.Get("Retry-After") != "":
		d.refused.Add(1)
	case response.status < http.StatusInternalServerError && ctx.Err() == nil:
		d.t.Errorf("beat %d: %d %v", seq, response.status, answer)
	}
	return false
}
