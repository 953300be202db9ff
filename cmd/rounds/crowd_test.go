package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/catalog/identity/logins"
)

// crowd is doctors who watch one talk while something happens to the service.
type crowd struct {
	*system
	db      *pgxpool.Pool
	doctors []*watcher
	stop    context.CancelFunc
	playing sync.WaitGroup
}

// gather begins to watch with so many doctors and returns when all get further.
func gather(s *system, doctors int) *crowd {
	t := s.t
	t.Helper()
	db, err := pgxpool.New(t.Context(), s.setting("ROUNDS_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	ctx, stop := context.WithCancel(t.Context())
	c := &crowd{system: s, db: db, stop: stop}
	c.exec(`insert into programs (id, title) values ('prg_1', 'Cardiology')`)
	c.exec(`insert into courses (id, program_id, title) values ('crs_1', 'prg_1', 'Heart failure')`)
	c.exec(`insert into webinars (id, course_id, title) values ('web_1', 'crs_1', 'Beta blockers')`)
	c.exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, published_at)
		values ('rec_1', 'web_1', 'talk.mp4', 1, 8388608, 'ready', 36000000, $1, now())`, catalog.NewToken())
	c.exec(`update webinars set current_recording_id = 'rec_1' where id = 'web_1'`)
	for i := range doctors {
		c.doctors = append(c.doctors, c.enrol("acc_"+strconv.Itoa(i)))
	}
	c.exec(`update playback_sessions set started_at = now() - interval '9 hours'`)
	for _, d := range c.doctors {
		c.playing.Go(func() { d.watch(ctx) })
	}
	t.Cleanup(func() { stop(); c.playing.Wait() })
	c.goOn("nothing happened")
	return c
}

func (c *crowd) exec(sql string, args ...any) {
	c.t.Helper()
	if _, err := c.db.Exec(c.t.Context(), sql, args...); err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
}

// enrol makes a doctor who is signed in and has opened the webinar.
func (c *crowd) enrol(account string) *watcher {
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
func (c *crowd) goOn(what string) {
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

func (c *crowd) refusals() (n int64) {
	for _, d := range c.doctors {
		n += d.refused.Load()
	}
	return n
}

// each asks every doctor's player for a number.
func (c *crowd) each(ask func(*watcher) int64) []int64 {
	numbers := make([]int64, len(c.doctors))
	for i, d := range c.doctors {
		numbers[i] = ask(d)
	}
	return numbers
}

// finish stops the doctors and holds the record against what each was told.
func (c *crowd) finish() {
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
