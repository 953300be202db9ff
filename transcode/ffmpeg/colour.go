package ffmpeg

import (
	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// coloured are the options of the first scaler, which also makes the colours
// those of the renditions. Tone mapping does that itself.
func coloured(plan transcode.Plan) []string {
	if plan.ToneMap {
		return nil
	}
	options := []string{"out_color_matrix=" + plan.Colours.To, "out_range=tv"}
	if plan.Colours.From != "" {
		options = append(options, "in_color_matrix="+plan.Colours.From)
	}
	return options
}

// named completes what an HDR source says of its colours: one that names its
// transfer alone is of BT.2020 in all else.
func named(s *ffmpeg.Stream, plan transcode.Plan) *ffmpeg.Stream {
	if plan.Colours.From == "" {
		return s
	}
	return s.Filter("setparams", ffmpeg.Args{"colorspace=" + plan.Colours.From, "color_primaries=bt2020"})
}
