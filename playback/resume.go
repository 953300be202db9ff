package playback

import "time"

// Edges of a recording between which play is resumed, in milliseconds. On
// recordings of under 100 s they shrink to a twentieth of the length.
const (
	startEdgeMS = 3_000 // nearer to the start, play starts at 0: nothing is lost, and nobody misses the first word
	endEdgeMS   = 5_000 // nearer to the end, resuming would show the last picture and stop
	edgeShare   = 20
)

// ResumeAt is where play starts next time.
type ResumeAt struct {
	PositionMS int64
	// WatchAgain tells that the doctor had reached the end, so that play starts
	// over: the page says so instead of going back silently.
	WatchAgain bool
}

// ResumeFrom is who left off where play starts, when it was not the login that starts.
type ResumeFrom struct {
	Live   bool       // the position is where the doctor left the live session
	Device string     // of the other login, in words; see StartRequest
	At     *time.Time // when that was: the last beat there, or leaving the live session
}

// Resume decides where play starts when the last known position is positionMS.
// It is exact: the very millisecond between the edges; 0 before the first;
// 0 with WatchAgain behind the last. Whether the webinar is completed plays no
// part: a doctor may complete at 90 % and still wants to come back to 92 %.
//
// (Jellyfin starts over below 5 % and above 90 %, Paella in the last 5 s,
// videotime in the last second; shares of a two-hour talk are minutes that a
// doctor would have to search for, so ours are seconds.)
func Resume(positionMS, durationMS int64) ResumeAt {
	startEdge := min(startEdgeMS, durationMS/edgeShare)
	endEdge := min(endEdgeMS, durationMS/edgeShare)
	switch {
	case durationMS <= 0 || positionMS < startEdge:
		return ResumeAt{}
	case positionMS >= durationMS-endEdge:
		return ResumeAt{WatchAgain: true}
	default:
		return ResumeAt{PositionMS: positionMS}
	}
}
