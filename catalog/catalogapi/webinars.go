package catalogapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// WebinarStore keeps webinars.
type WebinarStore interface {
	CreateWebinar(ctx context.Context, w catalog.Webinar) (catalog.Webinar, error)
	Webinar(ctx context.Context, who identity.Principal, id catalog.WebinarID) (catalog.Webinar, error)
	Webinars(ctx context.Context, who identity.Principal, course catalog.CourseID, p catalog.PageRequest) (catalog.Page[catalog.Webinar], error)
	// FindWebinars lists webinars of all programs.
	FindWebinars(ctx context.Context, who identity.Principal, f catalog.WebinarFilter, p catalog.PageRequest) (catalog.Page[catalog.Webinar], error)
	PresentedBy(ctx context.Context, account catalog.AccountID) ([]catalog.Webinar, error)
	UpdateWebinar(ctx context.Context, id catalog.WebinarID, version *int, change func(*catalog.Webinar) error) (catalog.Webinar, error)
	DeleteWebinar(ctx context.Context, id catalog.WebinarID, version *int) error
}

func (s *server) registerWebinars() {
	const in, one = "/v1/courses/{id}/webinars", "/v1/webinars/{id}"
	huma.Register(s.api, s.creating(operation("create-webinar", http.MethodPost, in, tagCatalog,
		"Add a webinar to a course", http.StatusCreated, forMakers...)), s.createWebinar)
	huma.Register(s.api, operation("list-webinars", http.MethodGet, in, tagCatalog,
		"List the webinars of a course in their order", http.StatusOK, forOpening...), s.listWebinars)
	huma.Register(s.api, operation("find-webinars", http.MethodGet, "/v1/webinars", tagCatalog,
		"List webinars of all programs: of a presenter, of a time, with or without a recording", http.StatusOK, http.StatusUnauthorized), s.findWebinars)
	huma.Register(s.api, operation("list-presented-webinars", http.MethodGet, "/v1/me/webinars", tagCatalog,
		"List the webinars that whoever is signed in presents", http.StatusOK, http.StatusUnauthorized), s.listPresented)
	huma.Register(s.api, operation("get-webinar", http.MethodGet, one, tagCatalog, "Read a webinar", http.StatusOK, forOpening...), s.getWebinar)
	huma.Register(s.api, operation("update-webinar", http.MethodPatch, one, tagCatalog, "Change a webinar", http.StatusOK, forChanges...), s.updateWebinar)
	huma.Register(s.api, operation("delete-webinar", http.MethodDelete, one, tagCatalog,
		"Delete a webinar; nobody sees it any more. It can be restored for thirty days", http.StatusNoContent, forChanges...), s.deleteWebinar)
}

type webinarBody struct {
	ID                 catalog.WebinarID   `json:"id"`
	CourseID           catalog.CourseID    `json:"course_id"`
	CourseTitle        string              `json:"course_title"`
	ProgramID          catalog.ProgramID   `json:"program_id"`
	ProgramTitle       string              `json:"program_title"`
	Title              string              `json:"title"`
	Description        string              `json:"description"`
	StartsAt           *time.Time          `json:"starts_at" nullable:"true"`
	EndsAt             *time.Time          `json:"ends_at" nullable:"true"`
	TimeZone           string              `json:"time_zone" example:"Europe/Lisbon" doc:"Of the schedule, an IANA name. Times are UTC; this is where its clock hangs."`
	OpensAt            *time.Time          `json:"opens_at" nullable:"true" doc:"Doctors do not see the webinar before."`
	ClosesAt           *time.Time          `json:"closes_at" nullable:"true" doc:"Doctors do not see it from then on, and cannot begin to play it."`
	PresenterIDs       []catalog.AccountID `json:"presenter_ids" nullable:"false"`
	Presenters         []catalog.Presenter `json:"presenters" nullable:"false"`
	ModeratorIDs       []catalog.AccountID `json:"moderator_ids" nullable:"false"`
	Moderators         []catalog.Presenter `json:"moderators" nullable:"false"`
	ExpectedViewers    int                 `json:"expected_viewers,omitempty" doc:"Doctors that are expected at the live session. Left out: as many as are enrolled."`
	AutoPublish        bool                `json:"auto_publish" doc:"A ready recording becomes current by itself."`
	Position           int                 `json:"position"`
	CurrentRecordingID catalog.RecordingID `json:"current_recording_id,omitempty" doc:"Left out while there is nothing to play."`
	DurationS          float64             `json:"duration_s" doc:"Of the current recording; 0 while there is none."`
	Version            int                 `json:"version"`
	CreatedAt          time.Time           `json:"created_at"`
	UpdatedAt          time.Time           `json:"updated_at"`
}

func webinarOf(w catalog.Webinar) webinarBody {
	return webinarBody{
		ID: w.ID, CourseID: w.CourseID, CourseTitle: w.Around.CourseTitle, ProgramID: w.Around.ProgramID, ProgramTitle: w.Around.ProgramTitle,
		Title: w.Title, Description: w.Description, StartsAt: utc(w.StartsAt), EndsAt: utc(w.EndsAt),
		TimeZone: w.TimeZone, OpensAt: utc(w.OpensAt), ClosesAt: utc(w.ClosesAt),
		PresenterIDs: w.PresenterIDs, Presenters: w.Around.Presenters, ModeratorIDs: w.ModeratorIDs, Moderators: w.Around.Moderators,
		ExpectedViewers: w.ExpectedViewers, AutoPublish: w.AutoPublish, Position: w.Position,
		CurrentRecordingID: w.CurrentRecordingID, DurationS: seconds(w.Around.DurationMS),
		Version: w.Version, CreatedAt: w.CreatedAt.UTC(), UpdatedAt: w.UpdatedAt.UTC(),
	}
}

// seconds turns whole milliseconds into the API's unit.
func seconds(ms int64) float64 { return float64(ms) / 1000 }

type webinarAnswer = etagged[webinarBody]

func webinarAnswered(w catalog.Webinar, err error) (*webinarAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &webinarAnswer{ETag: etag(w.Version), Body: webinarOf(w)}, nil
}

// webinarChange has the fields that a client may set; what is left out stays.
type webinarChange struct {
	Title        *string              `json:"title,omitempty" maxLength:"600"`
	Description  *string              `json:"description,omitempty" maxLength:"20000"`
	StartsAt     maybeTime            `json:"starts_at,omitempty" doc:"Live schedule; null: never live."`
	EndsAt       maybeTime            `json:"ends_at,omitempty"`
	TimeZone     *string              `json:"time_zone,omitempty" maxLength:"100" doc:"IANA name."`
	OpensAt      maybeTime            `json:"opens_at,omitempty" doc:"Doctors do not see it before; null: from the start."`
	ClosesAt     maybeTime            `json:"closes_at,omitempty" doc:"Nor from then on; null: never."`
	PresenterIDs *[]catalog.AccountID `json:"presenter_ids,omitempty" maxItems:"50" doc:"Replaces all presenters. Accounts with the role presenter or admin (not_a_presenter)."`
	ModeratorIDs *[]catalog.AccountID `json:"moderator_ids,omitempty" maxItems:"50" doc:"Replaces all moderators. Accounts with the role moderator or admin (not_a_moderator)."`
	Expected     *int                 `json:"expected_viewers,omitempty" minimum:"0" maximum:"1000000" example:"3000" doc:"Doctors that are expected at the live session, when these are fewer or more than are enrolled; machines and checks before the event go by it. 0: as many as are enrolled."`
	AutoPublish  *bool                `json:"auto_publish,omitempty"`
	Position     *int                 `json:"position,omitempty" minimum:"0" maximum:"1000000"`
}

func (c webinarChange) apply(w *catalog.Webinar) (err error) {
	if w.Title, err = changedLine("title", c.Title, w.Title); err != nil {
		return err
	}
	if w.Description, err = changedText("description", c.Description, w.Description); err != nil {
		return err
	}
	if w.StartsAt, err = c.StartsAt.change("starts_at", w.StartsAt); err != nil {
		return err
	}
	if w.EndsAt, err = c.EndsAt.change("ends_at", w.EndsAt); err != nil {
		return err
	}
	if w.OpensAt, err = c.OpensAt.change("opens_at", w.OpensAt); err != nil {
		return err
	}
	if w.ClosesAt, err = c.ClosesAt.change("closes_at", w.ClosesAt); err != nil {
		return err
	}
	if c.TimeZone != nil {
		if w.TimeZone, err = identity.TimeZone(*c.TimeZone); err != nil {
			return err
		}
	}
	if c.PresenterIDs != nil {
		w.PresenterIDs = slices.Compact(slices.Sorted(slices.Values(*c.PresenterIDs)))
	}
	if c.ModeratorIDs != nil {
		w.ModeratorIDs = slices.Compact(slices.Sorted(slices.Values(*c.ModeratorIDs)))
	}
	if c.Expected != nil {
		w.ExpectedViewers = *c.Expected
	}
	if c.AutoPublish != nil {
		w.AutoPublish = *c.AutoPublish
	}
	if c.Position != nil {
		w.Position = *c.Position
	}
	return checkSchedule(w)
}

// checkSchedule: an end needs a beginning before it, and what closes was open.
func checkSchedule(w *catalog.Webinar) error {
	if w.EndsAt != nil && (w.StartsAt == nil || !w.EndsAt.After(*w.StartsAt)) {
		return &catalog.FieldError{Field: "ends_at", Code: "invalid_time", Message: "The webinar must end after it starts."}
	}
	if w.OpensAt != nil && w.ClosesAt != nil && !w.ClosesAt.After(*w.OpensAt) {
		return &catalog.FieldError{Field: "closes_at", Code: "invalid_time", Message: "The webinar must close after it opens."}
	}
	return nil
}

type newWebinarBody struct {
	Title        string              `json:"title" maxLength:"600" example:"Heart failure: the first ninety days"`
	Description  string              `json:"description,omitempty" maxLength:"20000"`
	StartsAt     *time.Time          `json:"starts_at,omitempty" doc:"Live schedule, if it has one."`
	EndsAt       *time.Time          `json:"ends_at,omitempty"`
	TimeZone     *string             `json:"time_zone,omitempty" maxLength:"100" example:"Europe/Lisbon" doc:"Of the schedule, an IANA name. Left out: UTC."`
	OpensAt      *time.Time          `json:"opens_at,omitempty" doc:"Doctors do not see the webinar before."`
	ClosesAt     *time.Time          `json:"closes_at,omitempty" doc:"Nor from then on."`
	PresenterIDs []catalog.AccountID `json:"presenter_ids,omitempty" maxItems:"50" nullable:"false" doc:"Accounts with the role presenter or admin, see POST /v1/presenters."`
	ModeratorIDs []catalog.AccountID `json:"moderator_ids,omitempty" maxItems:"50" nullable:"false" doc:"Accounts with the role moderator or admin."`
	Expected     *int                `json:"expected_viewers,omitempty" minimum:"0" maximum:"1000000" example:"3000" doc:"Doctors that are expected at the live session. Left out, or 0: as many as are enrolled."`
	AutoPublish  *bool               `json:"auto_publish,omitempty" doc:"Left out: true."`
	Position     *int                `json:"position,omitempty" minimum:"0" maximum:"1000000" doc:"Left out: at the end."`
}

func (b newWebinarBody) change() webinarChange {
	return webinarChange{
		Title: &b.Title, Description: &b.Description, StartsAt: maybeTime{Given: true, Time: b.StartsAt}, EndsAt: maybeTime{Given: true, Time: b.EndsAt},
		TimeZone: b.TimeZone, OpensAt: maybeTime{Given: true, Time: b.OpensAt}, ClosesAt: maybeTime{Given: true, Time: b.ClosesAt},
		PresenterIDs: &b.PresenterIDs, ModeratorIDs: &b.ModeratorIDs, Expected: b.Expected, AutoPublish: b.AutoPublish, Position: b.Position,
	}
}

func (s *server) createWebinar(ctx context.Context, in *struct {
	CoursePath
	Body newWebinarBody
},
) (*webinarAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	w := catalog.Webinar{CourseID: in.ID, AutoPublish: true, Position: -1, TimeZone: "UTC"}
	if err := in.Body.change().apply(&w); err != nil {
		return nil, err
	}
	return webinarAnswered(s.Store.CreateWebinar(ctx, w))
}

func (s *server) listWebinars(ctx context.Context, in *struct {
	CoursePath
	Paging
},
) (*listed[webinarBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.Webinars(ctx, who, in.ID, in.request())
	return listOf(page, webinarOf, err)
}

func (s *server) findWebinars(ctx context.Context, in *struct {
	Paging
	ProgramID    catalog.ProgramID `query:"program_id" maxLength:"100"`
	PresenterID  catalog.AccountID `query:"presenter_id" maxLength:"100"`
	StartsFrom   time.Time         `query:"starts_from" doc:"Only those whose live session begins then or later."`
	StartsBefore time.Time         `query:"starts_before" doc:"Only those whose live session begins before."`
	Playable     string            `query:"playable" enum:"true,false" doc:"Only those with, or without, a recording to play."`
},
) (*listed[webinarBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	filter := catalog.WebinarFilter{Program: in.ProgramID, Presenter: in.PresenterID, StartsFrom: given(in.StartsFrom), StartsBefore: given(in.StartsBefore)}
	if in.Playable != "" {
		playable := in.Playable == "true"
		filter.Playable = &playable
	}
	page, err := s.Store.FindWebinars(ctx, who, filter, in.request())
	return listOf(page, webinarOf, err)
}

func (s *server) listPresented(ctx context.Context, _ *struct{}) (*listed[webinarBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	webinars, err := s.Store.PresentedBy(ctx, who.AccountID)
	return listOf(catalog.Page[catalog.Webinar]{Items: webinars}, webinarOf, err)
}

// WebinarPath names a webinar.
type WebinarPath struct {
	ID catalog.WebinarID `path:"id" maxLength:"100"`
}

func (s *server) getWebinar(ctx context.Context, in *WebinarPath) (*webinarAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	return webinarAnswered(s.Store.Webinar(ctx, who, in.ID))
}

func (s *server) updateWebinar(ctx context.Context, in *struct {
	WebinarPath
	Precondition
	Body webinarChange
},
) (*webinarAnswer, error) {
	version, err := adminChange(ctx, in.Precondition)
	if err != nil {
		return nil, err
	}
	return webinarAnswered(s.Store.UpdateWebinar(ctx, in.ID, version, in.Body.apply))
}

func (s *server) deleteWebinar(ctx context.Context, in *struct {
	WebinarPath
	Precondition
},
) (*struct{}, error) {
	version, err := adminChange(ctx, in.Precondition)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.DeleteWebinar(ctx, in.ID, version)
}
