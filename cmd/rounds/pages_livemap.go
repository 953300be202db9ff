package main

import (
	"context"
	"math"
	"net/http"
	"path"
	"time"

	"rounds/catalog"
	"rounds/player"
	"rounds/transcode"
)

// addLiveMap tells where the live session lies, or where the schedule puts it,
// with the pictures at the ends of each piece.
func (p *pages) addLiveMap(ctx context.Context, r catalog.Recording, w catalog.Webinar, details *player.RecordingDetails) error {
	m, err := p.store.LiveMap(ctx, r.ID)
	if err != nil {
		return pageErrorOf(ctx, err)
	}
	if len(m.Pieces) == 0 && w.StartsAt != nil && r.DurationMS > 0 {
		m.Pieces = []catalog.LivePiece{{LiveAt: *w.StartsAt, LengthS: float64(r.DurationMS) / 1000}}
	}
	details.Live.Confirmed = m.Confirmed
	for _, piece := range m.Pieces {
		end := piece.AtS + piece.LengthS
		details.Live.Pieces = append(details.Live.Pieces, player.LivePiece{
			LiveAt: piece.LiveAt, FromS: piece.AtS, ToS: end, First: p.frame(r, piece.AtS), Last: p.frame(r, end),
		})
	}
	return nil
}

// frame is the picture of the storyboard that shows a second; none when the
// recording has no picture.
func (p *pages) frame(r catalog.Recording, atS float64) player.Frame {
	if p.picture == nil || len(r.Renditions) == 0 || r.Renditions[0].Height == 0 {
		return player.Frame{}
	}
	top := r.Renditions[0]
	board := transcode.NewStoryboard(time.Duration(r.DurationMS)*time.Millisecond, top.Width, top.Height)
	tile := min(int(atS/board.Every.Seconds()), board.Tiles()-1)
	sheet := board.Columns * board.Rows
	address, err := p.picture(r.ID, r.Token, path.Join(path.Dir(catalog.Thumbnails), catalog.SpriteName(tile/sheet)))
	if err != nil {
		return player.Frame{}
	}
	place := tile % sheet
	return player.Frame{
		URL: address, X: place % board.Columns * board.Width, Y: place / board.Columns * board.Height, Width: board.Width, Height: board.Height,
		SheetWidth: board.Columns * board.Width, SheetHeight: board.Rows * board.Height,
	}
}

// SetLiveMap implements player.Enriching.
func (p *pages) SetLiveMap(ctx context.Context, id string, m player.LiveMap) error {
	pieces := []catalog.LivePiece{}
	for _, piece := range m.Pieces {
		pieces = append(pieces, catalog.LivePiece{LiveAt: piece.LiveAt, AtS: piece.FromS, LengthS: math.Round((piece.ToS-piece.FromS)*1000) / 1000})
	}
	_, err := p.do(ctx, http.MethodPut, recordingPath(id)+"/live_map", map[string]any{"pieces": pieces, "confirmed": m.Confirmed}, "")
	return err
}
