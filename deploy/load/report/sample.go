package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/procfs"
)

// every is the time between two samples.
const every = 2 * time.Second

// Use is what a part takes of the machine.
type Use struct {
	Cores   float64 `json:"cores"`
	RSSMiB  float64 `json:"rss_mib"`
	Threads float64 `json:"threads"`
}

// Sample is one look at everything; what is counted is since the one before.
type Sample struct {
	AtS      float64            `json:"at_s"`
	Rate     float64            `json:"rate"`
	Parts    map[string]Use     `json:"parts"`
	Requests map[string]float64 `json:"requests_per_s"` // by area, at the edge
	Beat     Times              `json:"beat_ms"`        // at the edge; of buckets, so not exact
	Active   float64            `json:"backends_active"`
	Waiting  map[string]float64 `json:"backends_waiting_on"`
	Locks    float64            `json:"locks_waited_for"`
	Commits  float64            `json:"commits_per_s"`
	WALMB    float64            `json:"wal_mb_per_s"`
}

// parts of a service by the names of their pid files; k6 is found beside them.
var parts = []string{"edge", "serve", "work", "postgres", "s3", "k6"}

// sampler looks.
type sampler struct {
	service *service
	db      *pgx.Conn
	began   time.Time
	samples []Sample
	last    totals
}

// totals are what only grows.
type totals struct {
	at       time.Time
	cpu      map[int]float64 // s, by process
	requests map[string]*dto.Histogram
	commits  float64
	wal      float64 // bytes
}

func newSampler(ctx context.Context, s *service) (*sampler, error) {
	db, err := pgx.Connect(ctx, s.DatabaseURL)
	return &sampler{service: s, db: db, began: time.Now()}, err
}

func (s *sampler) close(ctx context.Context) { _ = s.db.Close(ctx) } // it only read

// follow samples until ended and returns the samples of that time.
func (s *sampler) follow(ctx context.Context, ended <-chan struct{}, rate float64) ([]Sample, error) {
	from := len(s.samples)
	s.last = totals{}
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		if err := s.look(ctx, rate); err != nil {
			return nil, err
		}
		select {
		case <-again.C:
		case <-ended:
			return s.samples[from:], nil
		case <-ctx.Done():
			<-ended
			return nil, ctx.Err()
		}
	}
}

// look takes a sample; the first only begins to count.
func (s *sampler) look(ctx context.Context, rate float64) error {
	now := totals{at: time.Now(), cpu: map[int]float64{}}
	sample := Sample{AtS: now.at.Sub(s.began).Seconds(), Rate: rate, Parts: map[string]Use{}, Requests: map[string]float64{}, Waiting: map[string]float64{}}
	took := now.at.Sub(s.last.at).Seconds()
	if err := errors.Join(s.processes(&now, &sample, took), s.figures(ctx, &now, &sample, took), s.database(ctx, &now, &sample, took)); err != nil {
		return err
	}
	if !s.last.at.IsZero() {
		s.samples = append(s.samples, sample)
	}
	s.last = now
	return nil
}

// processes reads /proc: each part with the processes below it.
func (s *sampler) processes(now *totals, sample *Sample, took float64) error {
	all, err := procfs.AllProcs()
	if err != nil {
		return err
	}
	heads := map[int]string{} // process → part
	for _, part := range parts {
		text, err := os.ReadFile(filepath.Join(s.service.dir, "run", part+".pid"))
		if pid, _, found := strings.Cut(string(text), " "); err == nil && found {
			if n, err := strconv.Atoi(pid); err == nil {
				heads[n] = part
			}
		}
	}
	for _, p := range all {
		stat, err := p.Stat()
		if err != nil {
			continue // it has ended
		}
		part := heads[p.PID]
		if part == "" {
			part = heads[stat.PPID] // PostgreSQL's own, ffmpeg
		}
		if stat.Comm == "k6" {
			part = "k6"
		}
		if part == "" {
			continue
		}
		use := sample.Parts[part]
		now.cpu[p.PID] = stat.CPUTime()
		if before, known := s.last.cpu[p.PID]; known {
			use.Cores += (stat.CPUTime() - before) / took
		}
		use.RSSMiB += resident(p, stat) / (1 << 20)
		use.Threads += float64(stat.NumThreads)
		sample.Parts[part] = use
	}
	return nil
}

// resident is a process's memory without what it shares with others, such as
// PostgreSQL's buffers, which would be counted many times.
func resident(p procfs.Proc, stat procfs.ProcStat) float64 {
	if status, err := p.NewStatus(); err == nil {
		return float64(status.RssAnon)
	}
	return float64(stat.ResidentMemory())
}

// figures reads throughput and response times off the edge.
func (s *sampler) figures(ctx context.Context, now *totals, sample *Sample, took float64) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/metrics", s.service.Ports["edge-metrics"]), http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was read or not
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return err
	}
	now.requests = byArea(families["rounds_http_request_duration_seconds"])
	for area, h := range now.requests {
		sample.Requests[area] = float64(h.GetSampleCount()-s.last.requests[area].GetSampleCount()) / took
	}
	sample.Beat = between(s.last.requests["beats"], now.requests["beats"])
	return nil
}

// byArea adds the histograms of an area up, over methods and statuses.
func byArea(family *dto.MetricFamily) map[string]*dto.Histogram {
	areas := map[string]*dto.Histogram{}
	for _, m := range family.GetMetric() {
		area := ""
		for _, l := range m.GetLabel() {
			if l.GetName() == "area" {
				area = l.GetValue()
			}
		}
		sum, one := areas[area], m.GetHistogram()
		if sum == nil {
			sum = &dto.Histogram{SampleCount: new(uint64)}
			for _, b := range one.GetBucket() {
				bound := b.GetUpperBound()
				sum.Bucket = append(sum.Bucket, &dto.Bucket{UpperBound: &bound, CumulativeCount: new(uint64)})
			}
			areas[area] = sum
		}
		*sum.SampleCount += one.GetSampleCount()
		for i, b := range one.GetBucket() {
			*sum.Bucket[i].CumulativeCount += b.GetCumulativeCount()
		}
	}
	return areas
}

// between are the response times of the requests that one histogram has more than
// another, in ms, straight lines drawn inside buckets.
func between(before, after *dto.Histogram) Times {
	quantile := func(q float64) float64 {
		all := float64(after.GetSampleCount() - before.GetSampleCount())
		var lower, below float64
		for i, b := range after.GetBucket() {
			count := float64(b.GetCumulativeCount())
			if i < len(before.GetBucket()) {
				count -= float64(before.GetBucket()[i].GetCumulativeCount())
			}
			if upper := b.GetUpperBound(); count >= q*all && !math.IsInf(upper, 1) {
				return 1000 * (lower + (upper-lower)*(q*all-below)/max(1, count-below))
			} else if !math.IsInf(upper, 1) {
				lower, below = upper, count
			}
		}
		return 1000 * lower
	}
	if after.GetSampleCount() == before.GetSampleCount() {
		return Times{}
	}
	return Times{Median: quantile(.5), P95: quantile(.95), P99: quantile(.99)}
}

// database reads what backends do, what they wait on, and what was written.
func (s *sampler) database(ctx context.Context, now *totals, sample *Sample, took float64) error {
	rows, err := s.db.Query(ctx, `select coalesce(wait_event_type, 'CPU'), count(*)::float8 from pg_stat_activity
		where state = 'active' and pid <> pg_backend_pid() and backend_type = 'client backend' group by 1`)
	if err != nil {
		return err
	}
	var on string
	var n float64
	if _, err := pgx.ForEachRow(rows, []any{&on, &n}, func() error {
		sample.Waiting[on] = n
		sample.Active += n
		return nil
	}); err != nil {
		return err
	}
	err = s.db.QueryRow(ctx, `select (select count(*)::float8 from pg_locks where not granted),
		(select xact_commit::float8 from pg_stat_database where datname = current_database()), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8`).
		Scan(&sample.Locks, &now.commits, &now.wal)
	sample.Commits, sample.WALMB = (now.commits-s.last.commits)/took, (now.wal-s.last.wal)/took/1e6
	return err
}
