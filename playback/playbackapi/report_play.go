package playbackapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/qoe"
)

// FailureStore keeps reports of play that could not be opened.
type FailureStore interface {
	// ReportFailure keeps one. catalog.ErrNotFound, playback.ErrTooManyReports.
	ReportFailure(ctx context.Context, f playback.PlayFailure) (playback.PlayReportID, error)
}

// registerReportPlay: the player page calls it when no session could be opened.
// What fails later is reported with the beats of the session.
func (s *server) registerReportPlay(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "report-play", Method: http.MethodPost, Path: "/v1/webinars/{id}/play_reports", Tags: []string{tag}, Summary: "Report that play could not be opened",
		Description: "For a doctor who is enrolled in the webinar's program, at most five times an hour. It is on the list of administrators at once. " +
			"What fails while a session lasts is reported with an event of its beats instead.",
		DefaultStatus: http.StatusCreated,
		Errors: []int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity,
			http.StatusTooManyRequests, http.StatusServiceUnavailable,
		},
	}, s.reportPlay)
}

type reportPlayInput struct {
	ID        string `path:"id" maxLength:"100" doc:"Of the webinar."`
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Code string `json:"code" maxLength:"120" example:"start 503" doc:"What the player says went wrong."`
	}
}

type playReportedBody struct {
	ReportID  playback.PlayReportID `json:"report_id" example:"rpt_01jd2v9k3m4n5p6q7r8s9t0v1w"`
	Reference string                `json:"reference" example:"9T0V1W" doc:"What support may ask for; the report has it on the list as well."`
}

func (s *server) reportPlay(ctx context.Context, in *reportPlayInput) (*struct{ Body playReportedBody }, error) {
	who, err := requireAccount(ctx)
	if err != nil {
		return nil, err
	}
	id, err := s.Store.ReportFailure(ctx, playback.PlayFailure{
		AccountID: who.AccountID, WebinarID: catalog.WebinarID(in.ID), Code: in.Body.Code, Device: qoe.Device(in.UserAgent), Browser: qoe.Browser(in.UserAgent),
	})
	return &struct{ Body playReportedBody }{playReportedBody{id, id.Reference()}}, err
}
