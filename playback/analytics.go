package playback

import (
	"time"

	"rounds/catalog"
	"rounds/catalog/figures"
)

// Curve tells of each second of a recording how many watched it.
type Curve []int

// Step is a place on a recording from which on so many watch, up to the next one.
type Step struct{ FromS, Watching int }

// NewCurve lays steps out over a recording; they are in order. What lies outside
// of the recording is left out.
func NewCurve(steps []Step, durationMS int64) Curve {
	curve := make(Curve, (durationMS+999)/1000)
	for i, s := range steps {
		to := len(curve)
		if i+1 < len(steps) {
			to = min(to, steps[i+1].FromS)
		}
		for at := max(0, s.FromS); at < to; at++ {
			curve[at] = s.Watching
		}
	}
	return curve
}

// Either is how many watched each second in one way or the other, when both is
// how many did in both.
func Either(one, other, both Curve) Curve {
	curve := make(Curve, len(one))
	for i := range curve {
		curve[i] = one[i] + other[i] - both[i]
	}
	return curve
}

// Mean is how much of the recording each of so many people watched, in percent;
// 0 for nobody.
func (c Curve) Mean(people int) float64 {
	sum := 0
	for _, n := range c {
		sum += n
	}
	if sum == 0 || people == 0 {
		return 0
	}
	return min(100, float64(sum)/float64(people)/float64(len(c))*100)
}

// Audience is who has seen what of a webinar's current recording, as it was
// counted. It must not leave the server: Analytics is what may be told of it.
type Audience struct {
	RecordingID catalog.RecordingID
	DurationMS  int64
	Chapters    []catalog.Chapter
	Enrolled    int
	Started     int // have watched something of it
	Finished    int // have watched something of its last part, see Tail
	Completed   int // have met the rule
	Live        int // of Started, in the live session
	Replay      int // of Started, afterwards
	Both        int // of Started
	LiveCurve   Curve
	ReplayCurve Curve
	BothCurve   Curve // by the same doctor, live and again
	AsOf        time.Time
	Total       figures.Row   // before AsOf: enrolled, started, completed
	Countries   []figures.Row // the same
	Viewers     figures.Row   // before AsOf: have played, and of them have completed
	Devices     []figures.Row // each doctor by the device she has watched most with
	Reports     []Report
	Questions   Questions
}

// Questions are those that doctors ask and nobody put aside.
type Questions struct {
	All    int
	Open   int       // of All, without an answer
	Placed []AskedAt // those of a place on this recording, in its order
}

// AskedAt is how many questions are about a moment of a recording.
type AskedAt struct {
	AtMS      int64
	Questions int
}

// Report is how many doctors reported from a minute of a recording that
// something was wrong.
type Report struct{ Minute, Doctors int }

// Tail is the last part of a recording: who has watched something of it has been
// there at the end. A twentieth, but ten seconds at least.
func Tail(durationMS int64) Range {
	return Range{From: max(0, durationMS-max(durationMS/20, 10_000)), To: durationMS}
}

// Analytics is what presenters are told of an audience.
type Analytics struct {
	RecordingID catalog.RecordingID
	DurationMS  int64
	Enrolled    int
	Started     int
	Finished    int
	Completed   int
	Live        Watched
	Replay      Watched
	All         Watched
	Both        int
	Chapters    []ChapterKept
	AsOf        time.Time
	Countries   []figures.Line
	Devices     []figures.Line // the columns are figures.Registered: have played, and figures.Active: have completed
	Reports     []Report
	Questions   Questions
}

// Watched is how many watched in one way, and what of the recording.
type Watched struct {
	Doctors int
	Mean    *float64       // percent of the recording that each watched; nil: hidden
	Curve   []figures.Cell // of each second
}

// ChapterKept is a chapter and how many watched it.
type ChapterKept struct {
	catalog.Chapter
	EndMS   int64
	Doctors *float64 // at a second of it, on average; nil: hidden

	Questions int // about a place in it
}

// Told makes of an audience what may be told.
//
// Counts of everybody are told as they are. A second that fewer than
// figures.Least watched is hidden; and where one of live and replay is hidden, so
// is the other: together with the sum it would be told by it. Countries and
// devices are protected as the figures of sponsors are.
func (a Audience) Told() Analytics {
	all := Either(a.LiveCurve, a.ReplayCurve, a.BothCurve)
	told := Analytics{
		RecordingID: a.RecordingID, DurationMS: a.DurationMS, Enrolled: a.Enrolled, Started: a.Started, Finished: a.Finished, Completed: a.Completed,
		Both: a.Both, AsOf: a.AsOf, Reports: a.Reports, Questions: a.Questions, Chapters: chaptersKept(a.Chapters, a.DurationMS, all),
		All: watched(all, a.Started), Live: watched(a.LiveCurve, a.Live), Replay: watched(a.ReplayCurve, a.Replay),
		Countries: groupsOf(a.Total, a.Countries), Devices: groupsOf(a.Viewers, a.Devices),
	}
	for i := range told.Live.Curve {
		if told.Live.Curve[i] == nil || told.Replay.Curve[i] == nil {
			told.Live.Curve[i], told.Replay.Curve[i] = nil, nil
		}
	}
	for i := range told.Chapters {
		told.Chapters[i].Questions = a.Questions.within(told.Chapters[i].StartMS, told.Chapters[i].EndMS)
	}
	return told
}

// within counts the questions about a part of the recording, in milliseconds.
func (q Questions) within(from, to int64) (n int) {
	for _, at := range q.Placed {
		if from <= at.AtMS && at.AtMS < to {
			n += at.Questions
		}
	}
	return n
}

func groupsOf(total figures.Row, rows []figures.Row) []figures.Line {
	told := figures.Protect(figures.Parts, total, rows)
	told.Sort()
	return told.Lines
}

func watched(c Curve, doctors int) Watched {
	w := Watched{Doctors: doctors, Curve: make([]figures.Cell, len(c))}
	for i := range c {
		if c[i] >= figures.Least {
			w.Curve[i] = &c[i]
		}
	}
	if doctors >= figures.Least {
		mean := c.Mean(doctors)
		w.Mean = &mean
	}
	return w
}

// chaptersKept averages a curve over each chapter. What lies before the first
// one is a chapter without a title.
func chaptersKept(chapters []catalog.Chapter, durationMS int64, c Curve) []ChapterKept {
	if len(chapters) > 0 && chapters[0].StartMS >= 1000 {
		chapters = append([]catalog.Chapter{{}}, chapters...)
	}
	var kept []ChapterKept
	for i, chapter := range chapters {
		k := ChapterKept{Chapter: chapter, EndMS: durationMS}
		if i+1 < len(chapters) {
			k.EndMS = chapters[i+1].StartMS
		}
		from, sum := min(int(k.StartMS/1000), len(c)), 0
		part := c[from:max(from, min(int((k.EndMS+999)/1000), len(c)))]
		for _, n := range part {
			sum += n
		}
		if len(part) > 0 && sum >= figures.Least*len(part) {
			mean := float64(sum) / float64(len(part))
			k.Doctors = &mean
		}
		kept = append(kept, k)
	}
	return kept
}
