package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"rounds/player"
)

// Devices implements player.OwnAccount.
func (p *pages) Devices(ctx context.Context) ([]player.Device, error) {
	sessions, err := listAll[struct {
		ID         string    `json:"id"`
		Device     string    `json:"device"`
		Current    bool      `json:"current"`
		Remembered bool      `json:"remembered"`
		Shared     bool      `json:"shared"`
		CreatedAt  time.Time `json:"created_at"`
		LastUsedAt time.Time `json:"last_used_at"`
		ExpiresAt  time.Time `json:"expires_at"`
	}](ctx, p, "/v1/me/sessions", url.Values{})
	devices := make([]player.Device, 0, len(sessions))
	for _, x := range sessions {
		devices = append(devices, player.Device{
			ID: x.ID, Name: device(ctx, x.Device), Current: x.Current, Remembered: x.Remembered, Shared: x.Shared, CreatedAt: x.CreatedAt, LastUsedAt: x.LastUsedAt, ExpiresAt: x.ExpiresAt,
		})
	}
	return devices, err
}

// EndDevice implements player.OwnAccount.
func (p *pages) EndDevice(ctx context.Context, id string) error {
	_, err := p.do(ctx, http.MethodDelete, "/v1/me/sessions/"+url.PathEscape(id), nil, "")
	return err
}

// EndOtherDevices implements player.OwnAccount.
func (p *pages) EndOtherDevices(ctx context.Context) error {
	_, err := p.do(ctx, http.MethodDelete, "/v1/me/sessions", nil, "")
	return err
}

// SetLanguage implements player.OwnAccount.
func (p *pages) SetLanguage(ctx context.Context, tag string) error {
	_, err := p.do(ctx, http.MethodPut, "/v1/me/locale", map[string]string{"locale": tag}, "")
	return err
}

// Passkeys implements player.OwnAccount.
func (p *pages) Passkeys(ctx context.Context) ([]player.Passkey, error) {
	keys, err := listAll[struct {
		ID         string     `json:"id"`
		Name       string     `json:"name"`
		CreatedAt  time.Time  `json:"created_at"`
		LastUsedAt *time.Time `json:"last_used_at"`
	}](ctx, p, "/v1/me/passkeys", url.Values{})
	held := make([]player.Passkey, 0, len(keys))
	for _, k := range keys {
		held = append(held, player.Passkey(k))
	}
	return held, err
}

// RemovePasskey implements player.OwnAccount.
func (p *pages) RemovePasskey(ctx context.Context, id string) error {
	_, err := p.do(ctx, http.MethodDelete, "/v1/me/passkeys/"+url.PathEscape(id), nil, "")
	return err
}

// channelAnswer is what the API says of how somebody is reached.
type channelAnswer struct {
	Channel   string   `json:"channel"`
	SignIn    bool     `json:"sign_in"`
	Phone     string   `json:"phone"`
	Confirmed bool     `json:"confirmed"`
	Offered   []string `json:"offered"`
}

// Channel implements player.Reaching.
func (p *pages) Channel(ctx context.Context) (player.OwnChannel, error) {
	var told channelAnswer
	err := p.get(ctx, "/v1/me/channel", &told)
	return player.OwnChannel{Channel: told.Channel, Codes: told.SignIn, Phone: told.Phone, Confirmed: told.Confirmed, Offered: told.Offered}, err
}

// ChooseChannel implements player.Reaching.
func (p *pages) ChooseChannel(ctx context.Context, channel string, codes bool) error {
	_, err := p.do(ctx, http.MethodPut, "/v1/me/channel", map[string]any{"channel": channel, "sign_in": codes}, "")
	return err
}

// SendPhoneCode implements player.Reaching.
func (p *pages) SendPhoneCode(ctx context.Context, channel, phone string, codes bool) error {
	return p.post(ctx, "/v1/me/channel/codes", map[string]any{"channel": channel, "phone": phone, "sign_in": codes}, nil)
}

// ConfirmPhone implements player.Reaching.
func (p *pages) ConfirmPhone(ctx context.Context, code string) error {
	return p.post(ctx, "/v1/me/channel/confirm", map[string]any{"code": code}, nil)
}
