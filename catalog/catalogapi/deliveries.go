package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

func (s *server) registerDeliveries() {
	list := operation("list-webhook-deliveries", http.MethodGet, "/v1/webhook_deliveries", tagWebhooks,
		"List deliveries of events, of the newest event first; `state=dead` has the dead letters", http.StatusOK, forAdmins...)
	huma.Register(s.api, list, s.listDeliveries)
	huma.Register(s.api, operation("get-webhook-delivery", http.MethodGet, "/v1/webhook_deliveries/{id}", tagWebhooks,
		"Read a delivery with the log of its attempts", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.getDelivery)
	replay := operation("replay-webhooks", http.MethodPost, "/v1/webhook_endpoints/{id}/replay", tagWebhooks,
		"Send one event to an endpoint again, or all since a time", http.StatusOK, append(forAdmins, http.StatusNotFound, http.StatusConflict)...)
	replay.Description = "With `event_id` that event, whatever became of it. With `since` the events since then that the endpoint wants and has not taken – dead letters, and " +
		"what happened while it was switched off –, with `delivered` also those that it has. Each keeps its webhook-id."
	huma.Register(s.api, replay, s.replay)
}

type eventBody struct {
	ID   string            `json:"id" example:"evt_6f1c2a9d0e8b47b6a1a5c6f0d2b3e4f5" doc:"The webhook-id."`
	Type catalog.EventType `json:"type" example:"course.completed"`
	At   time.Time         `json:"at"`
	Data map[string]any    `json:"data"`
}

// DeliveryBody is a delivery as lists show it.
type DeliveryBody struct {
	ID            string                `json:"id" example:"whd_0b7de1c7c5b4484f9f36e5b6e4d8a9c1"`
	EndpointID    string                `json:"endpoint_id"`
	Event         eventBody             `json:"event"`
	State         catalog.DeliveryState `json:"state" enum:"pending,delivered,dead"`
	Attempts      int                   `json:"attempts" doc:"Since it was asked for, or asked for again."`
	NextAttemptAt *time.Time            `json:"next_attempt_at" nullable:"true" doc:"Of one that is pending."`
	DeliveredAt   *time.Time            `json:"delivered_at" nullable:"true"`
	LastStatus    int                   `json:"last_status" example:"500" doc:"HTTP status of the last answer; 0: there was none."`
	LastError     string                `json:"last_error" example:"it answered 500"`
}

func deliveryOf(d catalog.Delivery) DeliveryBody {
	body := DeliveryBody{
		ID: d.ID, EndpointID: d.EndpointID, State: d.State, Attempts: d.Attempts, DeliveredAt: utc(d.DeliveredAt), LastStatus: d.LastStatus, LastError: d.LastError,
		Event: eventBody{ID: d.Event.ID, Type: d.Event.Type, At: d.Event.At.UTC(), Data: d.Event.Data},
	}
	if d.State == catalog.DeliveryPending {
		body.NextAttemptAt = utc(&d.NextAttemptAt)
	}
	return body
}

func (s *server) listDeliveries(ctx context.Context, in *struct {
	Paging
	EndpointID string `query:"endpoint_id" maxLength:"100" doc:"Only to this endpoint."`
	State      string `query:"state" enum:"pending,delivered,dead" doc:"Only those in this state."`
	EventID    string `query:"event_id" maxLength:"100" doc:"Only of this event."`
},
) (*listed[DeliveryBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	filter := catalog.DeliveryFilter{State: catalog.DeliveryState(in.State)}
	var err error
	if filter.EndpointID, err = catalog.CleanLine("query.endpoint_id", in.EndpointID, 100, false); err != nil {
		return nil, err
	}
	if filter.EventID, err = catalog.CleanLine("query.event_id", in.EventID, 100, false); err != nil {
		return nil, err
	}
	page, err := s.Store.Deliveries(ctx, filter, in.request())
	return listOf(page, deliveryOf, err)
}

type attemptBody struct {
	At     time.Time `json:"at"`
	TookMS int       `json:"took_ms"`
	Status int       `json:"status" doc:"HTTP status of the answer; 0: there was none."`
	Error  string    `json:"error"`
	Answer string    `json:"answer" doc:"The beginning of its body."`
}

type deliveryAnswer struct {
	Body struct {
		DeliveryBody
		Log []attemptBody `json:"log" nullable:"false" doc:"The attempts, newest first."`
	}
}

func (s *server) getDelivery(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"100" example:"whd_0b7de1c7c5b4484f9f36e5b6e4d8a9c1"`
},
) (*deliveryAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	d, log, err := s.Store.Delivery(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	answer := &deliveryAnswer{}
	answer.Body.DeliveryBody, answer.Body.Log = deliveryOf(d), []attemptBody{}
	for _, a := range log {
		a.At = a.At.UTC()
		answer.Body.Log = append(answer.Body.Log, attemptBody(a))
	}
	return answer, nil
}

type replayAnswer struct {
	Body struct {
		Replayed int `json:"replayed" example:"3" doc:"How many deliveries are due now."`
	}
}

func (s *server) replay(ctx context.Context, in *struct {
	EndpointPath
	Body struct {
		EventID   string     `json:"event_id,omitempty" maxLength:"100" example:"evt_6f1c2a9d0e8b47b6a1a5c6f0d2b3e4f5"`
		Since     *time.Time `json:"since,omitempty"`
		Delivered bool       `json:"delivered,omitempty" doc:"With since: also what the endpoint has taken already."`
	}
},
) (answer *replayAnswer, err error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	if (in.Body.EventID == "") == (in.Body.Since == nil) {
		return nil, &catalog.FieldError{Field: "since", Code: "one_of", Message: "Please give either event_id or since."}
	}
	answer = &replayAnswer{}
	if in.Body.EventID != "" {
		answer.Body.Replayed = 1
		return answer, s.Store.ReplayEvent(ctx, in.ID, in.Body.EventID)
	}
	since, err := checkedTime("since", in.Body.Since)
	if err != nil {
		return nil, err
	}
	answer.Body.Replayed, err = s.Store.ReplaySince(ctx, in.ID, *since, in.Body.Delivered)
	return answer, err
}
