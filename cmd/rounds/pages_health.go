package main

import (
	"context"
	"path"
	"strings"

	"rounds/deploy/care/careapi"
	"rounds/deploy/runbooks"
	"rounds/player"
)

// Health implements player.Caring.
func (p *pages) Health(ctx context.Context) (reports []player.HealthReport, past []player.PastReport, err error) {
	var told struct {
		Items []careapi.HealthReport
		Past  []careapi.PastReport
	}
	if err := p.get(ctx, "/v1/health/report", &told); err != nil {
		return nil, nil, err
	}
	for _, r := range told.Items {
		report := player.HealthReport{Kind: string(r.Kind), Host: r.Host, Light: string(r.Light), At: r.At, TookS: r.Took}
		for _, l := range r.Lines {
			report.Lines = append(report.Lines, player.HealthLine{
				Check: l.Check, Area: l.Area, Light: string(l.Light), Sentence: l.Sentence, Remedy: l.Remedy, Runbook: strings.TrimSuffix(path.Base(l.Runbook), ".md"),
			})
		}
		reports = append(reports, report)
	}
	for _, r := range told.Past {
		past = append(past, player.PastReport{Kind: string(r.Kind), Host: r.Host, Light: string(r.Light), At: r.At, Red: r.Red})
	}
	return reports, past, nil
}

// Runbook implements player.Caring. What to do is no secret: whoever runs the
// service has the same text in the repository.
func (p *pages) Runbook(_ context.Context, name string) (string, error) {
	text, ok := runbooks.Text(name)
	if !ok {
		return "", player.ErrNotFound
	}
	return text, nil
}
