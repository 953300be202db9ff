package player

import (
	"strconv"
	"strings"
)

// chart is a picture of curves over a recording, drawn by the template. It is
// 1000 wide and chartHeight high, and stretched to the place there is.
type chart struct {
	Area              string // under the curve of all
	All, Live, Replay string // paths
	Most              int    // what the upper edge stands for
	Lines             []chartLine
	Marks             []chartMark // chapters
	Times             []chartTime
	Asked             []chartAsked
}

const (
	chartHeight = 200
	chartPoints = 1000 // at most: about what the widest window shows
	chartAskers = 20   // places for numbers of questions: about what a phone shows
)

// chartLine is a level line; Y in pixels from the top.
type chartLine struct{ Y, Value int }

// chartMark is where a chapter begins, in percent of the width; without a number
// where there is no room for it.
type chartMark struct {
	X      string
	Number int
}

// chartTime is a time under the picture.
type chartTime struct {
	X, Anchor string
	AtS       float64
}

// chartAsked is how many questions are about a part of the recording; X is its
// middle, in percent of the width.
type chartAsked struct {
	X         string
	Questions int
}

func newChart(a Analytics) chart {
	seconds := len(a.All.Seconds)
	if seconds == 0 {
		return chart{}
	}
	c := chart{Most: roundUp(largest(a.All.Seconds))}
	c.All = c.path(a.All.Seconds, "")
	c.Area = c.path(a.All.Seconds, closeArea)
	c.Live, c.Replay = c.path(a.Live.Seconds, ""), c.path(a.Replay.Seconds, "")
	for _, part := range []int{0, 2, 4} {
		c.Lines = append(c.Lines, chartLine{Y: chartHeight * part / 4, Value: c.Most * (4 - part) / 4})
	}
	last := -100.0
	for i, k := range a.Chapters {
		at := k.StartS / a.DurationS * 100
		mark := chartMark{X: strconv.FormatFloat(at, 'f', 2, 64)}
		if at-last >= 4 {
			mark.Number, last = i+1, at
		}
		c.Marks = append(c.Marks, mark)
	}
	for i, anchor := range []string{"start", "middle", "middle", "middle", "end"} {
		c.Times = append(c.Times, chartTime{X: strconv.Itoa(i * 25), Anchor: anchor, AtS: a.DurationS * float64(i) / 4})
	}
	for i := range chartAskers {
		part := a.DurationS / chartAskers
		if n := a.askedIn(part*float64(i), part*float64(i+1)); n > 0 {
			c.Asked = append(c.Asked, chartAsked{strconv.FormatFloat((float64(i)+0.5)/chartAskers*100, 'f', 1, 64), n})
		}
	}
	return c
}

func largest(counts []*int) int {
	most := 0
	for _, n := range counts {
		if n != nil {
			most = max(most, *n)
		}
	}
	return most
}

// roundUp is the next of 10, 20, 40, 100, 200, 400, 1000, … so that half of it is
// whole and people can read it.
func roundUp(n int) int {
	for unit := 10; ; unit *= 10 {
		for _, m := range []int{1, 2, 4} {
			if n <= unit*m {
				return unit * m
			}
		}
	}
}

// closeArea ends each piece of an area at the ground.
const closeArea = "Z"

// path draws counts as steps of means, with a hole where one is hidden. Where
// nothing changes, nothing is drawn: pages stay small.
func (c chart) path(counts []*int, closing string) string {
	var out strings.Builder
	step := (len(counts) + chartPoints - 1) / chartPoints
	x := func(second int) string {
		return strconv.FormatFloat(float64(min(second, len(counts)))/float64(len(counts))*1000, 'f', 1, 64)
	}
	var before *int
	end := func(at int) {
		if before != nil && closing != "" {
			out.WriteString("H" + x(at) + "V" + strconv.Itoa(chartHeight) + closing)
		} else if before != nil {
			out.WriteString("H" + x(at))
		}
	}
	for at := 0; at < len(counts); at += step {
		mean := meanOf(counts, at, at+step)
		switch {
		case mean == nil:
			end(at)
		case before == nil && closing != "":
			out.WriteString("M" + x(at) + " " + strconv.Itoa(chartHeight) + "V" + c.y(*mean))
		case before == nil:
			out.WriteString("M" + x(at) + " " + c.y(*mean))
		case *before != *mean:
			out.WriteString("H" + x(at) + "V" + c.y(*mean))
		}
		before = mean
	}
	end(len(counts))
	return out.String()
}

func (c chart) y(n int) string {
	return strconv.FormatFloat(chartHeight-float64(n)/float64(c.Most)*chartHeight, 'f', 1, 64)
}
