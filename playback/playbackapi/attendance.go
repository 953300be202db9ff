package playbackapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/playback/attendance"
)

// AttendanceStore keeps who was in live sessions.
type AttendanceStore interface {
	// LiveSchedule tells when a webinar was to start; nil: not known. catalog.ErrNotFound.
	LiveSchedule(ctx context.Context, webinar catalog.WebinarID) (*time.Time, error)
	// ImportAttendance stores and credits a batch, all of it or nothing. catalog.ErrNotFound.
	ImportAttendance(ctx context.Context, i playback.AttendanceImport) (playback.AttendanceResult, error)
	// RetractAttendance takes a batch back; idempotent. catalog.ErrNotFound.
	RetractAttendance(ctx context.Context, id playback.ImportID, by, reason string) error
}

// maxAttendanceBytes bounds a report: some thirty thousand rows in UTF-16.
const maxAttendanceBytes = 8 << 20

// maxStay is the length of one item above which a time must be wrong.
const maxStay = 48 * time.Hour

// registerAttendance: admins say who was in the live session, and take it back.
func (s *server) registerAttendance(api huma.API) {
	body := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[attendanceItems](), true, "AttendanceItems")
	huma.Register(api, s.creating(huma.Operation{
		OperationID: "import-attendance", Method: http.MethodPost, Path: "/v1/webinars/{id}/attendance",
		Tags: []string{tag}, Summary: "Import who attended the live session",
		Description: "Items, or the report of a platform as it was saved: Zoom webinar or meeting, Teams, Webex, or a CSV with the columns " +
			"email, joined_at and left_at, or one that a saved column mapping knows. Encoding, delimiter and platform are found by content. Nothing is stored when a row cannot be read. " +
			"Importing the same again adds nothing.",
		DefaultStatus: http.StatusCreated, SkipValidateBody: true, MaxBodyBytes: maxAttendanceBytes, BodyReadTimeout: time.Minute,
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: body}}},
		Errors: []int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge,
			http.StatusUnprocessableEntity, http.StatusServiceUnavailable,
		},
	}), s.importAttendance)
	huma.Register(api, huma.Operation{
		OperationID: "retract-attendance", Method: http.MethodDelete, Path: "/v1/attendance_imports/{id}",
		Tags: []string{tag}, Summary: "Take an import of attendance back",
		Description:   "All that it gave is taken back, nothing else. The rows and the reason are kept as a record. Doing it twice is harmless.",
		DefaultStatus: http.StatusNoContent,
		Errors: []int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable,
		},
	}, s.retractAttendance)
}

type attendanceItems struct {
	Items []attendanceItem `json:"items"`
}

type attendanceItem struct {
	Email    string    `json:"email" example:"ana.lopez@hospital.org"`
	JoinedAt time.Time `json:"joined_at"`
	LeftAt   time.Time `json:"left_at"`
}

type attendanceInput struct {
	ID          string `path:"id" maxLength:"100"`
	DryRun      bool   `query:"dry_run" doc:"Tell what would happen and store nothing."`
	TimeZone    string `query:"time_zone" maxLength:"64" example:"Europe/Berlin" doc:"Of a report whose times name none: an IANA name, or an offset such as +05:30."`
	ContentType string `header:"Content-Type" hidden:"true"`
	RawBody     []byte `contentType:"text/csv"`
}

type unmatchedBody struct {
	Line     int       `json:"line" doc:"Of the report, or the number of the item; from 1."`
	Email    string    `json:"email" doc:"Empty when the report has none."`
	Name     string    `json:"name,omitempty"`
	JoinedAt time.Time `json:"joined_at"`
	LeftAt   time.Time `json:"left_at"`
}

type leftOutBody struct {
	Hosts   int `json:"hosts" doc:"Hosts, panelists, organizers."`
	Waiting int `json:"waiting" doc:"In the waiting room."`
	Absent  int `json:"absent" doc:"Registered, never joined."`
}

type attendanceBody struct {
	ImportID      playback.ImportID `json:"import_id,omitempty" doc:"For taking it back. Left out for a dry run."`
	DryRun        bool              `json:"dry_run"`
	Platform      string            `json:"platform" example:"zoom_webinar" doc:"api, generic, zoom_webinar, zoom_meeting, teams or webex."`
	ColumnMapping string            `json:"column_mapping,omitempty" doc:"The saved mapping that knew the columns of this sheet."`
	Intervals     int               `json:"intervals" doc:"After rejoins and overlaps of each person were united."`
	Doctors       int               `json:"doctors" doc:"Enrolled doctors among them."`
	AttendedS     float64           `json:"attended_s" doc:"Of these doctors together, by the clock."`
	LeftOut       leftOutBody       `json:"left_out"`
	Unmatched     []unmatchedBody   `json:"unmatched" nullable:"false" doc:"Of nobody who is enrolled. They are kept, and count once somebody with this address is."`
	Mapping       playback.Mapping  `json:"mapping" enum:"no_recording,no_live_map,unconfirmed,confirmed" doc:"Whether the attendance lies on the recording yet. It always follows the current recording and its live map."`
}

type attendanceOutput struct{ Body attendanceBody }

func (s *server) importAttendance(ctx context.Context, in *attendanceInput) (*attendanceOutput, error) {
	who, err := identity.RequireAdmin(ctx)
	if err != nil {
		return nil, err
	}
	webinar := catalog.WebinarID(in.ID)
	startsAt, err := s.Store.LiveSchedule(ctx, webinar)
	if err != nil {
		return nil, err
	}
	mappings, err := s.savedMappings(ctx)
	if err != nil {
		return nil, err
	}
	report, err := in.read(startsAt, mappings)
	if err != nil {
		return nil, err
	}
	result, err := s.Store.ImportAttendance(ctx, playback.AttendanceImport{
		WebinarID: webinar, Platform: string(report.Platform), By: who.Actor(), Rows: report.Rows, DryRun: in.DryRun,
	})
	if err != nil {
		return nil, err
	}
	return &attendanceOutput{attendanceAnswer(report, result, in.DryRun)}, nil
}

func attendanceAnswer(report attendance.Report, result playback.AttendanceResult, dryRun bool) attendanceBody {
	body := attendanceBody{
		ImportID: result.ID, DryRun: dryRun, Platform: string(report.Platform), ColumnMapping: report.Mapping, Intervals: len(report.Rows),
		Doctors: result.Doctors, AttendedS: seconds(result.AttendedMS), LeftOut: leftOutBody(report.LeftOut),
		Unmatched: []unmatchedBody{}, Mapping: result.Mapping,
	}
	for _, row := range result.Unmatched {
		body.Unmatched = append(body.Unmatched, unmatchedBody{
			Line: row.Line, Email: row.Email, Name: row.Name, JoinedAt: row.Joined.UTC(), LeftAt: row.Left.UTC(),
		})
	}
	return body
}

// read reads either form of the body.
func (in *attendanceInput) read(startsAt *time.Time, mappings []attendance.Mapping) (attendance.Report, error) {
	options := attendance.Options{StartsAt: startsAt, Mappings: mappings}
	if in.TimeZone != "" {
		zone, err := attendance.Zone(in.TimeZone)
		if err != nil {
			return attendance.Report{}, &catalog.FieldError{
				Field: "time_zone", Code: "invalid_time_zone", Message: "Please give a time zone such as Europe/Berlin or +02:00.",
			}
		}
		options.Zone = zone
	}
	if kind, _, err := mime.ParseMediaType(in.ContentType); err == nil && kind == "application/json" {
		return readItems(in.RawBody)
	}
	report, err := attendance.Read(in.RawBody, options) // browsers name CSV files in many ways: the content tells
	return report, readable(err)
}

// saidElsewhere is the text of an error that is one sentence made by somebody else.
const saidElsewhere = "%s"

// readable turns what the reader says into the API's errors.
func readable(err error) error {
	if zone := (*attendance.ZoneError)(nil); errors.As(err, &zone) {
		return &catalog.FieldError{Field: "time_zone", Code: "time_zone_required", Message: saidElsewhere, Args: []any{zone.Sentence()}}
	}
	if bad := attendance.Errors(nil); errors.As(err, &bad) {
		field := "report"
		if bad[0].Line > 0 {
			field = fmt.Sprintf("lines[%d]", bad[0].Line)
		}
		return &catalog.FieldError{Field: field, Code: "invalid_report", Message: saidElsewhere, Args: []any{bad.Sentence()}}
	}
	return err
}

// apiPlatform stands for items that no report was read for.
const apiPlatform attendance.Platform = "api"

func readItems(content []byte) (attendance.Report, error) {
	report := attendance.Report{Platform: apiPlatform}
	var body attendanceItems
	if err := json.Unmarshal(content, &body); err != nil {
		return report, catalog.Invalid("items", "Please send {\"items\": [{\"email\": …, \"joined_at\": …, \"left_at\": …}]} with times such as 2026-09-22T14:30:00Z.")
	}
	if len(body.Items) == 0 {
		return report, catalog.Invalid("items", "Please send at least one item.")
	}
	rows := make([]playback.Attended, 0, len(body.Items))
	for i, item := range body.Items {
		row, err := item.row(i)
		if err != nil {
			return report, err
		}
		rows = append(rows, row)
	}
	report.Rows = attendance.Unite(rows)
	return report, nil
}

func (item attendanceItem) row(i int) (playback.Attended, error) {
	bad := func(field, message string) error {
		return catalog.Invalid(fmt.Sprintf("items[%d].%s", i, field), "Item %d: %s", i+1, message)
	}
	email, err := identity.NormalEmail(item.Email)
	stayed := item.LeftAt.Sub(item.JoinedAt)
	switch {
	case err != nil:
		return playback.Attended{}, bad("email", "please give an e-mail address such as name@hospital.org.")
	case item.JoinedAt.Year() < 2000 || item.JoinedAt.Year() > 2200:
		return playback.Attended{}, bad("joined_at", "please give the time of joining.")
	case stayed < 0:
		return playback.Attended{}, bad("left_at", "the time of leaving is before the time of joining.")
	case stayed > maxStay:
		return playback.Attended{}, bad("left_at", "this is more than two days between joining and leaving.")
	}
	return playback.Attended{Line: i + 1, Email: email, Joined: item.JoinedAt, Left: item.LeftAt}, nil
}

type retractInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000" example:"The report of another webinar."`
	}
}

func (s *server) retractAttendance(ctx context.Context, in *retractInput) (*struct{}, error) {
	who, err := identity.RequireAdmin(ctx)
	if err != nil {
		return nil, err
	}
	reason := strings.TrimSpace(in.Body.Reason)
	if reason == "" {
		return nil, catalog.Invalid("reason", "Please say why it is taken back.")
	}
	return nil, s.Store.RetractAttendance(ctx, playback.ImportID(in.ID), who.Actor(), reason)
}
