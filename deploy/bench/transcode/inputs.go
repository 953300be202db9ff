package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// webinar draws a talk at 1080p30: a new slide of text each 20 seconds, and the
// speaker's inset in which something always moves.
func (b *bench) webinar(ctx context.Context) (string, error) {
	var slides strings.Builder
	for i := range 6 {
		name := fmt.Sprintf("slide%d.txt", i)
		text := strings.Repeat(fmt.Sprintf("•  Point %d: start early, raise slowly, measure again\n\n", i+1), 6)
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
		fmt.Fprintf(&slides, ",drawtext=textfile=%s:fontsize=44:fontcolor=0x222222:x=%d:y=180:enable='eq(mod(floor(t/20),6),%d)'", name, 100+9*i, i)
	}
	graph := fmt.Sprintf(`color=c=0xf8f6f1:s=1920x1080:r=30:d=%d%s[slides];
gradients=s=480x360:r=30:d=%d:c0=0x39536b:c1=0x8fa9bd:speed=0.01,format=yuv420p,noise=c0s=3:c0f=t[wall];
color=c=0xd6a488:s=120x160:r=30[speaker];[wall][speaker]overlay=x='180+20*sin(t*0.9)':y='140+8*sin(t*1.7)':shortest=1[camera];
[slides][camera]overlay=x=1400:y=680,format=yuv420p[v]`, b.seconds, slides.String(), b.seconds)
	if err := os.WriteFile(filepath.Join(b.dir, "webinar.graph"), []byte(graph), 0o600); err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, "webinar.mp4")
	return path, b.ffmpeg(ctx, "-filter_complex_script", "webinar.graph",
		"-f", "lavfi", "-i", fmt.Sprintf("anoisesrc=d=%d:c=pink:r=48000:a=0.1:seed=1", b.seconds),
		"-map", "[v]", "-map", "0:a", "-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "250", "-c:a", "aac", "-b:a", "128k", path)
}

// screen is a capture of variable frame rate: bursts of 30 frames a second
// while something is typed and a pointer moves, and nothing for seconds between.
func (b *bench) screen(ctx context.Context) (string, error) {
	text := strings.Repeat("func dose(kg float64) float64 { return 0.1 * kg }    // of the patient\n", 24)
	if err := os.WriteFile(filepath.Join(b.dir, "screen.txt"), []byte(text), 0o600); err != nil {
		return "", err
	}
	graph := fmt.Sprintf(`color=c=0x1e1e2e:s=1920x1080:r=30:d=%d,drawtext=textfile=screen.txt:fontsize=30:fontcolor=0xd8dee9:x=60:y=60,
drawbox=x='120+60*mod(floor(t*8)\,28)':y='900':w=14:h=32:color=0xa3be8c:t=fill,drawtext=text='%%{eif\:floor(t)\:d}':fontsize=48:fontcolor=white:x=1700:y=60[page];
color=c=white:s=18x26:r=30[pointer];[page][pointer]overlay=x='960+500*sin(t*0.8)':y='500+240*cos(t*1.1)':shortest=1,
select='lt(mod(t\,12)\,4)+eq(mod(n\,90)\,0)',format=yuv420p[v]`, b.seconds)
	if err := os.WriteFile(filepath.Join(b.dir, "screen.graph"), []byte(graph), 0o600); err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, "screen.mkv")
	return path, b.ffmpeg(ctx, "-filter_complex_script", "screen.graph",
		"-f", "lavfi", "-i", fmt.Sprintf("anoisesrc=d=%d:c=pink:r=48000:a=0.05:seed=2", b.seconds),
		"-map", "[v]", "-map", "0:a", "-fps_mode", "vfr", "-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "250", "-c:a", "libopus", "-b:a", "96k", path)
}

// cameraFootage is the file given, or a zooming fractal where there is none.
func (b *bench) cameraFootage(ctx context.Context) (string, error) {
	if _, err := os.Stat(b.camera); err == nil {
		return filepath.Abs(b.camera)
	}
	path := filepath.Join(b.dir, "camera.mp4")
	return path, b.ffmpeg(ctx, "-f", "lavfi", "-i", "mandelbrot=s=640x360:r=25", "-t", "20",
		"-c:v", "libx264", "-preset", "veryfast", "-crf", "16", path)
}
