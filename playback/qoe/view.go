package qoe

import (
	"cmp"
	"slices"
)

// View is what the events of one playback session come to.
type View struct {
	Asked     bool     `json:"asked"` // somebody wanted to play: it counts
	StartupMS *int64   `json:"startup_ms,omitempty"`
	Stalls    int      `json:"stalls,omitempty"`
	StalledMS int64    `json:"stalled_ms,omitempty"`
	ExitMS    *int64   `json:"exit_ms,omitempty"` // how long was waited when the page was left or hidden
	Failures  int      `json:"failures,omitempty"`
	LastError string   `json:"last_error,omitempty"`
	ErrorAtMS int64    `json:"error_at_ms,omitempty"`
	Engine    string   `json:"engine,omitempty"`
	Network   string   `json:"network,omitempty"`
	Link      string   `json:"link,omitempty"`
	SaveData  bool     `json:"save_data,omitempty"`
	Device    string   `json:"device,omitempty"`
	Browser   string   `json:"browser,omitempty"`
	Rungs     []Change `json:"rungs,omitempty"` // by time, at most the earliest hundred
}

// Change is a change of quality.
type Change struct {
	AtMS   int64 `json:"at_ms"`
	Height int   `json:"height"`
}

// Exited tells whether the page was left before anything was seen. Who only
// looked away and came back is none of them.
func (v View) Exited() bool { return v.ExitMS != nil && v.StartupMS == nil }

// Failed tells whether the doctor was told that play could not go on.
func (v View) Failed() bool { return v.Failures > 0 }

// Fold adds an event that was not added before. In whatever order the events of
// a session are added, the same view comes of them.
func Fold(v View, e Event) View {
	v.Asked = v.Asked || e.Kind != Rung
	switch e.Kind {
	case Play:
		v = v.played(e.Detail)
	case Start:
		v.StartupMS = least(v.StartupMS, e.Detail.MS)
	case Stall:
		v.Stalls++
	case StallEnd:
		v.StalledMS += e.Detail.MS
	case Exit:
		v.ExitMS = least(v.ExitMS, e.Detail.MS)
	case Failure:
		v.Failures++
		v = v.failed(e.AtMS, e.Detail.Error)
	case Report:
		v.Failures++
		v = v.failed(e.AtMS, reported+e.Detail.Error)
	case Rung:
		v.Rungs = insert(v.Rungs, Change{e.AtMS, e.Detail.Height})
	}
	return v
}

// reported begins the error of a view that a doctor found worth a report.
const reported = "reported: "

// failed keeps the latest error.
func (v View) failed(at int64, text string) View {
	if cmp.Or(cmp.Compare(at, v.ErrorAtMS), cmp.Compare(text, v.LastError)) > 0 {
		v.ErrorAtMS, v.LastError = at, text
	}
	return v
}

// played notes by what it is played.
func (v View) played(d Detail) View {
	v.Engine, v.Network, v.Link = max(v.Engine, d.Engine), max(v.Network, d.Network), max(v.Link, d.Link)
	v.Device, v.Browser, v.SaveData = max(v.Device, d.Device), max(v.Browser, d.Browser), v.SaveData || d.SaveData
	return v
}

func least(a *int64, b int64) *int64 {
	if a != nil && *a < b {
		b = *a
	}
	return &b
}

func insert(changes []Change, c Change) []Change {
	at, _ := slices.BinarySearchFunc(changes, c, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), cmp.Compare(a.Height, b.Height))
	})
	changes = slices.Insert(slices.Clone(changes), at, c)
	return changes[:min(len(changes), maxRungs)]
}
