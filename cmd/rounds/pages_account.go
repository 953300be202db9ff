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
		CreatedAt  time.Time `json:"created_at"`
		LastUsedAt time.Time `json:"last_used_at"`
		ExpiresAt  time.Time `json:"expires_at"`
	}](ctx, p, "/v1/me/sessions", url.Values{})
	devices := make([]player.Device, 0, len(sessions))
	for _, x := range sessions {
		devices = append(devices, player.Device{
			ID: x.ID, Name: x.Device, Current: x.Current, Remembered: x.Remembered, CreatedAt: x.CreatedAt, LastUsedAt: x.LastUsedAt, ExpiresAt: x.ExpiresAt,
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
