package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// BounceReader verifies and reads what Amazon SNS sends of a mail service. It
// returns nothing, and no error, for what needs nothing to be noted. A
// *catalog.FieldError on "body" says that it is not genuine.
type BounceReader func(ctx context.Context, body []byte) (providerID string, notes []catalog.Undeliverable, err error)

func (s *server) registerBounces() {
	op := operation("receive-bounces", http.MethodPost, "/v1/inbound/ses", tagMessages,
		"Take bounces and complaints from Amazon SES, as Amazon SNS sends them", http.StatusNoContent, http.StatusBadRequest, http.StatusNotFound)
	op.Description = "For Amazon SNS alone. Its signature is verified against a certificate of Amazon, and its topic must be the one of the settings; " +
		"a subscription to it is confirmed by itself. 404 as long as no topic is set."
	op.MaxBodyBytes = 256 << 10 // SNS sends no more
	op.RequestBody = &huma.RequestBody{
		Required: true, Description: "An SNS message in JSON, sent as text/plain.",
		Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	huma.Register(s.api, op, s.receiveBounces)
}

func (s *server) receiveBounces(ctx context.Context, in *struct {
	RawBody []byte `contentType:"text/plain"`
},
) (*struct{}, error) {
	if s.ReadBounces == nil {
		return nil, catalog.ErrNotFound
	}
	provider, notes, err := s.ReadBounces(ctx, in.RawBody)
	if err != nil || len(notes) == 0 {
		return nil, err
	}
	return nil, s.Store.NoteUndeliverable(ctx, provider, notes)
}
