package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html
var source string

// page is the report; it loads nothing.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"number":  func(digits int, v float64) string { return fmt.Sprintf("%.*f", digits, v) },
	"percent": func(v float64) string { return fmt.Sprintf("%.2f %%", v*100) },
}).Parse(source))

// drawing is a chart as the page shows it.
type drawing struct {
	Title   string
	Picture template.HTML
}

// assumption is a constant of the model, in words.
type assumption struct{ What, Value string }

func assumptions() []assumption {
	return []assumption{
		{"A core there does what a core of this machine does", "to be checked with `make bench-playback` on one of them"},
		{"Cores that are used at the peak", fmt.Sprintf("%.0f %%", utilisation*100)},
		{"Cores of a machine of the API; fewest machines", fmt.Sprintf("%d; one in each of %d zones", apiCores, zones)},
		{"Connections of an API process to the database", fmt.Sprintf("%d", connections)},
		{"Bit rate that everybody watches at", fmt.Sprintf("%.1f Mb/s", bitRate)},
		{"Length of a segment", fmt.Sprintf("%.0f s, one request each", segment)},
		{"Quota of a CloudFront distribution by default", fmt.Sprintf("%.0f Gb/s, %.0f requests/s", quotaGbps, quotaRequests)},
		{"What the edge does here, CloudFront and the load balancer do there", "so it is no part of the machines below"},
	}
}

// render writes the report's page.
func render(w io.Writer, r Report) error {
	var drawings []drawing
	for _, c := range charts() {
		picture, err := c.svg(r.Samples)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Title, err)
		}
		drawings = append(drawings, drawing{c.Title, picture})
	}
	return page.Execute(w, map[string]any{"Report": r, "Parts": parts, "Drawings": drawings, "Assumptions": assumptions()})
}

// Held is what the page says of a step.
func (s Step) Held() bool { return s.held() }
