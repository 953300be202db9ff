package playback

import (
	"time"

	"rounds/catalog"
)

// PlayReportID names what a doctor reported with one tap ("rpt_…").
type PlayReportID string

// NewPlayReportID mints an identifier for a report.
func NewPlayReportID() PlayReportID { return PlayReportID(catalog.NewID("rpt")) }

// PlayReport is what a doctor said of play that failed, with one tap.
type PlayReport struct {
	ID           PlayReportID
	At           time.Time
	AccountID    catalog.AccountID
	Name, Email  string // of the account
	WebinarID    catalog.WebinarID
	WebinarTitle string
	ProgramID    catalog.ProgramID
	SessionID    catalog.PlaybackSessionID // empty: no session could be opened
	PositionMS   *int64                    // on the recording's timeline; nil: not known
	Code         string                    // what the player says went wrong
	Device       string                    // "phone", "tablet", "computer"; empty: not known
	Browser      string
	DoneAt       *time.Time // nil: somebody should look
	DoneBy       string     // account or token
}

// PlayReportState tells whether somebody has looked after a report.
type PlayReportState string

// The states of a report.
const (
	PlayReportOpen PlayReportState = "open"
	PlayReportDone PlayReportState = "done"
)

// State tells whether somebody has looked after it.
func (r PlayReport) State() PlayReportState {
	if r.DoneAt != nil {
		return PlayReportDone
	}
	return PlayReportOpen
}

// PlayReportFilter selects reports; a zero field selects all.
type PlayReportFilter struct {
	Program       catalog.ProgramID
	Webinar       catalog.WebinarID
	Since, Before time.Time
	State         PlayReportState
}
