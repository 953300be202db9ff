package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// OwnLanguageStore keeps in which language people read.
type OwnLanguageStore interface {
	// SetLocale is idempotent. catalog.ErrNotFound when there is no such account.
	SetLocale(ctx context.Context, id catalog.AccountID, locale string) error
}

func (s *server) registerOwnLanguage() {
	set := operation("set-my-locale", http.MethodPut, "/v1/me/locale", tagMessages,
		"Say in which language you read", http.StatusNoContent, forAdmins...)
	set.Description = "Pages and messages use it where they exist in that language, else English."
	huma.Register(s.api, set, s.setLocale)
}

func (s *server) setLocale(ctx context.Context, in *struct {
	Body struct {
		Locale string `json:"locale" maxLength:"40" example:"ar" doc:"BCP 47."`
	}
},
) (*struct{}, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	locale, err := identity.Locale(in.Body.Locale)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.SetLocale(ctx, who.AccountID, locale)
}
