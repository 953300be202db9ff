package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog"
	"rounds/cmd/rounds/doctor"
	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
)

// reportsAge is how long reports and what is on record of backups are kept.
const reportsAge = 400 * 24 * time.Hour

// settleTime is how long a process has run before it looks at the service: what was
// just started, or replaced, is not all there.
const settleTime = 10 * time.Minute

// caring asks the checks daily and weekly, by one of all processes.
type caring struct {
	store  *caredb.Store
	config func(ctx context.Context) (doctor.Config, func())
	tell   func(ctx context.Context, tx pgx.Tx, m catalog.Message) error
	begin  func(ctx context.Context, do func(tx pgx.Tx) error) error
}

// careFor looks after the service until ctx ends.
func (s *server) careFor(ctx context.Context) {
	c := s.caring()
	select {
	case <-time.After(settleTime):
	case <-ctx.Done():
		return
	}
	u := &upkeep{store: s.store, log: s.log, look: time.Minute}
	u.repeat(ctx, []chore{
		{"checks_weekly", 7 * 24 * time.Hour, func(ctx context.Context) ([]any, error) { return c.look(ctx, care.Weekly) }},
		{"checks_daily", 24 * time.Hour, func(ctx context.Context) ([]any, error) { return c.look(ctx, care.Daily) }},
	})
}

func (s *server) caring() *caring {
	settings := &doctorSettings{
		BaseURL: s.config.Site.BaseURL, APIURL: localAddress(s.config.Listen), DatabaseURL: s.config.Database.DatabaseURL, Password: s.config.Database.Password,
		Storage: s.config.Storage, Evidence: s.config.Evidence, Quality: s.config.Quality, Mail: s.config.Mail,
		MasterKeyFile: s.config.Seal.MasterKeyFile, MasterKey: s.config.Seal.MasterKey,
		Sign: s.config.Sign, Checks: s.config.Checks,
	}
	return &caring{
		store: caredb.New(s.db), config: settings.doctor, tell: s.tell,
		begin: func(ctx context.Context, do func(tx pgx.Tx) error) error { return pgx.BeginFunc(ctx, s.db, do) },
	}
}

// localAddress is where this process itself is reached.
func localAddress(listen string) string {
	if strings.HasPrefix(listen, ":") {
		listen = "localhost" + listen
	}
	return "http://" + strings.Replace(listen, "0.0.0.0:", "localhost:", 1)
}

// look makes a report, keeps it, and tells administrators what turned red since
// the last one of its kind.
func (c *caring) look(ctx context.Context, kind care.Kind) ([]any, error) {
	before, _, err := c.store.Last(ctx, kind)
	if err != nil {
		return nil, err
	}
	config, done := c.config(ctx)
	defer done()
	report := doctor.Run(ctx, kind, hostName(), config)
	if err := c.store.Keep(ctx, report); err != nil {
		return nil, err
	}
	numbers := []any{"light", report.Light, "red", report.Reds(), "amber", report.Count(care.Amber)}
	return numbers, c.warn(ctx, report, turnedRed(before, report))
}

// turnedRed are lines that are red now and were not in the report before.
func turnedRed(before, now care.Report) (lines []care.Line) {
	known := before.Reds()
	for _, l := range now.Lines {
		if l.Light == care.Red && !slices.Contains(known, l.Check) {
			lines = append(lines, l)
		}
	}
	return lines
}

// warn puts a mail to each administrator into the outbox.
func (c *caring) warn(ctx context.Context, r care.Report, lines []care.Line) error {
	if len(lines) == 0 {
		return nil
	}
	admins, err := c.store.Admins(ctx)
	if err != nil {
		return err
	}
	return c.begin(ctx, func(tx pgx.Tx) error {
		for _, a := range admins {
			err := c.tell(ctx, tx, catalog.Message{
				Recipient: a.Email, Kind: catalog.MessageChecksRed, Locale: a.Locale,
				Values:      map[string]string{"name": a.Name, "host": r.Host, "checks": inMail(a.Locale, lines)},
				Idempotency: fmt.Sprintf("%s:%s:%d:%s", catalog.MessageChecksRed, r.Kind, r.At.UnixMilli(), a.ID),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// inMail is what lines say, as the text of a mail has it.
func inMail(locale string, lines []care.Line) string {
	texts := make([]string, 0, 2*len(lines))
	for _, l := range lines {
		texts = append(texts, sayIn(locale, catalog.Say("%s: %s", l.Check, l.Sentence)), sayIn(locale, catalog.Say("%s (%s)", catalog.Sentence{Text: l.Remedy}, l.Runbook)))
	}
	return strings.Join(texts, "\n")
}

// checkResults asks for the last reports at each scrape.
func checkResults(last func(ctx context.Context) ([]care.Report, error)) asked {
	ok := gauge("rounds_check_ok", "What a check of rounds admin doctor found in the last scheduled report: 1 green, 0.5 amber, 0 red.", "check")
	at := gauge("rounds_checks_last_timestamp_seconds", "When the last scheduled report of a kind was made.", "kind")
	return asked{[]*prometheus.Desc{ok, at}, func(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
		reports, err := last(ctx)
		told := map[string]bool{}
		for _, r := range reports { // the newest first: a daily one knows better than last week's
			tell(at, float64(r.At.Unix()), string(r.Kind))
			for _, l := range r.Lines {
				if value, known := lightValue[l.Light]; known && !told[l.Check] {
					told[l.Check] = true
					tell(ok, value, l.Check)
				}
			}
		}
		return err
	}}
}

// lightValue is what a light is as a figure; one that is not known has none.
var lightValue = map[care.Light]float64{care.Green: 1, care.Amber: .5, care.Red: 0} //nolint:gochecknoglobals // a constant
