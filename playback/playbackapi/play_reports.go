package playbackapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// ReportStore keeps what doctors reported with one tap.
type ReportStore interface {
	// PlayReports lists them, the newest first.
	PlayReports(ctx context.Context, f playback.PlayReportFilter, page catalog.PageRequest) (catalog.Page[playback.PlayReport], error)
	// SettleReport sets whether somebody has looked after one; idempotent. catalog.ErrNotFound.
	SettleReport(ctx context.Context, id playback.PlayReportID, state playback.PlayReportState) (playback.PlayReport, error)
}

// registerPlayReports: administrators look after what doctors reported.
func (s *server) registerPlayReports(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-play-reports", Method: http.MethodGet, Path: "/v1/play_reports", Tags: []string{tag}, Summary: "List what doctors reported of play that failed",
		Description: "For administrators. A player that cannot go on offers to report it with one tap. The newest first; they are here within seconds.",
		Errors:      []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.listPlayReports)
	huma.Register(api, huma.Operation{
		OperationID: "settle-play-report", Method: http.MethodPatch, Path: "/v1/play_reports/{id}", Tags: []string{tag}, Summary: "Say that a report was looked after",
		Description: "`done` takes it off the list of open reports, `open` puts it back. Doing it twice is harmless. It goes to the audit log.",
		Errors:      forPeople,
	}, s.settlePlayReport)
}

type playReportsInput struct {
	ProgramID string    `query:"program_id" maxLength:"100"`
	WebinarID string    `query:"webinar_id" maxLength:"100"`
	Since     time.Time `query:"since" doc:"Only reports from then on." example:"2026-11-01T00:00:00Z"`
	Before    time.Time `query:"before" doc:"Only reports before." example:"2026-11-02T00:00:00Z"`
	State     string    `query:"state" enum:"open,done" doc:"Only reports in this state."`
	Paging
}

type playReportBody struct {
	ID           playback.PlayReportID     `json:"id" example:"rpt_01jd2v9k3m4n5p6q7r8s9t0v1w"`
	Reference    string                    `json:"reference" example:"9T0V1W" doc:"What the doctor was shown when she reported it without a session."`
	At           time.Time                 `json:"at"`
	AccountID    catalog.AccountID         `json:"account_id"`
	Name         string                    `json:"name" doc:"Of the doctor."`
	Email        string                    `json:"email"`
	ProgramID    catalog.ProgramID         `json:"program_id"`
	WebinarID    catalog.WebinarID         `json:"webinar_id"`
	WebinarTitle string                    `json:"webinar_title"`
	SessionID    catalog.PlaybackSessionID `json:"session_id" doc:"Empty when no session could be opened."`
	PositionS    *float64                  `json:"position_s" doc:"Where play stood; null when that is not known."`
	Code         string                    `json:"code" example:"fragLoadError 503" doc:"What the player says went wrong."`
	Device       string                    `json:"device" example:"phone"`
	Browser      string                    `json:"browser" example:"Safari"`
	State        playback.PlayReportState  `json:"state" enum:"open,done"`
	DoneAt       *time.Time                `json:"done_at"`
	DoneBy       string                    `json:"done_by" doc:"Account or token."`
}

type playReportsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []playReportBody `json:"items" nullable:"false"`
		NextCursor *string          `json:"next_cursor" doc:"Null on the last page."`
	}
}

func (s *server) listPlayReports(ctx context.Context, in *playReportsInput) (*playReportsOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.PlayReports(ctx, playback.PlayReportFilter{
		Program: catalog.ProgramID(in.ProgramID), Webinar: catalog.WebinarID(in.WebinarID), Since: in.Since, Before: in.Before, State: playback.PlayReportState(in.State),
	}, in.request())
	if err != nil {
		return nil, err
	}
	out := &playReportsOutput{CacheControl: noStore}
	out.Body.Items, out.Body.NextCursor = []playReportBody{}, orNull(page.NextCursor)
	for _, r := range page.Items {
		out.Body.Items = append(out.Body.Items, playReportOf(r))
	}
	return out, nil
}

func playReportOf(r playback.PlayReport) playReportBody {
	return playReportBody{
		ID: r.ID, Reference: r.ID.Reference(), At: r.At.UTC(), AccountID: r.AccountID, Name: r.Name, Email: r.Email, ProgramID: r.ProgramID, WebinarID: r.WebinarID, WebinarTitle: r.WebinarTitle,
		SessionID: r.SessionID, PositionS: inSeconds(r.PositionMS), Code: r.Code, Device: r.Device, Browser: r.Browser, State: r.State(),
		DoneAt: inUTC(r.DoneAt), DoneBy: r.DoneBy,
	}
}

type settleInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		State playback.PlayReportState `json:"state" enum:"open,done" example:"done"`
	}
}

func (s *server) settlePlayReport(ctx context.Context, in *settleInput) (*struct{ Body playReportBody }, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	r, err := s.Store.SettleReport(ctx, playback.PlayReportID(in.ID), in.Body.State)
	return &struct{ Body playReportBody }{playReportOf(r)}, err
}
