package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// ReceiptReader verifies and reads what Amazon SNS sends of SMS. A
// *catalog.FieldError on "body" says that it is not genuine.
type ReceiptReader func(ctx context.Context, body []byte) ([]catalog.Receipt, error)

// WhatsAppHook verifies and reads what WhatsApp posts.
type WhatsAppHook struct {
	// Challenge tells whether a subscription is ours to be confirmed.
	Challenge func(mode, token string) bool
	// Receipts gets a body in its bytes and its X-Hub-Signature-256. A
	// *catalog.FieldError on "body" says that it is not genuine.
	Receipts func(body []byte, signature string) ([]catalog.Receipt, error)
}

func (s *server) registerReceipts() {
	sms := operation("receive-sms-receipts", http.MethodPost, "/v1/inbound/sms", tagMessages,
		"Take what AWS End User Messaging tells of SMS, as Amazon SNS sends it", http.StatusNoContent, http.StatusBadRequest, http.StatusNotFound)
	sms.Description = "For Amazon SNS alone. Its signature is verified against a certificate of Amazon, and its topic must be the one of the settings; " +
		"a subscription to it is confirmed by itself. 404 as long as no topic is set."
	sms.MaxBodyBytes = 256 << 10 // SNS sends no more
	sms.RequestBody = rawBody("text/plain", "An SNS message in JSON, sent as text/plain.")
	huma.Register(s.api, sms, s.receiveSMSReceipts)

	const path = "/v1/inbound/whatsapp"
	const alone = "For WhatsApp alone. 404 as long as no app secret is set."
	challenge := operation("confirm-whatsapp", http.MethodGet, path, tagMessages, "Confirm to WhatsApp that this address is ours", http.StatusOK, http.StatusForbidden, http.StatusNotFound)
	challenge.Description = alone + " With the verify token of the settings the challenge is repeated."
	challenge.Responses = map[string]*huma.Response{"200": {Description: "The challenge.", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	huma.Register(s.api, challenge, s.confirmWhatsApp)
	hook := operation("receive-whatsapp-receipts", http.MethodPost, path, tagMessages, "Take what WhatsApp tells of messages", http.StatusNoContent, http.StatusBadRequest, http.StatusNotFound)
	hook.Description = alone + " X-Hub-Signature-256 is verified over the body. What people write to the number is not read."
	hook.RequestBody = rawBody("application/json", "A webhook notification of the Cloud API.")
	huma.Register(s.api, hook, s.receiveWhatsApp)
}

// rawBody describes a body that is read as it is.
func rawBody(contentType, description string) *huma.RequestBody {
	kind := huma.TypeString
	if contentType == "application/json" {
		kind = huma.TypeObject
	}
	return &huma.RequestBody{Required: true, Description: description, Content: map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: kind}}}}
}

func (s *server) receiveSMSReceipts(ctx context.Context, in *struct {
	RawBody []byte `contentType:"text/plain"`
},
) (*struct{}, error) {
	if s.ReadSMSReceipts == nil {
		return nil, catalog.ErrNotFound
	}
	receipts, err := s.ReadSMSReceipts(ctx, in.RawBody)
	return nil, s.note(ctx, receipts, err)
}

func (s *server) receiveWhatsApp(ctx context.Context, in *struct {
	Signature string `header:"X-Hub-Signature-256" maxLength:"200"`
	RawBody   []byte `contentType:"application/json"`
},
) (*struct{}, error) {
	if s.WhatsApp == nil {
		return nil, catalog.ErrNotFound
	}
	receipts, err := s.WhatsApp.Receipts(in.RawBody, in.Signature)
	return nil, s.note(ctx, receipts, err)
}

func (s *server) note(ctx context.Context, receipts []catalog.Receipt, err error) error {
	if err != nil || len(receipts) == 0 {
		return err
	}
	return s.Store.NoteReceipts(ctx, receipts)
}

type challengeAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *server) confirmWhatsApp(_ context.Context, in *struct {
	Mode      string `query:"hub.mode" maxLength:"50" example:"subscribe"`
	Token     string `query:"hub.verify_token" maxLength:"500"`
	Challenge string `query:"hub.challenge" maxLength:"500" example:"1158201444"`
},
) (*challengeAnswer, error) {
	switch {
	case s.WhatsApp == nil:
		return nil, catalog.ErrNotFound
	case !s.WhatsApp.Challenge(in.Mode, in.Token):
		return nil, catalog.ErrForbidden
	default:
		return &challengeAnswer{"text/plain; charset=utf-8", []byte(in.Challenge)}, nil
	}
}
