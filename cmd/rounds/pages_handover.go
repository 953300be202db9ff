package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"rounds/player"
)

// BeginHandover implements player.HandingOver.
func (p *pages) BeginHandover(ctx context.Context) (player.Handover, error) {
	var begun struct {
		HandoverID string `json:"handover_id"`
		Secret     string `json:"secret"`
		Number     int    `json:"number"`
	}
	err := p.post(ctx, "/v1/auth/handovers", nil, &begun)
	return player.Handover{ID: begun.HandoverID, Secret: begun.Secret, Number: begun.Number}, err
}

// UseHandover implements player.HandingOver.
func (p *pages) UseHandover(w http.ResponseWriter, r *http.Request, id, secret string) (waits bool, err error) {
	answer, err := p.do(r.Context(), http.MethodPost, "/v1/auth/handovers/"+url.PathEscape(id)+"/session", map[string]string{"secret": secret}, "")
	var refusal *player.Refusal
	if errors.As(err, &refusal) && refusal.Status == http.StatusConflict {
		return true, nil
	}
	return false, passCookies(w, answer, err)
}

// HandoverAsked implements player.HandingOver.
func (p *pages) HandoverAsked(ctx context.Context, id string) (player.HandoverAsked, error) {
	var told struct {
		Device      string    `json:"device"`
		Network     string    `json:"network"`
		SameNetwork bool      `json:"same_network"`
		Numbers     []int     `json:"numbers"`
		AskedAt     time.Time `json:"asked_at"`
	}
	err := p.get(ctx, "/v1/me/handovers/"+url.PathEscape(id), &told)
	return player.HandoverAsked{Device: device(ctx, told.Device), Network: told.Network, SameNetwork: told.SameNetwork, Numbers: told.Numbers, AskedAt: told.AskedAt}, err
}

// DecideHandover implements player.HandingOver.
func (p *pages) DecideHandover(ctx context.Context, id string, confirm bool, number int) error {
	return p.post(ctx, "/v1/me/handovers/"+url.PathEscape(id)+"/decision", map[string]any{"confirm": confirm, "number": number}, nil)
}

// Picture implements player.HandingOver: a QR code with 15 % to spare for dirt
// and glare. Encoding is boombuler/barcode's; the squares become one path of an SVG.
func (p *pages) Picture(address string) (player.Picture, error) {
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return player.Picture{}, fmt.Errorf("draw %d characters: %w", len(address), err)
	}
	return player.Picture{Size: code.Bounds().Dx(), Path: darkSquares(code)}, nil
}

func darkSquares(code barcode.Barcode) string {
	var path strings.Builder
	for y := range code.Bounds().Dy() {
		for x := range code.Bounds().Dx() {
			if red, _, _, _ := code.At(x, y).RGBA(); red == 0 {
				_, _ = fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y) // to memory
			}
		}
	}
	return path.String()
}
