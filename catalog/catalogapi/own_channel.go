package catalogapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// OwnChannelStore keeps by which channel people want messages themselves.
type OwnChannelStore interface {
	// ChooseChannel: *catalog.FieldError while the phone is not confirmed.
	ChooseChannel(ctx context.Context, id catalog.AccountID, channel catalog.Channel, codes bool) (catalog.Reader, error)
	// AskPhoneCode: *catalog.RateLimitError when enough were sent.
	AskPhoneCode(ctx context.Context, id catalog.AccountID, to catalog.Destination, codes bool, code identity.MintedCode) error
	// ConfirmPhone returns the error of match, which counts as a try.
	ConfirmPhone(ctx context.Context, id catalog.AccountID, match func([]identity.OneTimeCode) (identity.OneTimeCode, error)) (catalog.Reader, error)
}

func (s *server) registerOwnChannel() {
	const own = "/v1/me/channel"
	huma.Register(s.api, operation("get-my-channel", http.MethodGet, own, tagMessages,
		"Read by which channel you get messages, and what you can choose", http.StatusOK, forAdmins...), s.myChannel)
	choose := operation("choose-my-channel", http.MethodPut, own, tagMessages, "Choose by which channel you get messages", http.StatusOK, forAdmins...)
	choose.Description = "E-mail at once; SMS and WhatsApp when the number of the account is confirmed, else 422 phone_unconfirmed: ask for a code first. " +
		"What cannot be sent there goes by mail, and so does whatever concerns the e-mail address itself. With sign_in, codes to sign in go the same way."
	huma.Register(s.api, choose, s.chooseChannel)
	ask := operation("send-phone-code", http.MethodPost, own+"/codes", tagMessages, "Have a code sent to a phone, to confirm its number", http.StatusAccepted, append(forAdmins, http.StatusTooManyRequests)...)
	ask.Description = "Six digits, valid for ten minutes. Entered at confirm, they make the number yours and the choice that was told here valid. " +
		"429 after 3 codes in an hour or 6 in a day, and after 5 to one number in a day."
	huma.Register(s.api, ask, s.sendPhoneCode)
	confirm := operation("confirm-my-phone", http.MethodPost, own+"/confirm", tagMessages, "Confirm a phone by the code that was sent to it", http.StatusOK, append(forAdmins, http.StatusTooManyRequests)...)
	confirm.Description = "Five tries a code. You are told of the change by mail."
	huma.Register(s.api, confirm, s.confirmPhone)
}

type ownChannelBody struct {
	Channel   catalog.Channel   `json:"channel" enum:"email,sms,whatsapp" doc:"What you chose."`
	SignIn    bool              `json:"sign_in" doc:"Codes to sign in go there too."`
	Phone     string            `json:"phone" example:"+351912345678"`
	Confirmed bool              `json:"confirmed" doc:"You have confirmed the number."`
	Used      catalog.Channel   `json:"used" enum:"email,sms,whatsapp" doc:"By which messages go now."`
	Offered   []catalog.Channel `json:"offered" nullable:"false" example:"[\"email\",\"sms\"]" doc:"What you can choose."`
}

type ownChannelAnswer struct{ Body ownChannelBody }

func (s *server) ownChannelAnswered(r catalog.Reader, err error) (*ownChannelAnswer, error) {
	if err != nil {
		return nil, err
	}
	used, _ := s.Channels.Route(catalog.MessagePresenter, r) // any that is neither a code nor about the address
	return &ownChannelAnswer{ownChannelBody{r.Channel, r.Codes, r.Phone, r.Confirmed, used, s.Channels.Offered()}}, nil
}

func (s *server) myChannel(ctx context.Context, _ *struct{}) (*ownChannelAnswer, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return s.ownChannelAnswered(s.Store.Reader(ctx, who.AccountID))
}

func (s *server) chooseChannel(ctx context.Context, in *struct {
	Body struct {
		Channel catalog.Channel `json:"channel" enum:"email,sms,whatsapp"`
		SignIn  bool            `json:"sign_in,omitempty"`
	}
},
) (*ownChannelAnswer, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.Reader(ctx, who.AccountID)
	if err != nil {
		return nil, err
	}
	if in.Body.Channel != catalog.ChannelEmail {
		if !r.Confirmed {
			return nil, identity.ErrPhoneUnconfirmed
		}
		if _, err := s.Channels.Reach(in.Body.Channel, r.Phone, r.Country); err != nil {
			return nil, err
		}
	}
	return s.ownChannelAnswered(s.Store.ChooseChannel(ctx, who.AccountID, in.Body.Channel, in.Body.SignIn))
}

type phoneToConfirm struct {
	Channel catalog.Channel `json:"channel" enum:"sms,whatsapp"`
	Phone   string          `json:"phone" maxLength:"100" example:"+351 912 345 678"`
	SignIn  bool            `json:"sign_in,omitempty" doc:"Codes to sign in are to go there too."`
}

type phoneCodeExpiry struct {
	Body struct {
		ExpiresInS int `json:"expires_in_s" example:"600"`
	}
}

func (s *server) sendPhoneCode(ctx context.Context, in *struct{ Body phoneToConfirm }) (*phoneCodeExpiry, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.Reader(ctx, who.AccountID)
	if err != nil {
		return nil, err
	}
	phone, err := s.Channels.Reach(in.Body.Channel, in.Body.Phone, r.Country)
	if err != nil {
		return nil, err
	}
	answer := new(phoneCodeExpiry)
	answer.Body.ExpiresInS = int(identity.CodeLife / time.Second)
	return answer, s.Store.AskPhoneCode(ctx, who.AccountID, catalog.Destination{Channel: in.Body.Channel, Address: phone}, in.Body.SignIn, identity.MintCode(s.Pepper, time.Now()))
}

func (s *server) confirmPhone(ctx context.Context, in *struct {
	Body struct {
		Code string `json:"code" maxLength:"20" example:"123456"`
	}
},
) (*ownChannelAnswer, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return s.ownChannelAnswered(s.Store.ConfirmPhone(ctx, who.AccountID, func(sent []identity.OneTimeCode) (identity.OneTimeCode, error) {
		hit, err := identity.MatchCode(sent, s.Pepper, in.Body.Code, time.Now())
		if errors.Is(err, identity.ErrCodeInvalid) {
			err = identity.ErrPhoneCodeInvalid
		}
		return hit, err
	}))
}
