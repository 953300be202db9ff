package playbackdb_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/playback/playbackdb"
	"rounds/playback/qoe"
)

// tell records events as a player's beats would and writes them.
func (b *bundle) tell(t *testing.T, session catalog.PlaybackSessionID, events ...qoe.Event) {
	t.Helper()
	for i := range events {
		events[i].N = i + 1
	}
	r := playbackdb.NewEventRecorder(b.db)
	r.Record(session, events)
	r.Flush(t.Context(), func(err error) { t.Error(err) })
}

func (b *bundle) rollUp(t *testing.T, want int) {
	t.Helper()
	if n, err := b.RollUpQuality(t.Context(), "quality"); n != want || err != nil {
		t.Fatalf("%d sessions, want %d: %v", n, want, err)
	}
}

func (b *bundle) quality(t *testing.T) qoe.Quality {
	t.Helper()
	q, err := b.WebinarQuality(t.Context(), b.webinar, qoe.Span{})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func after(kind qoe.Kind, ms int64) qoe.Event {
	return qoe.Event{Kind: kind, Detail: qoe.Detail{MS: ms}}
}

func asked(network, device string) qoe.Event {
	return qoe.Event{Kind: qoe.Play, Detail: qoe.Detail{Network: network, Device: device}}
}

// by says what an event's player was.
func by(e qoe.Event, browser, engine string) qoe.Event {
	e.Detail.Browser, e.Detail.Engine = browser, engine
	return e
}

func TestQualityOfAWebinar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `update accounts set country = 'DE'`)
	smooth := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(smooth.SessionID, 1, seconds(0, 99)))
	b.tell(t, smooth.SessionID, asked("4g", "computer"), after(qoe.Start, 800), qoe.Event{Kind: qoe.Stall}, after(qoe.StallEnd, 1000))
	gone, broken, idle := b.start(t), b.start(t), b.start(t)
	b.tell(t, gone.SessionID, by(asked("3g", "phone"), "Safari", "native"), after(qoe.Exit, 9000))
	b.tell(t, broken.SessionID, by(asked("3g", "phone"), "Safari", ""), after(qoe.Start, 2400), qoe.Event{Kind: qoe.Failure, Detail: qoe.Detail{Error: "fragLoadError 503"}})
	b.tell(t, idle.SessionID, qoe.Event{Kind: qoe.Rung, Detail: qoe.Detail{Height: 720}})
	b.tell(t, "pbs_nobody", asked("4g", "computer"))
	b.rollUp(t, 5)
	b.tell(t, smooth.SessionID, asked("4g", "computer"), after(qoe.Start, 800), qoe.Event{Kind: qoe.Stall}, after(qoe.StallEnd, 1000)) // sent again
	b.rollUp(t, 5)

	q := b.quality(t)
	p50, p95 := int64(800), int64(2400)
	want := qoe.Figures{Views: 3, StartupP50MS: &p50, StartupP95MS: &p95, StalledMS: 1000, PlayedMS: 99_000, Exits: 1, Failures: 1}
	if !reflect.DeepEqual(q.All, want) || q.All.RebufferRatio() != 0.01 {
		t.Errorf("all: %+v", q.All)
	}
	if len(q.Country) != 1 || q.Country[0].Name != "DE" || !reflect.DeepEqual(q.Country[0].Figures, want) {
		t.Errorf("by country: %+v", q.Country)
	}
	if len(q.Network) != 2 || q.Network[0].Name != "3g" || q.Network[0].Views != 2 || q.Network[0].Exits != 1 || q.Network[1].StalledMS != 1000 {
		t.Errorf("by network: %+v", q.Network)
	}
	if len(q.Device) != 2 || q.Device[0].Name != "phone" || q.Device[1].Views != 1 {
		t.Errorf("by device: %+v", q.Device)
	}
	if len(q.Browser) != 2 || q.Browser[0].Name != "Safari" || q.Browser[0].Views != 2 || len(q.Engine) != 2 || q.Engine[1] != (qoe.Group{Name: "native", Figures: q.Engine[1].Figures}) || q.Engine[1].Views != 1 {
		t.Errorf("by browser: %+v, by engine: %+v", q.Browser, q.Engine)
	}
	if earlier, err := b.WebinarQuality(t.Context(), b.webinar, qoe.Span{Before: time.Now().Add(-24 * time.Hour)}); err != nil || earlier.All.Views != 0 {
		t.Errorf("of the day before: %+v, %v", earlier, err)
	}
	if len(q.Errors) != 1 || q.Errors[0] != (qoe.Error{Text: "fragLoadError 503", Views: 1}) {
		t.Errorf("errors: %+v", q.Errors)
	}
	if of, err := b.ProgramQuality(t.Context(), b.program, qoe.Span{}); err != nil || !reflect.DeepEqual(of, q) {
		t.Errorf("of the program: %+v, %v", of, err)
	}
	if groups, err := b.WebinarsQuality(t.Context(), b.program, qoe.Span{}); err != nil || len(groups) != 1 || groups[0].Name != string(b.webinar) || groups[0].Views != 3 {
		t.Errorf("of its webinars: %+v, %v", groups, err)
	}
	if later, err := b.WebinarQuality(t.Context(), b.webinar, qoe.Span{Since: time.Now().Add(time.Hour)}); err != nil || later.All.Views != 0 || later.Country == nil {
		t.Errorf("of the future: %+v, %v", later, err)
	}
	if _, err := b.WebinarQuality(t.Context(), "web_none", qoe.Span{}); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("no webinar: %v", err)
	}
	if _, err := b.ProgramQuality(t.Context(), "prg_none", qoe.Span{}); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("no program: %v", err)
	}
}

// TestEventsComeLate: what a session tells in another hour joins its view.
func TestEventsComeLate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.tell(t, s.SessionID, asked("4g", "phone"), after(qoe.Exit, 100))
	b.rollUp(t, 1)
	if q := b.quality(t); q.All.Exits != 1 {
		t.Fatalf("left: %+v", q.All)
	}
	b.exec(t, `insert into upkeep (name, done_at) values ('quality', now() + interval '14 minutes')`)
	r := playbackdb.NewEventRecorder(b.db)
	r.Record(s.SessionID, []qoe.Event{{N: 3, Kind: qoe.Start, Detail: qoe.Detail{MS: 500}}})
	r.Flush(t.Context(), func(err error) { t.Error(err) })
	b.rollUp(t, 1)
	if q := b.quality(t); q.All.Exits != 0 || *q.All.StartupP50MS != 500 {
		t.Errorf("came back: %+v", q.All)
	}
}

func TestEventsAreDroppedByAge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.tell(t, b.start(t).SessionID, asked("4g", "phone"))
	b.rollUp(t, 1)
	b.exec(t, `create table qoe_events_20200101 partition of qoe_events for values from ('2020-01-01 00:00:00Z') to ('2020-01-02 00:00:00Z')`)
	for _, want := range []int{1, 0} {
		if n, err := b.DropQuality(t.Context(), 14*24*time.Hour, time.Now()); n != want || err != nil {
			t.Errorf("%d days dropped, want %d: %v", n, want, err)
		}
	}
	if n, err := b.DropQuality(t.Context(), 14*24*time.Hour, time.Now().AddDate(0, 0, 16)); n != 1 || err != nil {
		t.Errorf("two weeks later: %d, %v", n, err)
	}
	if q := b.quality(t); q.All.Views != 1 {
		t.Errorf("what they came to: %+v", q.All)
	}
	b.tell(t, "pbs_1", asked("4g", "phone")) // another process makes the partition again
}

func TestManyProcessesMakeOnePartition(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var processes sync.WaitGroup
	for range 8 {
		processes.Go(func() {
			r := playbackdb.NewEventRecorder(b.db)
			r.Record("pbs_1", []qoe.Event{{N: 1, Kind: qoe.Stall}})
			ctx, end := context.WithCancel(context.Background())
			end() // Run writes what is left
			r.Run(ctx, func(err error) { t.Error(err) })
		})
	}
	processes.Wait()
	var rows int
	if err := b.db.QueryRow(t.Context(), `select count(*) from qoe_events`).Scan(&rows); err != nil || rows != 8 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

func TestAPlayerCannotFillTheDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := playbackdb.NewEventRecorder(b.db)
	flood := make([]qoe.Event, qoe.MaxEvents)
	for i := range flood {
		flood[i] = qoe.Event{N: i + 1, Kind: qoe.Stall}
	}
	for range 100 {
		r.Record("pbs_1", flood)
	}
	r.Record("pbs_2", flood[:1])
	if want := int64(100*qoe.MaxEvents - 600); r.Dropped() != want {
		t.Errorf("%d dropped, want %d", r.Dropped(), want)
	}
	for i := range 1000 { // nobody writes: the queue is full, nobody waits
		r.Record(catalog.PlaybackSessionID(rune('a'+i)), flood)
	}
	if r.Dropped() < 64_000+6400-20_601 {
		t.Errorf("%d dropped", r.Dropped())
	}
}

// TestEventsNeverFailABeat: without a place for events beats go on.
func TestEventsNeverFailABeat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.exec(t, `drop table qoe_events cascade`)
	r := playbackdb.NewEventRecorder(b.db)
	r.Record(s.SessionID, []qoe.Event{{N: 1, Kind: qoe.Stall}})
	var failed error
	r.Flush(t.Context(), func(err error) { failed = err })
	if failed == nil || r.Dropped() != 1 {
		t.Errorf("%d dropped, %v", r.Dropped(), failed)
	}
	b.send(t, b.beat(s.SessionID, 1, seconds(0, 10)))
}

// TestPartitionsAreThereBeforeTheyAreNeeded: that of tomorrow, too; twice is once.
func TestPartitionsAreThereBeforeTheyAreNeeded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := time.Date(2031, 12, 31, 23, 30, 0, 0, time.UTC)
	for range 2 {
		if err := b.MakePartitions(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	err := b.db.QueryRow(t.Context(), `select count(*) from pg_class where relname in ('qoe_events_20311231', 'qoe_events_20320101')`).Scan(&n)
	if err != nil || n != 2 {
		t.Errorf("%d partitions, %v", n, err)
	}
}
