package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// MessageStore shows the outbox and the addresses that take nothing.
type MessageStore interface {
	Messages(ctx context.Context, f catalog.MessageFilter, p catalog.PageRequest) (catalog.Page[catalog.SentMessage], error)
	SendAgain(ctx context.Context, id string) (catalog.SentMessage, error)
	Undeliverable(ctx context.Context, address string, p catalog.PageRequest) (catalog.Page[catalog.Undeliverable], error)
	NoteUndeliverable(ctx context.Context, providerID string, notes []catalog.Undeliverable) error
	NoteReceipts(ctx context.Context, receipts []catalog.Receipt) error
	LiftUndeliverable(ctx context.Context, channel catalog.Channel, address string) error
}

const tagMessages = "Messages"

func (s *server) registerMessages() {
	list := operation("list-messages", http.MethodGet, "/v1/messages", tagMessages, "List messages and what became of them, newest first", http.StatusOK, forAdmins...)
	list.Description = "Every mail, SMS and WhatsApp message that was put into the outbox: whether it waits, was handed over or was given up, and why. What it says is not shown."
	huma.Register(s.api, list, s.listMessages)
	again := operation("send-message-again", http.MethodPost, "/v1/messages/{id}/send_again", tagMessages,
		"Send a message again that was given up", http.StatusOK, append(forAdmins, http.StatusNotFound, http.StatusConflict)...)
	again.Description = "For what a dead mail server or a line that broke has kept from its reader. One-time codes are not kept: ask for a new one. " +
		"An `unsure` message may have arrived already."
	huma.Register(s.api, again, s.sendAgain)
	addresses := operation("list-undeliverable", http.MethodGet, "/v1/undeliverable_addresses", tagMessages,
		"List addresses that take no messages", http.StatusOK, forAdmins...)
	addresses.Description = "Addresses whose server said for good that it takes nothing for them (`bounce`), or whose owner complained (`complaint`). Nothing is sent to them until they are lifted."
	huma.Register(s.api, addresses, s.listUndeliverable)
	huma.Register(s.api, operation("lift-undeliverable", http.MethodDelete, "/v1/undeliverable_addresses/{channel}/{address}", tagMessages,
		"Let messages go to an address again", http.StatusNoContent, append(forAdmins, http.StatusNotFound)...), s.liftUndeliverable)
	s.registerBounces()
	s.registerReceipts()
}

type messageBody struct {
	ID              string               `json:"id" example:"msg_01k2yq7w8r9s0t1v2w3x4y5z6a"`
	Recipient       string               `json:"recipient" example:"ana.lopez@hospital.org" doc:"E-mail address of the reader."`
	Kind            catalog.MessageKind  `json:"kind" example:"invitation"`
	Channel         catalog.Channel      `json:"channel" enum:"email,sms,whatsapp" doc:"The last one that was tried."`
	Address         string               `json:"address" example:"ana.lopez@hospital.org" doc:"Where it was handed over for; empty when it never was."`
	State           catalog.MessageState `json:"state" enum:"waiting,sent,given_up" doc:"sent: the next server has taken it."`
	Outcome         string               `json:"outcome" example:"" doc:"Why it was given up: expired, unsure, undeliverable, rejected or capped; by_mail: the channel that its reader prefers did not take it, so it goes by mail."`
	Attempts        int                  `json:"attempts" example:"1"`
	LastError       string               `json:"last_error" example:"" doc:"What the last try met."`
	TemplateVersion int                  `json:"template_version" example:"0" doc:"Version of the stored text; 0: the built-in one."`
	ProviderID      string               `json:"provider_id" example:"" doc:"By which the service that took it knows it."`
	CreatedAt       time.Time            `json:"created_at"`
	NextAttemptAt   *time.Time           `json:"next_attempt_at" nullable:"true"`
	SentAt          *time.Time           `json:"sent_at" nullable:"true"`
	GivenUpAt       *time.Time           `json:"given_up_at" nullable:"true"`
	Resendable      bool                 `json:"resendable" doc:"Whether send_again is possible."`
	Receipt         catalog.ReceiptState `json:"receipt,omitempty" enum:"sent,delivered,read,failed" doc:"What the service said after it had taken the message: on its way, on the phone, read, or not arrived. Left out while it has said nothing; mail has none."`
	ReceiptAt       *time.Time           `json:"receipt_at,omitempty"`
	ReceiptDetail   string               `json:"receipt_detail,omitempty" example:"CARRIER_BLOCKED: Message blocked by carrier" doc:"Why it did not arrive, in the words of the service."`
}

func messageOf(m catalog.SentMessage) messageBody {
	return messageBody{
		ID: m.ID, Recipient: m.Recipient, Kind: m.Kind, Channel: m.Channel, Address: m.Address, State: m.State, Outcome: m.Outcome, Attempts: m.Attempts,
		LastError: m.LastError, TemplateVersion: m.TemplateVersion, ProviderID: m.ProviderID, CreatedAt: m.CreatedAt.UTC(),
		NextAttemptAt: utc(m.NextAttemptAt), SentAt: utc(m.SentAt), GivenUpAt: utc(m.GivenUpAt), Resendable: m.Resendable,
		Receipt: m.Receipt, ReceiptAt: utc(m.ReceiptAt), ReceiptDetail: m.ReceiptDetail,
	}
}

func (s *server) listMessages(ctx context.Context, in *struct {
	Paging
	State     string `query:"state" enum:"waiting,sent,given_up" doc:"Only those in this state."`
	Recipient string `query:"recipient" maxLength:"320" example:"ana.lopez@hospital.org" doc:"Only those to this e-mail address."`
	Kind      string `query:"kind" maxLength:"50" example:"invitation" doc:"Only those of this kind."`
},
) (*listed[messageBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	filter := catalog.MessageFilter{State: catalog.MessageState(in.State)}
	kind, err := catalog.CleanLine("query.kind", in.Kind, 50, false)
	if err != nil {
		return nil, err
	}
	filter.Kind = catalog.MessageKind(kind)
	if in.Recipient != "" {
		if filter.Recipient, err = identity.NormalEmail(in.Recipient); err != nil {
			return nil, catalog.Invalid("query.recipient", "Please give an e-mail address.")
		}
	}
	page, err := s.Store.Messages(ctx, filter, in.request())
	return listOf(page, messageOf, err)
}

type messageAnswer struct{ Body messageBody }

func (s *server) sendAgain(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"100" example:"msg_01k2yq7w8r9s0t1v2w3x4y5z6a"`
},
) (*messageAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	m, err := s.Store.SendAgain(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &messageAnswer{messageOf(m)}, nil
}

type undeliverableBody struct {
	Channel   catalog.Channel `json:"channel" enum:"email,sms,whatsapp"`
	Address   string          `json:"address" example:"ana.lopez@hospital.org"`
	Reason    string          `json:"reason" enum:"bounce,complaint"`
	Detail    string          `json:"detail" example:"550 5.1.1 no such user" doc:"What its server said."`
	MessageID string          `json:"message_id" doc:"The message that brought it to light, when it is known."`
	NotedAt   time.Time       `json:"noted_at"`
}

func (s *server) listUndeliverable(ctx context.Context, in *struct {
	Paging
	Address string `query:"address" maxLength:"320" example:"ana.lopez@hospital.org" doc:"Only this address."`
},
) (*listed[undeliverableBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	address, err := catalog.CleanLine("query.address", in.Address, 320, false)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.Undeliverable(ctx, address, in.request())
	return listOf(page, func(u catalog.Undeliverable) undeliverableBody {
		u.NotedAt = u.NotedAt.UTC()
		return undeliverableBody(u)
	}, err)
}

func (s *server) liftUndeliverable(ctx context.Context, in *struct {
	Channel string `path:"channel" maxLength:"20" example:"email" doc:"email, sms or whatsapp."`
	Address string `path:"address" maxLength:"320" example:"ana.lopez@hospital.org"`
},
) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return nil, s.Store.LiftUndeliverable(ctx, catalog.Channel(in.Channel), in.Address)
}
