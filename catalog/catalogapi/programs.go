package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// ProgramStore keeps programs.
type ProgramStore interface {
	CreateProgram(ctx context.Context, p catalog.Program) (catalog.Program, error)
	Program(ctx context.Context, who identity.Principal, id catalog.ProgramID) (catalog.Program, error)
	Programs(ctx context.Context, who identity.Principal, p catalog.PageRequest) (catalog.Page[catalog.Program], error)
	UpdateProgram(ctx context.Context, id catalog.ProgramID, version *int, change func(*catalog.Program) error) (catalog.Program, error)
	DeleteProgram(ctx context.Context, id catalog.ProgramID, version *int) error
}

func (s *server) registerPrograms() {
	const one = "/v1/programs/{id}"
	huma.Register(s.api, s.creating(operation("create-program", http.MethodPost, "/v1/programs", tagCatalog,
		"Create a program", http.StatusCreated, forMakers...)), s.createProgram)
	huma.Register(s.api, operation("list-programs", http.MethodGet, "/v1/programs", tagCatalog,
		"List programs: all for admins, else those taken part in", http.StatusOK, http.StatusUnauthorized), s.listPrograms)
	huma.Register(s.api, operation("get-program", http.MethodGet, one, tagCatalog, "Read a program", http.StatusOK, forReaders...), s.getProgram)
	huma.Register(s.api, operation("update-program", http.MethodPatch, one, tagCatalog, "Change a program", http.StatusOK, forChanges...), s.updateProgram)
	huma.Register(s.api, operation("delete-program", http.MethodDelete, one, tagCatalog,
		"Delete a program with all in it; nobody sees it any more. It can be restored for thirty days", http.StatusNoContent, forChanges...), s.deleteProgram)
}

type programBody struct {
	ID          catalog.ProgramID `json:"id"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Rule        RuleBody          `json:"rule"`
	Version     int               `json:"version"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
}

func programOf(p catalog.Program) programBody {
	return programBody{
		ID: p.ID, Title: p.Title, Description: p.Description, Rule: ruleOf(p.Rule), Version: p.Version,
		CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(),
	}
}

type programAnswer = etagged[programBody]

func programAnswered(p catalog.Program, err error) (*programAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &programAnswer{ETag: etag(p.Version), Body: programOf(p)}, nil
}

// programChange has the fields that a client may set; nil leaves one as it is.
type programChange struct {
	Title       *string   `json:"title,omitempty" maxLength:"600"`
	Description *string   `json:"description,omitempty" maxLength:"20000"`
	Rule        *RuleBody `json:"rule,omitempty" doc:"Rules are versioned: what was certified under an older one stays."`
}

func (c programChange) apply(p *catalog.Program) (err error) {
	if p.Title, err = changedLine("title", c.Title, p.Title); err != nil {
		return err
	}
	if p.Description, err = changedText("description", c.Description, p.Description); err != nil {
		return err
	}
	if c.Rule != nil {
		p.Rule = appliedRule(*c.Rule, p.Rule)
	}
	return nil
}

type newProgramBody struct {
	Title       string    `json:"title" maxLength:"600" example:"Certificate in Heart Failure Care"`
	Description string    `json:"description,omitempty" maxLength:"20000"`
	Rule        *RuleBody `json:"rule,omitempty" doc:"Left out: 90 % of live and replay together, up to double speed."`
}

func (s *server) createProgram(ctx context.Context, in *struct{ Body newProgramBody }) (*programAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	p := catalog.Program{Rule: catalog.DefaultRule()}
	if err := (programChange{Title: &in.Body.Title, Description: &in.Body.Description, Rule: in.Body.Rule}).apply(&p); err != nil {
		return nil, err
	}
	return programAnswered(s.Store.CreateProgram(ctx, p))
}

func (s *server) listPrograms(ctx context.Context, in *Paging) (*listed[programBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.Programs(ctx, who, in.request())
	return listOf(page, programOf, err)
}

// ProgramPath names a program.
type ProgramPath struct {
	ID catalog.ProgramID `path:"id" maxLength:"100"`
}

func (s *server) getProgram(ctx context.Context, in *ProgramPath) (*programAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	return programAnswered(s.Store.Program(ctx, who, in.ID))
}

func (s *server) updateProgram(ctx context.Context, in *struct {
	ProgramPath
	Precondition
	Body programChange
},
) (*programAnswer, error) {
	version, err := adminChange(ctx, in.Precondition)
	if err != nil {
		return nil, err
	}
	return programAnswered(s.Store.UpdateProgram(ctx, in.ID, version, in.Body.apply))
}

func (s *server) deleteProgram(ctx context.Context, in *struct {
	ProgramPath
	Precondition
},
) (*struct{}, error) {
	version, err := adminChange(ctx, in.Precondition)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.DeleteProgram(ctx, in.ID, version)
}

// adminChange checks that an admin asks and reads the precondition.
func adminChange(ctx context.Context, m Precondition) (*int, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return m.version()
}
