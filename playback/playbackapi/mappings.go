package playbackapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/playback/attendance"
)

// MappingStore keeps column mappings.
type MappingStore interface {
	Mappings(ctx context.Context) ([]playback.SavedMapping, error)
	SaveMapping(ctx context.Context, name string, columns []byte) error
	DeleteMapping(ctx context.Context, name string) error
}

// registerMappings: which columns of other sheets mean what.
func (s *server) registerMappings(api huma.API) {
	const path = "/v1/attendance_mappings"
	const one = path + "/{name}"
	huma.Register(api, huma.Operation{
		OperationID: "list-attendance-mappings", Method: http.MethodGet, Path: path, Tags: []string{tag},
		Summary: "List column mappings", DefaultStatus: http.StatusOK, Errors: forPeople,
	}, s.listMappings)
	huma.Register(api, huma.Operation{
		OperationID: "save-attendance-mapping", Method: http.MethodPut, Path: one, Tags: []string{tag},
		Summary: "Save a column mapping",
		Description: "Says in which columns of a sheet that is no known platform's report the facts stand. From then on an import knows such sheets by itself: " +
			"the line that has all of these columns is their header.",
		DefaultStatus: http.StatusNoContent, Errors: forPeople,
	}, s.saveMapping)
	huma.Register(api, huma.Operation{
		OperationID: "delete-attendance-mapping", Method: http.MethodDelete, Path: one, Tags: []string{tag},
		Summary: "Delete a column mapping", Description: "What was imported by it stays.", DefaultStatus: http.StatusNoContent, Errors: forPeople,
	}, s.deleteMapping)
}

// MappingColumns are the headers of a mapping; exported for the schema alone.
type MappingColumns struct {
	Email    string `json:"email,omitempty" maxLength:"200" example:"Courriel" doc:"Header of the column with the e-mail address. This or person is needed."`
	Person   string `json:"person,omitempty" maxLength:"200" example:"Nom" doc:"Header of the column with the person's name."`
	JoinedAt string `json:"joined_at" maxLength:"200" example:"Arrivée"`
	LeftAt   string `json:"left_at" maxLength:"200" example:"Départ"`
}

type mappingBody struct {
	Name string `json:"name"`
	MappingColumns
	UpdatedAt time.Time `json:"updated_at"`
}

type mappingsOutput struct {
	Body struct {
		Items []mappingBody `json:"items" nullable:"false"`
	}
}

func (s *server) listMappings(ctx context.Context, _ *struct{}) (*mappingsOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	list, err := s.Store.Mappings(ctx)
	out := &mappingsOutput{}
	out.Body.Items = []mappingBody{}
	for _, m := range list {
		item := mappingBody{Name: m.Name, UpdatedAt: m.UpdatedAt.UTC()}
		if err := json.Unmarshal(m.Columns, &item.MappingColumns); err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, err
}

type saveMappingInput struct {
	Name string `path:"name" minLength:"1" maxLength:"60" pattern:"^[a-z0-9][a-z0-9_-]*$" example:"visio"`
	Body MappingColumns
}

func (s *server) saveMapping(ctx context.Context, in *saveMappingInput) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	b := in.Body
	if err := (attendance.Mapping{Email: b.Email, Person: b.Person, JoinedAt: b.JoinedAt, LeftAt: b.LeftAt}).Check(); err != nil {
		return nil, err
	}
	columns, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.SaveMapping(ctx, in.Name, columns)
}

type deleteMappingInput struct {
	Name string `path:"name" maxLength:"60"`
}

func (s *server) deleteMapping(ctx context.Context, in *deleteMappingInput) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return nil, s.Store.DeleteMapping(ctx, in.Name)
}

// savedMappings are the mappings as the reader of reports takes them.
func (s *server) savedMappings(ctx context.Context) ([]attendance.Mapping, error) {
	list, err := s.Store.Mappings(ctx)
	mappings := make([]attendance.Mapping, 0, len(list))
	for _, m := range list {
		known := attendance.Mapping{}
		if err := json.Unmarshal(m.Columns, &known); err != nil {
			return nil, err
		}
		known.Name = m.Name
		mappings = append(mappings, known)
	}
	return mappings, err
}
