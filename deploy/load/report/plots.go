package main

import (
	"bytes"
	"html/template"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// series is one line of a plot.
type series struct {
	name string
	of   func(Sample) float64
}

// chart is one plot over the time of the whole run.
type chart struct {
	Title, unit string
	lines       []series
}

// charts are what the report draws.
func charts() []chart {
	ofParts := func(what func(Use) float64) (lines []series) {
		for _, part := range parts {
			lines = append(lines, series{part, func(s Sample) float64 { return what(s.Parts[part]) }})
		}
		return lines
	}
	var waits, areas []series
	for _, on := range []string{"CPU", "LWLock", "IO", "Lock", "Client"} {
		waits = append(waits, series{on, func(s Sample) float64 { return s.Waiting[on] }})
	}
	for _, area := range []string{"beats", "api", "media", "key", "pages"} {
		areas = append(areas, series{area, func(s Sample) float64 { return s.Requests[area] }})
	}
	return []chart{
		{"Response time of beats, as the edge gives them", "ms", []series{
			{"median", func(s Sample) float64 { return s.Beat.Median }}, {"95 %", func(s Sample) float64 { return s.Beat.P95 }}, {"99 %", func(s Sample) float64 { return s.Beat.P99 }},
		}},
		{"Throughput", "requests a second", areas},
		{"CPU", "cores", ofParts(func(u Use) float64 { return u.Cores })},
		{"Memory of their own", "MiB", ofParts(func(u Use) float64 { return u.RSSMiB })},
		{"Threads; of PostgreSQL, processes", "", ofParts(func(u Use) float64 { return u.Threads })},
		{"Active database connections, by what they wait on", "", append(waits, series{"locks not granted", func(s Sample) float64 { return s.Locks }})},
		{"Database commits", "a second", []series{{"commits", func(s Sample) float64 { return s.Commits }}}},
		{"Database log of writes", "MB a second", []series{{"WAL", func(s Sample) float64 { return s.WALMB }}}},
	}
}

// svg draws a chart. Steps are marked below by the multiple of the crowd.
func (c chart) svg(samples []Sample) (template.HTML, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "s since the start", c.unit
	p.Y.Min = 0
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	var drawn []any
	for _, line := range c.lines {
		points := make(plotter.XYs, len(samples))
		for i, s := range samples {
			points[i].X, points[i].Y = s.AtS, line.of(s)
		}
		drawn = append(drawn, line.name, points)
	}
	if err := plotutil.AddLines(p, drawn...); err != nil {
		return "", err
	}
	p.Y.Max *= 1.3 // room for the legend
	p.BackgroundColor = color.White
	canvas := vgsvg.New(24*vg.Centimeter, 9*vg.Centimeter)
	p.Draw(draw.New(canvas))
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return "", err
	}
	// A document of its own begins with a declaration, which has no place inside a page.
	_, picture, _ := bytes.Cut(out.Bytes(), []byte("<svg"))
	return template.HTML("<svg" + string(picture)), nil //nolint:gosec // drawn here, of numbers and our own words
}
