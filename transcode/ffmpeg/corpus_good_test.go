package ffmpeg_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// canvas is the corpus picture in RGB, to be turned into what a case needs.
func canvas(size, rate string, seconds float64) []string {
	var width, height int
	if _, err := fmt.Sscanf(size, "%dx%d", &width, &height); err != nil {
		panic(err)
	}
	side := max(2, width/16) &^ 1
	graph := fmt.Sprintf("color=black:s=%s:r=%s:d=%g,format=gbrp,drawbox=0:0:iw/2:ih/2:red:fill,drawbox=iw/2:0:iw/2:ih/2:lime:fill,"+
		"drawbox=0:ih/2:iw/2:ih/2:blue:fill,drawbox=iw/2:ih/2:iw/2:ih/2:white:fill[a];color=gray:s=%dx%d:r=%s:d=%g,format=gbrp[b];"+
		"[a][b]overlay=x='mod(n*%d\\,W-w)':y=(H-h)/2:format=gbrp", size, rate, seconds, side, side, rate, seconds, side)
	return []string{"-f", "lavfi", "-i", graph}
}

// tone is a sound of the given length at a usual loudness.
func tone(seconds float64) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("sine=440:r=48000:d=%g,volume=12dB", seconds)}
}

// Ordinary picture and sound, a second long.
func quartered() []string { return canvas("160x120", "25", 1) }
func talking() []string   { return append(quartered(), tone(1)...) }

var x264 = []string{"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"}

// file makes a source called name of inputs and options.
func file(name string, parts ...[]string) func(*testing.T) string {
	return made(name, slices.Concat(parts...)...)
}

func opts(line string) []string { return strings.Fields(line) }

func goodFiles() []good {
	return slices.Concat(goodContainers(), goodPictures(), goodSounds(), goodTimes(), goodDamage())
}

// goodContainers are the ways recorders and editors write files.
func goodContainers() []good {
	return []good{
		{name: "mov with timecode, alac", source: file("a.mov", talking(), x264, opts("-c:a alac -timecode 01:00:00:00"))},
		{name: "mp4 with subtitles and chapters", source: withSubtitles},
		{name: "mp4 with several pictures and sounds", source: file("a.mp4", canvas("64x64", "10", 1), talking(), x264,
			opts("-map 1 -map 0 -map 2 -map 2 -disposition:v:0 default -disposition:v:1 0"))},
		{name: "mkv, the second picture is the default", source: file("a.mkv", canvas("64x64", "10", 1), talking(), x264,
			opts("-map 0 -map 1 -map 2 -disposition:v:0 0 -disposition:v:1 default -ar 96000 -c:a flac"))},
		{name: "mp4 with a cover", looks: true, source: file("a.mp4", talking(), canvas("64x64", "1", 1), x264,
			opts("-map 0 -map 1 -map 2 -c:v:1 mjpeg -pix_fmt:v:1 yuvj420p -disposition:v:1 attached_pic"))},
		{name: "mp4, index at the end, hostile name, wrong extension", source: renamed("-i concat:a|b %03d \n'\"$(id)`id`; 手術.pdf", file("a.mp4", talking(), x264))},
		{name: "webm, VP8 and Vorbis", source: file("a.webm", talking(), opts("-c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M -pix_fmt yuv420p -c:a libvorbis"))},
		{name: "webm, VP9 and Opus", source: file("a.webm", talking(), opts("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p -c:a libopus"))},
		{name: "ts, the clock runs over", source: file("a.ts", talking(), x264, opts("-c:a ac3 -output_ts_offset 95442.9 -muxdelay 0"))},
		{name: "ts, tables come late", source: lateTables, within: 0.25},
		{name: "m2ts", source: file("a.m2ts", talking(), x264, opts("-mpegts_m2ts_mode 1 -af pan=5.1|FC=c0 -c:a eac3"))},
		{name: "avi, MPEG-4 and MP3", source: file("a.avi", talking(), opts("-c:v mpeg4 -q:v 2 -c:a libmp3lame"))},
		{name: "wmv", seconds: 1.046, source: file("a.wmv", talking(), opts("-c:v wmv2 -q:v 2 -c:a wmav2"))},
		{name: "flv, H.264", source: file("a.flv", talking(), x264)},
	}
}

// goodPictures are the codecs, shapes and colours.
func goodPictures() []good {
	hdr := "-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -tag:v hvc1 "
	return []good{
		{name: "H.264 4:4:4, PCM 24", source: file("a.mkv", talking(), opts("-c:v libx264 -preset ultrafast -pix_fmt yuv444p -c:a pcm_s24le"))},
		{name: "H.264 10-bit, PCM float", source: file("a.mkv", talking(), opts("-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le -c:a pcm_f32le"))},
		{name: "H.264 RGB, 7.1", matrix: "bt709", source: file("a.mkv", talking(), opts("-c:v libx264rgb -preset ultrafast -af pan=7.1|FC=c0 -c:a pcm_s16le"))},
		{name: "H.264 with B-frames, open groups", source: file("a.mkv", talking(), opts("-c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=8:bframes=3 -pix_fmt yuv420p -ar 16000 -c:a libspeex"))},
		{name: "H.264 interlaced, upper field first", looks: true, check: deinterlaced, source: file("a.ts", canvas("160x128", "50", 1), tone(1), opts("-vf tinterlace=interleave_top,setfield=tff,format=yuv420p -r 25"), x264, opts("-x264-params tff=1")), size: [2]int{160, 128}},
		{name: "MPEG-2 interlaced, lower field first", looks: true, check: deinterlaced, source: file("a.ts", canvas("160x128", "50", 1), tone(1), opts("-vf tinterlace=interleave_bottom,setfield=bff,format=yuv420p -r 25 -c:v mpeg2video -q:v 2 -flags +ildct+ilme -top 0 -c:a mp2")), size: [2]int{160, 128}},
		{name: "DV", looks: true, check: deinterlaced, source: file("a.avi", canvas("720x576", "25", 1), tone(1), opts("-vf setfield=bff,setsar=16/15 -c:v dvvideo -pix_fmt yuv420p -c:a pcm_s16le")), size: [2]int{768, 576}},
		{name: "HEVC HDR10", looks: true, matrix: "bt709", colours: skip, check: hues, source: file("a.mp4", talking(), opts("-vf zscale=tin=bt709:pin=bt709:min=gbr:rin=full:t=smpte2084:p=bt2020:m=bt2020nc:r=limited:npl=100 -color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc "+hdr))},
		{name: "HLG named by its transfer alone", looks: true, matrix: "bt709", colours: skip, check: hues, source: file("a.mp4", talking(), opts("-vf zscale=tin=bt709:pin=bt709:min=gbr:rin=full:t=arib-std-b67:p=bt2020:m=bt2020nc:r=limited:npl=100,setparams=colorspace=unknown:color_primaries=unknown -color_trc arib-std-b67 -color_primaries unknown -colorspace unknown "+hdr))},
		{name: "AV1", source: file("a.mp4", talking(), opts("-c:v libaom-av1 -cpu-used 8 -usage realtime -pix_fmt yuv420p -c:a flac -strict -2"))},
		{name: "ProRes 4444 with alpha", looks: true, source: file("a.mov", talking(), opts("-c:v prores_ks -profile:v 4 -pix_fmt yuva444p10le -c:a pcm_s16be"))},
		{name: "DNxHD", looks: true, source: file("a.mov", canvas("1280x720", "25", 0.6), tone(0.6), opts("-vf scale=out_color_matrix=bt709 -c:v dnxhd -b:v 90M -pix_fmt yuv422p -c:a pcm_s16le")), seconds: 0.6, size: [2]int{1280, 720}, matrix: "bt709"},
		{name: "WMV3", source: windowsMedia9, seconds: 1.046, colours: []rgb{flat, flat, flat, flat}, stands: true},
		{name: "QuickTime Animation", matrix: "bt709", source: file("a.mov", talking(), opts("-c:v qtrle -pix_fmt rgb24 -c:a adpcm_ima_qt"))},
		{name: "Flash screen video 2", looks: true, matrix: "bt709", source: file("a.flv", talking(), opts("-c:v flashsv2 -ar 44100"))},
		{name: "ZMBV", matrix: "bt709", source: file("a.avi", talking(), opts("-c:v zmbv -pix_fmt bgr0 -c:a pcm_u8"))},
		{name: "motion JPEG", source: file("a.avi", talking(), opts("-c:v mjpeg -q:v 2 -pix_fmt yuvj420p -c:a adpcm_ms"))},
		{name: "HuffYUV", looks: true, matrix: "bt709", source: file("a.avi", talking(), opts("-c:v huffyuv -pix_fmt rgb24"))},
		{name: "Theora, A-law at 8 kHz", source: file("a.mkv", talking(), opts("-c:v libtheora -q:v 9 -ar 8000 -c:a pcm_alaw"))},

		{name: "full range", looks: true, source: file("a.mp4", talking(), opts("-vf scale=out_range=full:out_color_matrix=bt709,format=yuv420p -color_range pc -colorspace bt709 -color_primaries bt709 -color_trc bt709"), x264), matrix: "bt709"},
		{name: "BT.601 named, in high definition", looks: true, source: file("a.mp4", canvas("1280x720", "25", 0.6), tone(0.6), opts("-vf scale=out_color_matrix=bt601 -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m"), x264), seconds: 0.6, size: [2]int{1280, 720}},
		{name: "BT.2020 without HDR", looks: true, source: file("a.mp4", talking(), opts("-vf scale=out_color_matrix=bt2020 -colorspace bt2020nc -color_primaries bt709 -color_trc bt709"), x264), matrix: "bt709"},
		{name: "grey scale", looks: true, source: file("a.mp4", talking(), opts("-c:v libx264 -preset ultrafast -pix_fmt gray")), colours: []rgb{{76, 76, 76}, {150, 150, 150}, {29, 29, 29}, {255, 255, 255}}},

		{name: "turned 90", looks: true, source: matrix(0, 1, -1, 0), size: [2]int{120, 160}, colours: []rgb{quarters[2], quarters[0], quarters[3], quarters[1]}},
		{name: "turned 270", looks: true, source: matrix(0, -1, 1, 0), size: [2]int{120, 160}, colours: []rgb{quarters[1], quarters[3], quarters[0], quarters[2]}},
		{name: "mirrored", looks: true, source: matrix(-1, 0, 0, 1), colours: []rgb{quarters[1], quarters[0], quarters[3], quarters[2]}},
		{name: "turned by 45", looks: true, source: matrix(0.7071, 0.7071, -0.7071, 0.7071), colours: skip},
		{name: "853×481", looks: true, source: file("a.mp4", canvas("853x481", "25", 0.6), tone(0.6), opts("-c:v libx264 -preset ultrafast -pix_fmt yuv444p")), seconds: 0.6, size: [2]int{852, 480}},
		{name: "odd and small", looks: true, source: file("a.mkv", canvas("33x17", "25", 1), tone(1), opts("-c:v ffv1 -pix_fmt yuv444p")), size: [2]int{32, 16}, colours: skip, stands: true},
		{name: "one pixel wide", looks: true, source: file("a.mkv", canvas("1x64", "25", 1), tone(1), opts("-c:v ffv1 -pix_fmt yuv444p")), size: [2]int{2, 64}, colours: skip, stands: true},
		{name: "tall pixels, turned", looks: true, source: matrixOf(slices.Concat(canvas("120x120", "25", 1), tone(1), opts("-vf setsar=1/2")), 0, 1, -1, 0), size: [2]int{120, 60}, colours: []rgb{quarters[2], quarters[0], quarters[3], quarters[1]}},
		{name: "portrait", looks: true, source: file("a.mp4", canvas("90x160", "25", 1), tone(1), x264), size: [2]int{90, 160}},
		{name: "21:9", looks: true, source: file("a.mp4", canvas("336x144", "25", 1), tone(1), x264), size: [2]int{336, 144}},
		{name: "the size grows", looks: true, source: changing("160x120", "320x240"), seconds: 2},
	}
}

var (
	flat = rgb{173, 129, 180}
	skip = []rgb{}
)

// goodSounds are the sounds.
func goodSounds() []good {
	return []good{
		{name: "no sound", source: file("a.mp4", quartered(), x264), warn: []string{"no_audio"}},
		{name: "silence", source: file("a.mp4", quartered(), opts("-f lavfi -i anullsrc=d=1"), x264), warn: []string{"quiet_audio"}, check: silent},
		{name: "one-sided sound", source: file("a.mp4", talking(), opts("-af pan=stereo|c0=c0|c1=0*c0"), x264), warn: []string{"one_sided_audio"}},
		{name: "sound that cannot be read", source: file("a.mkv", talking(), x264, opts("-c:a tta")), warn: []string{"unsupported_audio"}, check: silent},
		{name: "9 channels without a layout", source: file("a.mkv", talking(), x264, opts("-filter_complex [1:a]asplit=9[a][b][c][d][e][f][g][h][i];[a][b][c][d][e][f][g][h][i]amerge=inputs=9[o] -map 0:v -map [o] -c:a pcm_s16le"))},
		{name: "silent first second", source: file("a.mp4", canvas("160x120", "25", 2), tone(2), opts("-af volume=0:enable=lt(t\\,1)"), x264), seconds: 2, check: startsSilent},
		{name: "sound starts late", source: file("a.mkv", canvas("160x120", "25", 2), opts("-itsoffset 1"), tone(1), x264), seconds: 2, check: startsSilent},
		{name: "sound starts early", source: file("a.mkv", opts("-itsoffset 0.5"), canvas("160x120", "25", 1), tone(1.5), x264), seconds: 1.5, stands: true},
		{name: "sound goes on", source: file("a.mp4", canvas("160x120", "25", 1), tone(3), x264), seconds: 3, stands: true, warn: []string{"picture_ends_early"}},
	}
}

// goodTimes are the rates and clocks.
func goodTimes() []good {
	return []good{
		{name: "1 frame a second", looks: true, source: file("a.mp4", canvas("160x120", "1", 3), tone(3), x264), seconds: 3, rate: 5, stands: true},
		{name: "120", looks: true, source: file("a.mp4", canvas("160x120", "120", 1), tone(1), x264), rate: 60},
		{name: "timebase of 1000", looks: true, source: file("a.mp4", canvas("160x120", "30", 1), tone(1), x264, opts("-video_track_timescale 1000")), rate: 30},
		{name: "variable rate with a hole", looks: true, source: file("a.mkv", canvas("160x120", "30", 3), tone(3), opts("-vf select='not(between(t,0.8,2.2))' -fps_mode vfr"), x264), seconds: 3, rate: 30, stands: true},
		{name: "starts at an hour", source: file("a.mkv", talking(), x264, opts("-output_ts_offset 3600"))},
		{name: "edit list: picture late", source: file("a.mp4", opts("-itsoffset 0.4"), canvas("160x120", "25", 1), tone(1.4), x264), seconds: 1.4, stands: true},
		{name: "edit list: cut in", source: cutIn, seconds: 0.6},
		{name: "MPEG-TS concatenated of two", source: concatenated, seconds: 2},
		{name: "avi with dropped frames", looks: true, source: file("a.avi", canvas("160x120", "25", 1), tone(1), opts("-vf select=mod(n\\,5) -fps_mode passthrough -c:v mpeg4 -q:v 2 -c:a pcm_s16le")), stands: true},
	}
}

// goodDamage are files that are kept with a warning.
func goodDamage() []good {
	long := slices.Concat(canvas("160x120", "25", 3), tone(3), x264, opts("-g 5"))
	return []good{
		{name: "mkv cut", source: cut(file("a.mkv", long), 0.7), seconds: 2.1, warn: []string{"damaged"}, within: 0.5},
		{name: "fragmented mp4 cut", source: cut(file("a.mp4", long, opts("-movflags +frag_keyframe+empty_moov+default_base_moof")), 0.7), seconds: 2.1, warn: []string{"damaged"}, within: 0.5},
		{name: "ts with garbage in the middle", source: spoilt(file("a.ts", long), 0.4, 0.5), seconds: 3, warn: []string{"damaged"}, stands: true},
		{name: "mkv with garbage in the middle", looks: true, source: spoilt(file("a.mkv", long), 0.4, 0.5), seconds: 3, warn: []string{"damaged"}, stands: true},
	}
}

func silent(t *testing.T, p published) {
	t.Helper()
	if got := p.loudest(0, 1); got > 100 {
		t.Errorf("silence reaches %d", got)
	}
}

func startsSilent(t *testing.T, p published) {
	t.Helper()
	if before, after := p.loudest(0.05, 0.9), p.loudest(1.1, 1.9); before > 100 || after < 1000 {
		t.Errorf("sound reaches %d in the first second, %d in the next", before, after)
	}
}

func deinterlaced(t *testing.T, p published) {
	t.Helper()
	if !p.probe.Video.Interlaced || !p.plan.Deinterlace {
		t.Errorf("interlaced %v, result %s", p.probe.Video.Interlaced, p.stream)
	}
}

// hues: tone mapping changes how bright colours are, not which they are.
func hues(t *testing.T, p published) {
	t.Helper()
	if !p.plan.ToneMap {
		t.Error("not tone-mapped")
	}
	for i, c := range p.corners(len(p.frames) / 2) {
		for channel, want := range quarters[i] {
			if want == 0 && c[channel] > 40 || want == 255 && c[channel] < 140 {
				t.Errorf("quarter %d is %v", i, c)
			}
		}
	}
}
