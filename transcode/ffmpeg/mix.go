package ffmpeg

import (
	"fmt"
	"strings"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// placed makes two sides of channels whose places nothing tells, as multitrack
// recorders write them: everyone is heard on both.
func placed(s *ffmpeg.Stream, plan transcode.Plan) *ffmpeg.Stream {
	if plan.MixChannels == 0 {
		return s
	}
	var all []string
	for i := range plan.MixChannels {
		all = append(all, fmt.Sprintf("c%d", i))
	}
	side := strings.Join(all, "+")
	return s.Filter("pan", ffmpeg.Args{"stereo|c0<" + side + "|c1<" + side})
}
