package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// ChannelStore keeps by which channel people want messages.
type ChannelStore interface {
	Reader(ctx context.Context, id catalog.AccountID) (catalog.Reader, error)
	PreferChannel(ctx context.Context, id catalog.AccountID, channel catalog.Channel) (catalog.Reader, error)
}

func (s *server) registerChannels() {
	const one = "/v1/accounts/{id}/channel"
	read := operation("get-account-channel", http.MethodGet, one, tagMessages,
		"Read by which channel an account gets messages", http.StatusOK, append(forAdmins, http.StatusNotFound)...)
	huma.Register(s.api, read, s.getChannel)
	set := operation("set-account-channel", http.MethodPut, one, tagMessages,
		"Say by which channel an account gets messages", http.StatusOK, append(forAdmins, http.StatusNotFound)...)
	set.Description = "SMS and WhatsApp need a phone number with + and country code at the account. What cannot be sent by the channel – because it is not set up, " +
		"not for that country, or has no approved text – goes by mail, and so does whatever concerns the e-mail address itself."
	huma.Register(s.api, set, s.setChannel)
}

type channelBody struct {
	Channel catalog.Channel `json:"channel" enum:"email,sms,whatsapp" doc:"What is preferred."`
	Phone   string          `json:"phone" example:"+351 912 345 678"`
	Country string          `json:"country" example:"PT"`
	Used    catalog.Channel `json:"used" enum:"email,sms,whatsapp" doc:"By which a sign-in code would go now."`
}

type channelAnswer struct{ Body channelBody }

func (s *server) channelAnswered(r catalog.Reader, err error) (*channelAnswer, error) {
	if err != nil {
		return nil, err
	}
	used, _ := s.Channels.Route(catalog.MessageSignInCode, r)
	return &channelAnswer{channelBody{Channel: r.Channel, Phone: r.Phone, Country: r.Country, Used: used}}, nil
}

func (s *server) getChannel(ctx context.Context, in *struct {
	ID catalog.AccountID `path:"id" maxLength:"100"`
},
) (*channelAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return s.channelAnswered(s.Store.Reader(ctx, in.ID))
}

func (s *server) setChannel(ctx context.Context, in *struct {
	ID   catalog.AccountID `path:"id" maxLength:"100"`
	Body struct {
		Channel catalog.Channel `json:"channel" enum:"email,sms,whatsapp"`
	}
},
) (*channelAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	r, err := s.Store.Reader(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if _, reachable := catalog.InternationalPhone(r.Phone); !reachable && in.Body.Channel != catalog.ChannelEmail {
		return nil, &catalog.FieldError{Field: "channel", Code: "no_phone", Message: "This account has no phone number that begins with + and a country code; please set one first."}
	}
	return s.channelAnswered(s.Store.PreferChannel(ctx, in.ID, in.Body.Channel))
}
