package crowd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/catalog/identity/logins"
)

// Ids of what the crowd watches.
const (
	program   = "prg_crowd"
	webinar   = "web_crowd"
	recording = "rec_crowd"
)

// GoOnLimit is how long doctors may take to get further once more.
const GoOnLimit = 60 * time.Second

// further is how many seconds of the talk count as having got further.
const further = 5

// Crowd is the doctors. Its methods belong to one goroutine.
type Crowd struct {
	Doctors []*Doctor

	db      *pgxpool.Pool
	stop    context.CancelFunc
	playing sync.WaitGroup
}

// Gather puts a talk of ten hours and its doctors into the database of a running
// service, opens the talk for each and has them watch until ctx ends or Finish is
// called. It returns when all have got further. A database has one crowd.
func Gather(ctx context.Context, db *pgxpool.Pool, baseURL string, doctors int) (*Crowd, error) {
	playing, stop := context.WithCancel(ctx)
	c := &Crowd{db: db, stop: stop}
	if err := c.prepare(ctx, baseURL, doctors); err != nil {
		stop()
		return nil, err
	}
	for _, d := range c.Doctors {
		c.playing.Go(func() { d.watch(playing) })
	}
	if err := c.GoOn(ctx); err != nil {
		c.Leave()
		return nil, err
	}
	return c, nil
}

func (c *Crowd) prepare(ctx context.Context, baseURL string, doctors int) error {
	for _, sql := range []string{
		`insert into programs (id, title) values ('` + program + `', 'Cardiology')`,
		`insert into courses (id, program_id, title) values ('crs_crowd', '` + program + `', 'Heart failure')`,
		`insert into webinars (id, course_id, title) values ('` + webinar + `', 'crs_crowd', 'Beta blockers')`,
		`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, published_at)
			values ('` + recording + `', '` + webinar + `', 'talk.mp4', 1, 8388608, 'ready', 36000000, '` + catalog.NewToken() + `', now())`,
		`update webinars set current_recording_id = '` + recording + `' where id = '` + webinar + `'`,
	} {
		if _, err := c.db.Exec(ctx, sql); err != nil {
			return fmt.Errorf("the talk: %w", err)
		}
	}
	for i := range doctors {
		d, err := c.enrol(ctx, baseURL, "acc_crowd_"+strconv.Itoa(i))
		if err != nil {
			return fmt.Errorf("doctor %d: %w", i, err)
		}
		c.Doctors = append(c.Doctors, d)
	}
	// They play faster than anybody may: as if they had begun long ago.
	_, err := c.db.Exec(ctx, `update playback_sessions set started_at = now() - interval '9 hours' where recording_id = $1`, recording)
	return err
}

// enrol makes a doctor who is signed in and has opened the talk.
func (c *Crowd) enrol(ctx context.Context, baseURL, account string) (*Doctor, error) {
	for _, sql := range []string{
		`insert into accounts (id, email, name) values ($1, $1 || '@example.org', 'Doctor')`,
		`insert into enrolments (id, program_id, account_id, via) values ('enr_' || $1, '` + program + `', $1, 'admin')`,
	} {
		if _, err := c.db.Exec(ctx, sql, account); err != nil {
			return nil, err
		}
	}
	cookie, err := logins.New(logins.Config{DB: c.db}).Start(ctx, identity.Login{AccountID: catalog.AccountID(account)})
	if err != nil {
		return nil, err
	}
	d := &Doctor{base: baseURL, cookie: cookie}
	answer, err := d.post(ctx, "/v1/webinars/"+webinar+"/playback", "")
	if err != nil || answer.status != http.StatusCreated {
		return nil, fmt.Errorf("the talk cannot be opened: %d %s: %w", answer.status, answer.Detail, err)
	}
	d.Session = answer.SessionID
	return d, nil
}

// Each asks every doctor's player for a number.
func (c *Crowd) Each(ask func(*Doctor) int64) []int64 {
	numbers := make([]int64, len(c.Doctors))
	for i, d := range c.Doctors {
		numbers[i] = ask(d)
	}
	return numbers
}

// Sum adds those numbers up.
func (c *Crowd) Sum(ask func(*Doctor) int64) (sum int64) {
	for _, n := range c.Each(ask) {
		sum += n
	}
	return sum
}

// GoOn waits until every doctor has got further, GoOnLimit at most.
func (c *Crowd) GoOn(ctx context.Context) error {
	wanted := c.Each((*Doctor).Acknowledged)
	for i := range wanted {
		wanted[i] += further
	}
	return c.acknowledged(ctx, "every doctor's beats are acknowledged", wanted)
}

// CatchUp waits until what every player has watched by now is acknowledged,
// GoOnLimit at most.
func (c *Crowd) CatchUp(ctx context.Context) error {
	return c.acknowledged(ctx, "what players queued is acknowledged", c.Each((*Doctor).Watched))
}

// acknowledged waits until each doctor has so many seconds acknowledged.
func (c *Crowd) acknowledged(ctx context.Context, what string, wanted []int64) error {
	return Until(ctx, GoOnLimit, what, func() bool {
		for i, d := range c.Doctors {
			if d.Acknowledged() < wanted[i] {
				return false
			}
		}
		return true
	})
}

// Until asks ten times a second whether something is so; the error after the limit
// says that it is not.
func Until(ctx context.Context, limit time.Duration, what string, so func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("after %s it is not so that %s", limit, what))
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for !so() {
		select {
		case <-again.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// LongestGap is the longest time that passed for any doctor between two
// acknowledged beats, or since the last one, from the last call of it on.
func (c *Crowd) LongestGap() (gap time.Duration) {
	now := time.Now().UnixNano()
	for _, d := range c.Doctors {
		longest := max(d.gap.Swap(0), now-d.last.Load())
		gap = max(gap, time.Duration(longest))
	}
	return gap
}

// Leave stops the doctors.
func (c *Crowd) Leave() {
	c.stop()
	c.playing.Wait()
}

// Finish stops the doctors and holds the record against what each was told: all
// that was acknowledged is there, once, and nothing else. It returns every
// difference, and every answer that a player would have had to give up at.
func (c *Crowd) Finish(ctx context.Context) error {
	c.Leave()
	var differences []error
	for i, d := range c.Doctors {
		if wrong := d.wrong.Load(); wrong != nil {
			differences = append(differences, fmt.Errorf("doctor %d: %w", i, *wrong))
		}
		if err := c.compare(ctx, d); err != nil {
			differences = append(differences, fmt.Errorf("doctor %d: %w", i, err))
		}
	}
	return errors.Join(differences...)
}

func (c *Crowd) compare(ctx context.Context, d *Doctor) error {
	var own, union string
	var accepted, refused int64
	err := c.db.QueryRow(ctx, `
		select c.ranges::text, u.ranges::text, s.accepted_ms, s.refused_ms
		from playback_sessions s join coverage c on c.origin_id = s.id
		join coverage_union u on u.enrolment_id = s.enrolment_id and u.source = 'replay' where s.id = $1`, d.Session).
		Scan(&own, &union, &accepted, &refused)
	if err != nil {
		return err
	}
	was, last := d.acknowledged.Load(), d.claimed.Load() // the last beat may be on record without its answer
	complete := accepted == was*1000 || accepted == last*1000
	if want := fmt.Sprintf("{[0,%d)}", accepted); own != want || union != want || !complete || refused != 0 {
		return fmt.Errorf("acknowledged %d s of %d: on record %s, together %s, accepted %d ms, refused %d ms", was, last, own, union, accepted, refused)
	}
	return nil
}
