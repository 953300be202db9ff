package catalogapi

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// WebhookStore keeps endpoints and deliveries.
type WebhookStore interface {
	CreateEndpoint(ctx context.Context, e catalog.WebhookEndpoint) (catalog.WebhookEndpoint, error)
	Endpoint(ctx context.Context, id string) (catalog.WebhookEndpoint, error)
	Endpoints(ctx context.Context, p catalog.PageRequest) (catalog.Page[catalog.WebhookEndpoint], error)
	UpdateEndpoint(ctx context.Context, id string, version *int, change func(*catalog.WebhookEndpoint) error) (catalog.WebhookEndpoint, error)
	DeleteEndpoint(ctx context.Context, id string, version *int) error
	ReplayEvent(ctx context.Context, endpoint, event string) error
	ReplaySince(ctx context.Context, endpoint string, since time.Time, delivered bool) (int, error)
	Deliveries(ctx context.Context, f catalog.DeliveryFilter, p catalog.PageRequest) (catalog.Page[catalog.Delivery], error)
	Delivery(ctx context.Context, id string) (catalog.Delivery, []catalog.DeliveryAttempt, error)
}

// WebhookDeps is what the endpoints of webhooks need.
type WebhookDeps struct {
	NewSecret func() string  // mints whsec_…
	Plain     bool           // http:// is allowed: for trying on one machine
	Allowed   []netip.Prefix // private networks that events may be sent to
}

const tagWebhooks = "Webhooks"

// oldSecretLife is how long an earlier secret signs beside the new one.
const oldSecretLife = 24 * time.Hour

func (s *server) registerWebhooks() {
	const all, one = "/v1/webhook_endpoints", "/v1/webhook_endpoints/{id}"
	create := operation("create-webhook-endpoint", http.MethodPost, all, tagWebhooks,
		"Have events sent to an address; the secret that signs them is shown once", http.StatusCreated, forMakers...)
	create.Description = "Deliveries are signed as Standard Webhooks has it (webhook-id, webhook-timestamp, webhook-signature). Answer 2xx within 15 seconds. " +
		"Anything else is tried again after 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h; then it is a dead letter. An endpoint without any success for five days, or " +
		"one that answers 410, is switched off, and administrators get a mail."
	huma.Register(s.api, s.creating(create), s.createEndpoint)
	huma.Register(s.api, operation("list-webhook-endpoints", http.MethodGet, all, tagWebhooks, "List webhook endpoints", http.StatusOK, forAdmins...), s.listEndpoints)
	huma.Register(s.api, operation("get-webhook-endpoint", http.MethodGet, one, tagWebhooks,
		"Read a webhook endpoint", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.getEndpoint)
	huma.Register(s.api, operation("update-webhook-endpoint", http.MethodPatch, one, tagWebhooks,
		"Change a webhook endpoint, or switch it off or on", http.StatusOK, forChanges...), s.updateEndpoint)
	huma.Register(s.api, operation("delete-webhook-endpoint", http.MethodDelete, one, tagWebhooks,
		"Send no more events to an endpoint", http.StatusNoContent, forChanges...), s.deleteEndpoint)
	rotate := operation("rotate-webhook-secret", http.MethodPost, one+"/secret", tagWebhooks,
		"Make a new secret; for a day the old one signs beside it", http.StatusOK, forChanges...)
	huma.Register(s.api, rotate, s.rotateSecret)
	s.registerDeliveries()
}

type endpointBody struct {
	ID             string              `json:"id" example:"whe_01k2yq7w8r9s0t1v2w3x4y5z6a"`
	URL            string              `json:"url" example:"https://learning.example.org/hooks"`
	Description    string              `json:"description" example:"Learning system"`
	EventTypes     []catalog.EventType `json:"event_types" nullable:"false" doc:"Only these; none: all."`
	Secret         string              `json:"secret,omitempty" example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" doc:"In the answer to its creation only."`
	OldSecretUntil *time.Time          `json:"old_secret_until" nullable:"true" doc:"Until then the earlier secret signs too."`
	Disabled       bool                `json:"disabled"`
	DisabledReason string              `json:"disabled_reason" doc:"The last failure of one that was switched off after failing for too long."`
	FailingSince   *time.Time          `json:"failing_since" nullable:"true" doc:"No delivery has succeeded since."`
	Version        int                 `json:"version"`
	CreatedBy      string              `json:"created_by"`
	CreatedAt      time.Time           `json:"created_at"`
	UpdatedAt      time.Time           `json:"updated_at"`
}

type endpointAnswer = etagged[endpointBody]

func endpointOf(e catalog.WebhookEndpoint) endpointBody {
	return endpointBody{
		ID: e.ID, URL: e.URL, Description: e.Description, EventTypes: append([]catalog.EventType{}, e.EventTypes...), OldSecretUntil: utc(e.OldUntil),
		Disabled: e.DisabledAt != nil, DisabledReason: e.DisabledReason, FailingSince: utc(e.FailingSince), Version: e.Version,
		CreatedBy: e.CreatedBy, CreatedAt: e.CreatedAt.UTC(), UpdatedAt: e.UpdatedAt.UTC(),
	}
}

func endpointAnswered(e catalog.WebhookEndpoint, secret string, err error) (*endpointAnswer, error) {
	if err != nil {
		return nil, err
	}
	body := endpointOf(e)
	body.Secret = secret
	return &endpointAnswer{ETag: etag(e.Version), Body: body}, nil
}

// EndpointPath names an endpoint.
type EndpointPath struct {
	ID string `path:"id" maxLength:"100" example:"whe_01k2yq7w8r9s0t1v2w3x4y5z6a"`
}

// checkEndpoint checks what a request says of an endpoint.
func (s *server) checkEndpoint(e *catalog.WebhookEndpoint) (err error) {
	if err := catalog.CheckWebhookURL(e.URL, s.Webhooks.Plain, s.Webhooks.Allowed); err != nil {
		return err
	}
	for _, t := range e.EventTypes {
		if !slices.Contains(catalog.EventTypes, t) {
			return &catalog.FieldError{Field: "event_types", Code: "unknown_event", Message: "There is no such event. Leave the list empty for all."}
		}
	}
	e.EventTypes = slices.Compact(slices.Sorted(slices.Values(e.EventTypes)))
	e.Description, err = catalog.CleanLine("description", e.Description, maxTitle, false)
	return err
}

func (s *server) createEndpoint(ctx context.Context, in *struct {
	Body struct {
		URL         string              `json:"url" maxLength:"2000" example:"https://learning.example.org/hooks"`
		Description string              `json:"description,omitempty" maxLength:"600" example:"Learning system"`
		EventTypes  []catalog.EventType `json:"event_types,omitempty" maxItems:"20" nullable:"false" example:"[\"course.completed\",\"program.completed\"]"`
	}
},
) (*endpointAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	e := catalog.WebhookEndpoint{ID: catalog.NewID("whe"), URL: in.Body.URL, Description: in.Body.Description, EventTypes: in.Body.EventTypes}
	if err := s.checkEndpoint(&e); err != nil {
		return nil, err
	}
	secret := s.Webhooks.NewSecret()
	e.SealedSecret = s.Sealer.Seal([]byte(secret), e.ID)
	made, err := s.Store.CreateEndpoint(ctx, e)
	return endpointAnswered(made, secret, err)
}

func (s *server) listEndpoints(ctx context.Context, in *Paging) (*listed[endpointBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.Endpoints(ctx, in.request())
	return listOf(page, endpointOf, err)
}

func (s *server) getEndpoint(ctx context.Context, in *EndpointPath) (*endpointAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	e, err := s.Store.Endpoint(ctx, in.ID)
	return endpointAnswered(e, "", err)
}

func (s *server) updateEndpoint(ctx context.Context, in *struct {
	EndpointPath
	Precondition
	Body struct {
		URL         *string              `json:"url,omitempty" maxLength:"2000"`
		Description *string              `json:"description,omitempty" maxLength:"600"`
		EventTypes  *[]catalog.EventType `json:"event_types,omitempty" maxItems:"20"`
		Disabled    *bool                `json:"disabled,omitempty" doc:"true: nothing is sent, and what happens meanwhile is not queued; replay it afterwards."`
	}
},
) (*endpointAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	e, err := s.Store.UpdateEndpoint(ctx, in.ID, version, func(e *catalog.WebhookEndpoint) error {
		if in.Body.URL != nil {
			e.URL = *in.Body.URL
		}
		if in.Body.Description != nil {
			e.Description = *in.Body.Description
		}
		if in.Body.EventTypes != nil {
			e.EventTypes = *in.Body.EventTypes
		}
		if in.Body.Disabled != nil && *in.Body.Disabled != (e.DisabledAt != nil) {
			e.DisabledAt = nil
			if now := time.Now(); *in.Body.Disabled {
				e.DisabledAt = &now
			}
		}
		return s.checkEndpoint(e)
	})
	return endpointAnswered(e, "", err)
}

func (s *server) deleteEndpoint(ctx context.Context, in *struct {
	EndpointPath
	Precondition
},
) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return nil, s.Store.DeleteEndpoint(ctx, in.ID, version)
}

func (s *server) rotateSecret(ctx context.Context, in *struct {
	EndpointPath
	Precondition
},
) (*endpointAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	secret := s.Webhooks.NewSecret()
	e, err := s.Store.UpdateEndpoint(ctx, in.ID, version, func(e *catalog.WebhookEndpoint) error {
		until := time.Now().Add(oldSecretLife)
		e.SealedOld, e.OldUntil = e.SealedSecret, &until
		e.SealedSecret = s.Sealer.Seal([]byte(secret), e.ID)
		return nil
	})
	return endpointAnswered(e, secret, err)
}
