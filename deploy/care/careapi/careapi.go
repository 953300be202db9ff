// Package careapi is the HTTP API of care: what the scheduled checks found. It
// must not import its siblings; reports come through [Deps].
package careapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/deploy/care"
)

// Deps is what the API needs.
type Deps struct {
	// Reports are the last of each kind, the newest first.
	Reports func(ctx context.Context) ([]care.Report, error)
	// Past is how the last reports went, the newest first.
	Past func(ctx context.Context, most int) ([]care.Past, error)
	// Say puts a sentence into the language of whoever asks.
	Say func(ctx context.Context, s catalog.Sentence) string
}

type server struct{ Deps }

// Register adds the endpoint: administrators and monitors ask it.
func Register(api huma.API, deps Deps) {
	s := &server{deps}
	huma.Register(api, huma.Operation{
		OperationID: "get-health-report", Method: http.MethodGet, Path: "/v1/health/report", Tags: []string{"Health"},
		Summary: "Tell what the scheduled checks found",
		Description: "The last daily and the last weekly report, the newest first; none before the first. Each check has a line: `green` is well, " +
			"with `amber` somebody should look within days, `red` is noticed by doctors or will soon be, `unknown` could not be told from that machine. " +
			"It has a sentence, what to do, and the runbook that says more. `rounds admin doctor` makes such a report now.",
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable},
	}, s.report)
}

// HealthLine is what came of one check.
type HealthLine struct {
	Check    string     `json:"check" example:"disk"`
	Area     string     `json:"area" enum:"machine,network,services,database,storage,keys,work,backups" example:"machine"`
	Light    care.Light `json:"light" enum:"green,unknown,amber,red" example:"green"`
	Sentence string     `json:"sentence" example:"/var/lib/rounds: 61 % free (120.3 GiB), 99 % of inodes."`
	Remedy   string     `json:"remedy" doc:"What to do; empty when it is green. Commands, settings and paths stand between backquotes."`
	Runbook  string     `json:"runbook" example:"deploy/runbooks/RoundsDiskFilling.md"`
	Took     float64    `json:"took_s" example:"0.004"`
}

// HealthReport is what one run of the checks found.
type HealthReport struct {
	Kind  care.Kind    `json:"kind" enum:"daily,weekly"`
	Host  string       `json:"host" example:"api-1" doc:"The machine that asked; its disks and memory are those of the report."`
	At    time.Time    `json:"at"`
	Took  float64      `json:"took_s" example:"1.4"`
	Light care.Light   `json:"light" enum:"green,amber,red" doc:"The worst of the lines."`
	Lines []HealthLine `json:"lines" nullable:"false"`
}

// PastReport is how one of the last reports went.
type PastReport struct {
	Kind  care.Kind  `json:"kind" enum:"daily,weekly"`
	Host  string     `json:"host" example:"api-1"`
	At    time.Time  `json:"at"`
	Light care.Light `json:"light" enum:"green,amber,red"`
	Red   []string   `json:"red" nullable:"false" example:"[\"disk\"]" doc:"The checks that were red."`
}

// pastReports is how many are told of.
const pastReports = 14

type reportOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []HealthReport `json:"items" nullable:"false"`
		Past  []PastReport   `json:"past" nullable:"false" doc:"How the last 14 reports went, the newest first."`
	}
}

func (s *server) report(ctx context.Context, _ *struct{}) (*reportOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	reports, err := s.Reports(ctx)
	if err != nil {
		return nil, err
	}
	past, err := s.Past(ctx, pastReports)
	if err != nil {
		return nil, err
	}
	out := &reportOutput{CacheControl: "no-store"}
	out.Body.Items = make([]HealthReport, 0, len(reports))
	for _, r := range reports {
		out.Body.Items = append(out.Body.Items, s.shown(ctx, r))
	}
	out.Body.Past = make([]PastReport, 0, len(past))
	for _, p := range past {
		out.Body.Past = append(out.Body.Past, PastReport(p))
	}
	return out, nil
}

func (s *server) shown(ctx context.Context, r care.Report) HealthReport {
	h := HealthReport{Kind: r.Kind, Host: r.Host, At: r.At, Took: r.TookS, Light: r.Light, Lines: make([]HealthLine, 0, len(r.Lines))}
	for _, l := range r.Lines {
		h.Lines = append(h.Lines, HealthLine{
			Check: l.Check, Area: l.Area, Light: l.Light, Sentence: s.Say(ctx, l.Sentence), Remedy: s.Say(ctx, catalog.Sentence{Text: l.Remedy}), Runbook: l.Runbook, Took: l.TookS,
		})
	}
	return h
}
