package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"rounds/deploy/load/crowd"
)

// pause returns the longest time a doctor was without an acknowledged beat, and
// an error when that is more than it may be.
func (m *machine) pause(most time.Duration) (string, error) {
	gap := m.crowd.LongestGap()
	seen := fmt.Sprintf("no doctor was without an acknowledged beat for more than %s", round(gap))
	if gap > most {
		return seen, fmt.Errorf("%s are too long", round(gap))
	}
	return seen, nil
}

func round(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }

func killNode(ctx context.Context, m *machine) (string, error) {
	upload, err := m.uploadTalk(ctx)
	if err != nil {
		return "", err
	}
	if err := m.encoding(ctx, upload); err != nil {
		return "", err
	}
	if err := errors.Join(m.apis[1].kill(), m.workers[1].kill()); err != nil {
		return "", err
	}
	if err := m.crowd.GoOn(ctx); err != nil {
		return "", err
	}
	paused, err := m.pause(10 * time.Second)
	if err != nil {
		return paused, err
	}
	killed := time.Now()
	err = m.finished(ctx, upload)
	seen := fmt.Sprintf("%s; the recording was ready %s later", paused, round(time.Since(killed)))
	return seen, errors.Join(err, m.restart(ctx, m.apis[1], m.workers[1]))
}

func killZone(ctx context.Context, m *machine) (string, error) {
	refused := m.crowd.Sum((*crowd.Doctor).Refused)
	if err := errors.Join(m.apis[0].kill(), m.workers[0].kill(), m.cluster.Kill()); err != nil {
		return "", err
	}
	died := time.Now()
	err := crowd.Until(ctx, 30*time.Second, "beats are refused with Retry-After and 5 s are over", func() bool {
		return m.crowd.Sum((*crowd.Doctor).Refused) > refused && time.Since(died) >= 5*time.Second
	})
	alive, asked := get(ctx, m.base+"/healthz")
	if err = errors.Join(err, asked); err == nil && alive != http.StatusOK {
		err = fmt.Errorf("/healthz answers %d", alive)
	}
	if err = errors.Join(err, m.cluster.Start(ctx)); err != nil {
		return "", err
	}
	back := time.Now()
	if err := m.caughtUp(ctx); err != nil {
		return "", err
	}
	took := time.Since(back)
	seen := fmt.Sprintf("%d beats were told to come back later; all caught up %s after the database was back", m.crowd.Sum((*crowd.Doctor).Refused)-refused, round(took))
	if took > 15*time.Second {
		err = errors.New("that is too long")
	}
	return seen, errors.Join(err, m.restart(ctx, m.apis[0], m.workers[0]))
}

// caughtUp waits until what every player has watched by now is acknowledged.
func (m *machine) caughtUp(ctx context.Context) error {
	m.db.Reset() // our own connections are dead too
	return m.crowd.CatchUp(ctx)
}

func cutDatabase(ctx context.Context, m *machine) (string, error) {
	const outage = 10 * time.Second
	troubled := m.crowd.Each((*crowd.Doctor).Trouble)
	if err := m.cluster.Freeze(); err != nil {
		return "", err
	}
	began := time.Now()
	err := crowd.Until(ctx, time.Minute, "every player notices and the outage is over", func() bool {
		for i, d := range m.crowd.Doctors {
			if d.Trouble() == troubled[i] {
				return false
			}
		}
		return time.Since(began) >= outage
	})
	alive, asked := get(ctx, m.base+"/healthz")
	if err = errors.Join(err, asked, m.cluster.Thaw()); err != nil {
		return "", err
	}
	back := time.Now()
	if err := m.caughtUp(ctx); err != nil {
		return "", err
	}
	took := time.Since(back)
	seen := fmt.Sprintf("cut off for %s, /healthz answered %d; all caught up %s after the return", round(back.Sub(began)), alive, round(took))
	if alive != http.StatusOK || took > 10*time.Second {
		return seen, errors.New("that is not alive, or too long")
	}
	return seen, nil
}

func fillDisk(ctx context.Context, m *machine) (string, error) {
	how, free, err := m.fill(ctx)
	if err != nil {
		return "", err
	}
	refused := m.crowd.Sum((*crowd.Doctor).Refused)
	err = crowd.Until(ctx, time.Minute, "beats are refused with Retry-After", func() bool { return m.crowd.Sum((*crowd.Doctor).Refused) > refused })
	if err = errors.Join(err, free(ctx)); err != nil {
		return "", err
	}
	freed := time.Now()
	if err := m.caughtUp(ctx); err != nil {
		return "", err
	}
	took := time.Since(freed)
	seen := fmt.Sprintf("%s; %d beats were told to come back later; all caught up %s after there was room", how, m.crowd.Sum((*crowd.Doctor).Refused)-refused, round(took))
	if took > 30*time.Second {
		return seen, errors.New("that is too long")
	}
	return seen, nil
}

// fill leaves no room for the database, or makes it say so; free undoes it.
func (m *machine) fill(ctx context.Context) (how string, free func(context.Context) error, err error) {
	if m.ballast == "" {
		return "not root: the database was made to say that its disk is full", m.unpretend, m.pretendFull(ctx)
	}
	file, err := os.Create(m.ballast)
	if err != nil {
		return "", nil, err
	}
	for chunk := make([]byte, 64<<10); err == nil; _, err = file.Write(chunk) {
	}
	_ = file.Close() // it is full
	// The log of writes needs room for its next file.
	_, _ = m.db.Exec(ctx, `select pg_switch_wal()`) // it may fail already
	return "its disk of 320 MB was filled", func(ctx context.Context) error {
		return errors.Join(os.Remove(m.ballast), m.cluster.Start(ctx)) // it may have given up
	}, nil
}

func (m *machine) pretendFull(ctx context.Context) error {
	_, err := m.db.Exec(ctx, `create function disk_full() returns trigger language plpgsql as $$ begin raise exception 'no space left' using errcode = '53100'; end $$;
		create trigger disk_full before update on playback_sessions for each row execute function disk_full()`)
	return err
}

func (m *machine) unpretend(ctx context.Context) error {
	_, err := m.db.Exec(ctx, `drop trigger disk_full on playback_sessions; drop function disk_full()`)
	return err
}

func compareRecord(ctx context.Context, m *machine) (string, error) {
	if err := m.crowd.Finish(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d doctors, %d s of the talk acknowledged and on record; %d beats were refused, %d unanswered on the way", len(m.crowd.Doctors),
		m.crowd.Sum((*crowd.Doctor).Acknowledged), m.crowd.Sum((*crowd.Doctor).Refused), m.crowd.Sum((*crowd.Doctor).Unanswered)), nil
}
