package player

import (
	"context"
	"net/http"
	"slices"
)

// Reaching is how people want to be reached.
type Reaching interface {
	// Channel is how the reader is reached, and what she can choose.
	Channel(ctx context.Context) (OwnChannel, error)
	// ChooseChannel takes e-mail, or a phone that is confirmed.
	ChooseChannel(ctx context.Context, channel string, codes bool) error
	// SendPhoneCode has a code sent to a phone that is to be confirmed.
	SendPhoneCode(ctx context.Context, channel, phone string, codes bool) error
	// ConfirmPhone takes that code; what was chosen with it holds then.
	ConfirmPhone(ctx context.Context, code string) error
}

// OwnChannel is how somebody is reached.
type OwnChannel struct {
	Channel   string // email, sms, whatsapp
	Codes     bool   // codes to sign in go there too
	Phone     string
	Confirmed bool
	Offered   []string
}

// forReaders: how people are reached.
func (s *site) forReaders(page adder) {
	page("GET /account/channel", s.channel)
	page("POST /account/channel", s.chooseChannel)
	page("POST /account/channel/code", s.confirmPhone)
}

// channelView is the content of the page.
type channelView struct {
	Form  *form
	Code  *form // set: a code was sent
	Saved bool
}

// channel shows how the reader is reached, and once a code was sent, where to
// enter it.
func (s *site) channel(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.viewer(r); err != nil {
		return err
	}
	own, err := s.Backend.Channel(r.Context())
	if err != nil {
		return err
	}
	view := channelView{Form: s.channelForm(r, own), Saved: r.URL.Query().Get("saved") != ""}
	if r.URL.Query().Get("code") != "" {
		view.Code = phoneCodeForm()
	}
	return s.showChannel(w, r, view)
}

func (s *site) channelForm(r *http.Request, own OwnChannel) *form {
	l := s.locale(r)
	choices := make([]Option, 0, len(own.Offered))
	for _, c := range own.Offered {
		choices = append(choices, Option{c, l.T("channel." + c)})
	}
	codes := "no"
	if own.Codes {
		codes = "yes"
	}
	fields := []field{{Name: "channel", Label: "channel.which", Help: "channel.which_help", Type: "select", Required: true, Options: choices, Value: own.Channel}}
	if len(own.Offered) > 1 {
		fields = append(fields,
			field{Name: "phone", Label: "channel.phone", Help: "channel.phone_help", Type: "tel", Autocomplete: "tel", Value: own.Phone},
			field{Name: "sign_in", Label: "channel.sign_in", Help: "channel.sign_in_help", Type: "select", Required: true, Options: []Option{{"no", l.T("channel.sign_in_mail")}, {"yes", l.T("channel.sign_in_phone")}}, Value: codes})
	}
	return &form{Submit: "channel.save", Action: "/account/channel", Fields: fields}
}

func phoneCodeForm() *form {
	return &form{Submit: "channel.confirm", Action: "/account/channel/code", Fields: []field{
		{Name: "code", Label: "channel.code", Help: "channel.code_help", InputMode: "numeric", Autocomplete: "one-time-code", Class: "code", Required: true, Focus: true},
	}}
}

func (s *site) showChannel(w http.ResponseWriter, r *http.Request, view channelView) error {
	status := view.Form.status()
	if view.Code != nil {
		status = max(status, view.Code.status())
	}
	s.render(w, r, status, page{Name: "channel", Title: "channel.title", Section: "account", Script: formScript, Content: view})
	return nil
}

// chooseChannel saves the choice, or sends a code when its number is not
// confirmed.
func (s *site) chooseChannel(w http.ResponseWriter, r *http.Request) error {
	own, err := s.Backend.Channel(r.Context())
	if err != nil {
		return err
	}
	f := s.channelForm(r, own)
	f.keep(r)
	channel, phone, codes := f.value("channel"), f.value("phone"), f.value("sign_in") == "yes"
	next := "/account/channel?saved=1"
	switch {
	case !slices.Contains(own.Offered, channel):
		err = &FieldError{Field: "channel", Message: s.locale(r).T("channel.which_help")}
	case channel == "email" || own.Confirmed && phone == own.Phone:
		err = s.Backend.ChooseChannel(r.Context(), channel, codes)
	default:
		err, next = s.Backend.SendPhoneCode(r.Context(), channel, phone, codes), "/account/channel?code=1"
	}
	if err == nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	if err := f.blame(err); err != nil {
		return err
	}
	return s.showChannel(w, r, channelView{Form: f})
}

func (s *site) confirmPhone(w http.ResponseWriter, r *http.Request) error {
	f := phoneCodeForm()
	f.keep(r)
	err := f.missing(s.locale(r))
	if err == nil {
		err = s.Backend.ConfirmPhone(r.Context(), f.value("code"))
	}
	if err == nil {
		http.Redirect(w, r, "/account/channel?saved=1", http.StatusSeeOther)
		return nil
	}
	if err := f.blame(err); err != nil {
		return err
	}
	own, err := s.Backend.Channel(r.Context())
	if err != nil {
		return err
	}
	return s.showChannel(w, r, channelView{Form: s.channelForm(r, own), Code: f})
}
