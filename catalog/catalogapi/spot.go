package catalogapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// SpotStore keeps spot-registration windows and who waits for them.
type SpotStore interface {
	CreateSpotWindow(ctx context.Context, w identity.SpotWindow, code []byte, numbers [][]byte) (identity.SpotWindow, error)
	// SpotWindows lists those that who decides about, of one program when that is not empty.
	SpotWindows(ctx context.Context, who identity.Principal, program catalog.ProgramID, p catalog.PageRequest) (catalog.Page[identity.SpotWindow], error)
	SpotWindow(ctx context.Context, id string) (identity.SpotWindow, error)
	UpdateSpotWindow(ctx context.Context, id string, version *int, change func(*identity.SpotWindow) error) (identity.SpotWindow, error)
	SpotRequests(ctx context.Context, window string, state identity.RequestState, p catalog.PageRequest) (catalog.Page[identity.SpotRequest], error)
	// DecideRequest approves or refuses; may is asked about the request's window first.
	DecideRequest(ctx context.Context, id string, may func(identity.SpotWindow) error, d identity.Decision) (identity.SpotRequest, error)
	// RegisterOnSpot registers with an event code; waiting tells that a moderator decides.
	RegisterOnSpot(ctx context.Context, in identity.OnSpot, code identity.MintedCode) (waiting bool, err error)
}

func (s *server) registerSpot() {
	const one = "/v1/spot_windows/{id}"
	create := s.creating(operation("create-spot-window", http.MethodPost, "/v1/programs/{id}/spot_windows", tagPeople,
		"Open registration at an event; the event code is shown once", http.StatusCreated, forMakers...))
	create.Description = "Doctors register with the event code as `invitation_code`, from `opens_at` until `closes_at` and up to `cap` places. " +
		"The code is shown to a whole room, so a window also asks for one thing more: an e-mail address of a `domain`, a registration " +
		"`number` of a list (each admits one doctor; the list is kept as keyed hashes and removed 30 days after the window closes), or the `approval` of a moderator. " +
		"Whom it admits gets a personal single-use invitation (`via: spot`)."
	huma.Register(s.api, create, s.createSpotWindow)
	huma.Register(s.api, operation("list-spot-windows", http.MethodGet, "/v1/spot_windows", tagPeople,
		"List the registration windows that you decide about; administrators see all", http.StatusOK, forAdmins...), s.listSpotWindows)
	huma.Register(s.api, operation("get-spot-window", http.MethodGet, one, tagPeople,
		"Read a registration window, with how many are admitted and wait", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.getSpotWindow)
	change := operation("update-spot-window", http.MethodPatch, one, tagPeople,
		"Change places, times or moderators of a registration window; closes_at in the past closes it", http.StatusOK, forChanges...)
	huma.Register(s.api, change, s.updateSpotWindow)
	s.registerSpotRequests()
}

type newSpotWindowBody struct {
	Title        string              `json:"title" maxLength:"400" example:"Cardiology day, Lisbon" doc:"Name of the event, as doctors read it."`
	Cap          int                 `json:"cap" minimum:"1" maximum:"20000" example:"150" doc:"So many doctors can register with the code."`
	OpensAt      time.Time           `json:"opens_at" example:"2026-12-03T08:00:00Z"`
	ClosesAt     time.Time           `json:"closes_at" example:"2026-12-03T18:00:00Z" doc:"At most three months after opens_at."`
	Admission    identity.Admission  `json:"admission" enum:"domain,number,approval" example:"domain"`
	Domains      []string            `json:"domains,omitempty" maxItems:"50" nullable:"false" example:"[\"hospital.org\"]" doc:"E-mail domains, each in full; for admission by domain."`
	Numbers      []string            `json:"numbers,omitempty" maxItems:"20000" nullable:"false" example:"[\"OM 12345\"]" doc:"Registration numbers; for admission by number. Doctors give theirs as council_number. Only letters and digits count."`
	ModeratorIDs []catalog.AccountID `json:"moderator_ids,omitempty" maxItems:"50" nullable:"false" doc:"Accounts with the role moderator that decide; for admission by approval. Administrators always can."`
}

func (b newSpotWindowBody) window(program catalog.ProgramID) (identity.SpotWindow, error) {
	w := identity.SpotWindow{
		ID: catalog.NewID("spw"), ProgramID: program, Title: b.Title, Cap: b.Cap, OpensAt: b.OpensAt, ClosesAt: b.ClosesAt,
		Admission: b.Admission, Domains: b.Domains, Moderators: b.ModeratorIDs,
	}
	for _, field := range []struct {
		name  string
		given bool
		only  identity.Admission
	}{
		{"domains", len(b.Domains) > 0, identity.AdmitByDomain},
		{"numbers", len(b.Numbers) > 0, identity.AdmitByNumber},
		{"moderator_ids", len(b.ModeratorIDs) > 0, identity.AdmitByApproval},
	} {
		if field.given && b.Admission != field.only {
			return w, catalog.Invalid(field.name, "This is for admission by %s only.", string(field.only))
		}
	}
	if b.Admission == identity.AdmitByNumber && len(b.Numbers) == 0 {
		return w, catalog.Invalid("numbers", "Please give the registration numbers that are admitted.")
	}
	return w.Clean()
}

// macs hashes the list of numbers. The error names the first that is none.
func (b newSpotWindowBody) macs(pepper []byte, window string) ([][]byte, error) {
	macs := make([][]byte, len(b.Numbers))
	for i, number := range b.Numbers {
		if macs[i] = identity.NumberMAC(pepper, window, number); macs[i] == nil {
			return nil, &catalog.FieldError{Field: "numbers[" + strconv.Itoa(i) + "]", Code: "invalid_number", Message: "Please give a registration number of at most 200 letters and digits."}
		}
	}
	return macs, nil
}

// SpotWindowBody is a registration window.
type SpotWindowBody struct {
	ID           string              `json:"id"`
	ProgramID    catalog.ProgramID   `json:"program_id"`
	ProgramTitle string              `json:"program_title"`
	Title        string              `json:"title"`
	Cap          int                 `json:"cap"`
	OpensAt      time.Time           `json:"opens_at"`
	ClosesAt     time.Time           `json:"closes_at"`
	Admission    identity.Admission  `json:"admission" enum:"domain,number,approval"`
	Domains      []string            `json:"domains" nullable:"false"`
	ModeratorIDs []catalog.AccountID `json:"moderator_ids" nullable:"false"`
	Admitted     int                 `json:"admitted" doc:"Places taken: doctors who registered, and personal codes that are still good."`
	Waiting      int                 `json:"waiting" doc:"Doctors who wait for a decision."`
	Version      int                 `json:"version"`
	CreatedAt    time.Time           `json:"created_at"`
}

func spotWindowOf(w identity.SpotWindow) SpotWindowBody {
	body := SpotWindowBody{
		ID: w.ID, ProgramID: w.ProgramID, ProgramTitle: w.Program, Title: w.Title, Cap: w.Cap, OpensAt: w.OpensAt.UTC(), ClosesAt: w.ClosesAt.UTC(),
		Admission: w.Admission, Domains: []string{}, ModeratorIDs: []catalog.AccountID{}, Admitted: w.Admitted, Waiting: w.Waiting,
		Version: w.Version, CreatedAt: w.CreatedAt.UTC(),
	}
	body.Domains = append(body.Domains, w.Domains...)
	body.ModeratorIDs = append(body.ModeratorIDs, w.Moderators...)
	return body
}

type freshSpotWindowBody struct {
	SpotWindowBody
	EventCode string `json:"event_code" example:"7K3M-0ZQX" doc:"To be shown to the room. It is told here and never again."`
}

func (s *server) createSpotWindow(ctx context.Context, in *struct {
	ProgramPath
	Body newSpotWindowBody
},
) (*etagged[freshSpotWindowBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	w, err := in.Body.window(in.ID)
	if err != nil {
		return nil, err
	}
	numbers, err := in.Body.macs(s.Pepper, w.ID)
	if err != nil {
		return nil, err
	}
	code := identity.NewEventCode()
	hash, _ := identity.HashEventCode(code)
	if w, err = s.Store.CreateSpotWindow(ctx, w, hash, numbers); err != nil {
		return nil, err
	}
	return &etagged[freshSpotWindowBody]{ETag: etag(w.Version), Body: freshSpotWindowBody{SpotWindowBody: spotWindowOf(w), EventCode: code}}, nil
}

func (s *server) listSpotWindows(ctx context.Context, in *struct {
	Paging
	ProgramID catalog.ProgramID `query:"program_id" maxLength:"100" doc:"Only windows of this program."`
},
) (*listed[SpotWindowBody], error) {
	who, err := identity.RequireRole(ctx, identity.RoleModerator)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.SpotWindows(ctx, who, in.ProgramID, in.request())
	return listOf(page, spotWindowOf, err)
}

// SpotWindowPath names a registration window.
type SpotWindowPath struct {
	ID string `path:"id" maxLength:"100"`
}

// decidable reads a window that the asker decides about; others' do not exist.
func (s *server) decidable(ctx context.Context, id string) (w identity.SpotWindow, err error) {
	who, err := identity.RequireRole(ctx, identity.RoleModerator)
	if err != nil {
		return w, err
	}
	if w, err = s.Store.SpotWindow(ctx, id); err == nil && !w.MayDecide(who) {
		err = catalog.ErrNotFound
	}
	return w, err
}

func (s *server) getSpotWindow(ctx context.Context, in *SpotWindowPath) (*etagged[SpotWindowBody], error) {
	return spotWindowAnswered(s.decidable(ctx, in.ID))
}

func spotWindowAnswered(w identity.SpotWindow, err error) (*etagged[SpotWindowBody], error) {
	if err != nil {
		return nil, err
	}
	return &etagged[SpotWindowBody]{ETag: etag(w.Version), Body: spotWindowOf(w)}, nil
}

// spotWindowChange has the fields that an admin may set; nil leaves one as it is.
type spotWindowChange struct {
	Title        *string              `json:"title,omitempty" maxLength:"400"`
	Cap          *int                 `json:"cap,omitempty" minimum:"1" maximum:"20000"`
	OpensAt      *time.Time           `json:"opens_at,omitempty"`
	ClosesAt     *time.Time           `json:"closes_at,omitempty"`
	ModeratorIDs *[]catalog.AccountID `json:"moderator_ids,omitempty" maxItems:"50"`
}

func (c spotWindowChange) apply(w *identity.SpotWindow) (err error) {
	set(&w.Title, c.Title)
	set(&w.Cap, c.Cap)
	set(&w.OpensAt, c.OpensAt)
	set(&w.ClosesAt, c.ClosesAt)
	set(&w.Moderators, c.ModeratorIDs)
	*w, err = w.Clean()
	return err
}

func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

func (s *server) updateSpotWindow(ctx context.Context, in *struct {
	SpotWindowPath
	Precondition
	Body spotWindowChange
},
) (*etagged[SpotWindowBody], error) {
	version, err := adminChange(ctx, in.Precondition)
	if err != nil {
		return nil, err
	}
	return spotWindowAnswered(s.Store.UpdateSpotWindow(ctx, in.ID, version, in.Body.apply))
}
