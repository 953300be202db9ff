package main

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog"
	"rounds/catalog/notify"
	"rounds/transcode/jobs"
)

// askTimeout bounds what a scrape asks the database.
const askTimeout = 5 * time.Second

// asked is a collector of gauges that the database is asked for at each scrape.
// They are of all processes together, so every process that has them gives the
// same figures: take the max of them, not the sum. Figures that cannot be had
// are left out.
type asked struct {
	descs []*prometheus.Desc
	ask   func(ctx context.Context, tell func(desc *prometheus.Desc, value float64, labels ...string)) error
}

// Describe implements prometheus.Collector.
func (c asked) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (c asked) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	var all []prometheus.Metric
	err := c.ask(ctx, func(desc *prometheus.Desc, value float64, labels ...string) {
		all = append(all, prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...))
	})
	if err != nil {
		return
	}
	for _, m := range all {
		metrics <- m
	}
}

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// chunkQueueOf asks how much there is to encode.
func chunkQueueOf(queue func(context.Context) (catalog.ChunkQueue, error)) asked {
	waiting := gauge("rounds_chunks_waiting", "Pieces of recordings that a worker could take, over all machines.")
	running := gauge("rounds_chunks_running", "Pieces of recordings that are being encoded, over all machines.")
	oldest := gauge("rounds_chunks_oldest_seconds", "How long the recording that waits longest for any worker has waited.")
	return asked{[]*prometheus.Desc{waiting, running, oldest}, func(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
		q, err := queue(ctx)
		tell(waiting, float64(q.Waiting))
		tell(running, float64(q.Running))
		tell(oldest, q.Oldest.Seconds())
		return err
	}}
}

// backlogOfMessages asks what waits in the outbox.
func backlogOfMessages(backlog func(context.Context) ([]notify.Backlog, error)) asked {
	waiting := gauge("rounds_messages_waiting", "Messages that are neither sent nor given up, over all processes.", "urgent")
	oldest := gauge("rounds_messages_oldest_seconds", "Age of the oldest message that waits.", "urgent")
	return asked{[]*prometheus.Desc{waiting, oldest}, func(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
		list, err := backlog(ctx)
		for _, b := range list {
			tell(waiting, float64(b.Count), strconv.FormatBool(b.Urgent))
			tell(oldest, b.Oldest.Seconds(), strconv.FormatBool(b.Urgent))
		}
		return err
	}}
}

// backlogOfRecordings asks what is under way.
func backlogOfRecordings(backlog func(context.Context) (catalog.RecordingBacklog, error)) asked {
	open := gauge("rounds_recordings_open", "Recordings that are neither ready nor failed, over all machines.", "state")
	unjudged := gauge("rounds_recordings_awaiting_verdict", "Recordings that have arrived and of which nobody knows yet whether they can be used.")
	oldest := gauge("rounds_recordings_awaiting_verdict_oldest_seconds", "How long the first of them has waited.")
	return asked{[]*prometheus.Desc{open, unjudged, oldest}, func(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
		b, err := backlog(ctx)
		tell(open, float64(b.Uploading), string(catalog.StateUploading))
		tell(open, float64(b.Uploaded), string(catalog.StateUploaded))
		tell(open, float64(b.Processing), string(catalog.StateProcessing))
		tell(unjudged, float64(b.Unjudged))
		tell(oldest, b.OldestUnjudged.Seconds())
		return err
	}}
}

// backlogOfJobs asks what is in River's queues.
func backlogOfJobs(backlog func(context.Context) ([]jobs.Backlog, error)) asked {
	count := gauge("rounds_queue_jobs", "Jobs in the queues that are not finished, over all processes.", "kind", "state")
	oldest := gauge("rounds_queue_oldest_job_seconds", "How long ago the oldest of them was due.", "kind", "state")
	return asked{[]*prometheus.Desc{count, oldest}, func(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
		list, err := backlog(ctx)
		for _, b := range list {
			tell(count, float64(b.Jobs), b.Kind, b.State)
			tell(oldest, b.Oldest.Seconds(), b.Kind, b.State)
		}
		return err
	}}
}

// viewersOf asks how many players play.
func viewersOf(viewers func(context.Context) (int, error)) asked {
	now := gauge("rounds_viewers", "Playback sessions from which a beat came within the last 45 seconds, over all processes.")
	return asked{[]*prometheus.Desc{now}, func(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
		n, err := viewers(ctx)
		tell(now, float64(n))
		return err
	}}
}

// upkeepDone asks when each chore was last done.
func upkeepDone(done func(context.Context) (map[string]time.Time, error)) asked {
	last := gauge("rounds_upkeep_last_done_timestamp_seconds", "When a piece of upkeep was last done, by any process.", "chore")
	return asked{[]*prometheus.Desc{last}, func(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
		all, err := done(ctx)
		for chore, at := range all {
			tell(last, float64(at.UnixMilli())/1000, chore)
		}
		return err
	}}
}
