package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// ConsentStore keeps what people have decided.
type ConsentStore interface {
	// Consents lists them, the newest first.
	Consents(ctx context.Context, id catalog.AccountID) ([]identity.RecordedConsent, error)
	Decide(ctx context.Context, id catalog.AccountID, c identity.Consent) error
}

func (s *server) registerConsents() {
	const own = "/v1/me/consents"
	huma.Register(s.api, operation("list-my-consents", http.MethodGet, own, tagPrivacy, "List what you have decided, and what you can decide", http.StatusOK, forAdmins...), s.myConsents)
	huma.Register(s.api, operation("list-consent-texts", http.MethodGet, "/v1/consent_texts", tagSignIn,
		"List what everybody is asked who registers; the answers go with the registration", http.StatusOK), s.consentTexts)
	huma.Register(s.api, operation("decide-consent", http.MethodPost, own, tagPrivacy, "Grant a consent, or withdraw it; both stay on record", http.StatusNoContent, forAdmins...), s.decide)
}

type recordedConsentBody struct {
	Purpose     string    `json:"purpose" example:"sponsor_sharing"`
	TextVersion string    `json:"text_version" example:"2026-11"`
	Granted     bool      `json:"granted"`
	At          time.Time `json:"at"`
	RecordedBy  string    `json:"recorded_by,omitempty" doc:"Who wrote it down; left out: you."`
}

func recordedConsentOf(c identity.RecordedConsent) recordedConsentBody {
	return recordedConsentBody{c.Purpose, c.TextVersion, c.Granted, c.At.UTC(), c.By}
}

type consentTextBody struct {
	Purpose     string `json:"purpose" example:"sponsor_sharing"`
	TextVersion string `json:"text_version" example:"2026-11"`
	Granted     bool   `json:"granted" doc:"What is in force."`
}

type askedConsentBody struct {
	Purpose     string `json:"purpose" example:"sponsor_sharing"`
	TextVersion string `json:"text_version" example:"2026-11" doc:"Of the present wording; send it back with the answer."`
	Required    bool   `json:"required" doc:"Nobody takes part who does not agree."`
}

func (s *server) consentTexts(context.Context, *struct{}) (*listed[askedConsentBody], error) {
	return listOf(catalog.Page[identity.ConsentText]{Items: identity.ConsentTexts()}, func(c identity.ConsentText) askedConsentBody {
		return askedConsentBody(c)
	}, nil)
}

type consentsAnswer struct {
	Body struct {
		Open  []consentTextBody     `json:"open" nullable:"false" doc:"What you can decide, in its present wording."`
		Items []recordedConsentBody `json:"items" nullable:"false" doc:"What is on record, the newest first; the first of a purpose is in force."`
	}
}

func (s *server) myConsents(ctx context.Context, _ *struct{}) (*consentsAnswer, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	recorded, err := s.Store.Consents(ctx, who.AccountID)
	if err != nil {
		return nil, err
	}
	answer := new(consentsAnswer)
	answer.Body.Items, answer.Body.Open = make([]recordedConsentBody, 0, len(recorded)), []consentTextBody{}
	inForce := map[string]bool{}
	for _, c := range recorded {
		answer.Body.Items = append(answer.Body.Items, recordedConsentOf(c))
		if _, newer := inForce[c.Purpose]; !newer {
			inForce[c.Purpose] = c.Granted
		}
	}
	for _, text := range identity.ConsentTexts() {
		if text.Required {
			continue
		}
		answer.Body.Open = append(answer.Body.Open, consentTextBody{text.Purpose, text.TextVersion, inForce[text.Purpose]})
	}
	return answer, nil
}

func (s *server) decide(ctx context.Context, in *struct{ Body consentBody }) (*struct{}, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	c, err := identity.Consent(in.Body).Clean()
	if err != nil {
		return nil, err
	}
	return nil, s.Store.Decide(ctx, who.AccountID, c)
}
