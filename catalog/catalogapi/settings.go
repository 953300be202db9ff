package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// Setting is one of this installation.
type Setting struct {
	Name  string `json:"name" example:"ROUNDS_BASE_URL"`
	Value string `json:"value" example:"https://learn.example.org" doc:"Of a secret only whether it is set."`
	Help  string `json:"help" doc:"What it does, in the language of Accept-Language."`
}

type settingsAnswer struct {
	Body struct {
		Items []Setting `json:"items" nullable:"false"`
	}
}

func (s *server) registerSettings() {
	op := operation("list-settings", http.MethodGet, "/v1/settings", tagPeople, "List how this installation is set, without its secrets", http.StatusOK, forAdmins...)
	op.Description = "The settings of the process that answers. They are changed by whoever runs it, in its environment."
	huma.Register(s.api, op, s.listSettings)
}

func (s *server) listSettings(ctx context.Context, _ *struct{}) (*settingsAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	answer := &settingsAnswer{}
	answer.Body.Items = make([]Setting, 0, len(s.Settings))
	for _, x := range s.Settings {
		x.Help = s.say(ctx, catalog.Sentence{Text: x.Help})
		answer.Body.Items = append(answer.Body.Items, x)
	}
	return answer, nil
}
