package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// talk is a webinar to be generated.
type talk struct {
	name    string // of its files
	seconds int
	size    string // of the picture; small ones are converted soon
	slides  []slide
}

// slide is one slide of a generated webinar and what is said over it.
type slide struct {
	title  string
	points []string
	speech string
}

// firstTalk is what the demo is about.
var firstTalk = talk{name: "webinar", seconds: 120, size: "1280x720", slides: []slide{
	{
		"Heart failure with reduced\nejection fraction",
		[]string{"The first ninety days", "Dr Amara Osei", "Certificate in Heart Failure Care"},
		"Good evening, and welcome. Tonight we look at the first ninety days after a diagnosis of heart failure with reduced ejection fraction. Most of what decides the next five years happens in this time. I have no conflict of interest to declare. Please send your questions at any moment, we will answer them together at the end.",
	},
	{
		"Learning objectives",
		[]string{"Recognise who is at risk early", "Start four medicines within weeks", "Plan the follow-up before discharge"},
		"You will leave with three things. You will recognise who is at risk early. You will be able to start four medicines within weeks, not months. And you will plan the follow up before the patient goes home. Each of these is supported by large trials, and each of them is done too late in everyday practice, in every country that has looked.",
	},
	{
		"A patient you know",
		[]string{"Man, 61, breathless on one flight of stairs", "Ankle swelling for three weeks", "Ejection fraction 32 percent"},
		"Let me describe a patient you all know. A man of sixty one, breathless on one flight of stairs, with swollen ankles for three weeks. The echo shows an ejection fraction of thirty two percent. His blood pressure is one hundred and eighteen over seventy two, and his kidneys work well. What would you start today, and what would you leave for later?",
	},
	{
		"Four medicines, small doses first",
		[]string{"ARNI or ACE inhibitor", "Beta blocker", "Mineralocorticoid antagonist", "SGLT2 inhibitor"},
		"Four classes of medicine belong together. Start all of them at small doses, and raise one at a time, every one to two weeks. The order matters less than the speed. In the trials, benefit was visible within thirty days. A cautious start with one medicine, and a wait of three months for the next, costs lives.",
	},
	{
		"What to measure, and when",
		[]string{"Blood pressure and pulse: every visit", "Potassium and creatinine: week 1, 2, 4", "Ejection fraction again: month 3"},
		"Measure blood pressure and pulse at every visit. Check potassium and creatinine after one, two and four weeks. Repeat the echo after three months, before you think about a device. A small rise of creatinine is expected and is no reason to stop. A potassium above five and a half is a reason to halve the dose and to repeat the test.",
	},
	{
		"Take home",
		[]string{"Early, together, small doses", "A visit within seven days", "Write the plan down for the patient"},
		"Three points to take home. Early, together, and in small doses. A visit within seven days of discharge. And write the plan down, so that the patient can hold it in their hands. Thank you. Now I look forward to your questions, and I wish you a good evening, wherever you are.",
	},
}}

// questionsTalk and homeTalk come after it: half a minute each, so that a course is
// soon completed.
var questionsTalk = talk{name: "questions", seconds: 30, size: "640x360", slides: []slide{
	{
		"Questions from practice",
		[]string{"Which medicine first?", "The order matters less than the speed"},
		"Many of you ask which medicine comes first. The order matters less than the speed. Start with what the patient in front of you tolerates, and add the next within two weeks.",
	},
	{
		"A low blood pressure",
		[]string{"Ask for symptoms, not for numbers", "Stop what does not help the heart"},
		"And what if the blood pressure is low? Ask for symptoms, not for numbers. First stop the medicines that do not help the heart. Thank you, and good night.",
	},
}}

var homeTalk = talk{name: "home", seconds: 30, size: "640x360", slides: []slide{
	{
		"What patients ask at home",
		[]string{"How much may I drink?", "May I climb stairs?"},
		"At home other questions come up. How much may I drink? May I climb the stairs? Give one sheet of paper with four answers, and go through it together.",
	},
	{
		"The scales in the bathroom",
		[]string{"Every morning, before breakfast", "Two kilograms in three days: call"},
		"The best instrument stands in the bathroom. Weigh yourself every morning before breakfast. Two kilograms more within three days are a reason to call. Thank you.",
	},
}}

// The fonts come with fonts-dejavu-core.
const (
	fontRegular = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
	fontBold    = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
)

// generate makes a recording with ffmpeg alone: slides, a camera inset
// that moves, and synthesised speech. The file appears whole or not at all.
func (t talk) generate(ctx context.Context, dir, file string) error {
	for _, font := range []string{fontRegular, fontBold} {
		if _, err := os.Stat(font); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is missing: sudo apt-get install fonts-dejavu-core", font)
		}
	}
	filters, err := t.writeFilters(dir)
	if err != nil {
		return err
	}
	unfinished := file + ".part.mp4"
	ffmpeg := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y",
		"-filter_complex_script", filters, "-map", "[video]", "-map", "[sound]", "-t", strconv.Itoa(t.seconds), "-s", t.size,
		"-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-pix_fmt", "yuv420p", "-g", "50",
		"-c:a", "aac", "-b:a", "96k", "-ar", "48000", "-movflags", "+faststart", unfinished)
	ffmpeg.Dir = dir
	ffmpeg.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if output, err := ffmpeg.CombinedOutput(); err != nil {
		return fmt.Errorf("ffmpeg: %w\n%s", err, output)
	}
	return os.Rename(unfinished, file)
}

// writeFilters writes the texts and the filter graph into dir; texts in files
// need no escaping.
func (t talk) writeFilters(dir string) (string, error) {
	written := func(name, text string) error {
		return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
	}
	var problems []error
	for i, s := range t.slides {
		problems = append(problems, written(fmt.Sprintf("%s-title%d.txt", t.name, i), s.title),
			written(fmt.Sprintf("%s-points%d.txt", t.name, i), "•  "+strings.Join(s.points, "\n\n•  ")),
			written(fmt.Sprintf("%s-speech%d.txt", t.name, i), s.speech))
	}
	name := filepath.Join(dir, t.name+".filters")
	problems = append(problems, written(t.name+".filters", t.videoGraph()+";\n"+t.soundGraph()))
	return name, errors.Join(problems...)
}

// videoGraph draws the slides, and over them the camera: a speaker who sways
// in front of a lit wall.
func (t talk) videoGraph() string {
	length := t.seconds / len(t.slides)
	var slides strings.Builder
	for i := range t.slides {
		shown := fmt.Sprintf("enable='gte(t,%d)*lt(t,%d)'", i*length, (i+1)*length)
		fmt.Fprintf(&slides, ",drawtext=fontfile=%s:textfile=%s-title%d.txt:fontsize=46:fontcolor=0x12355b:line_spacing=10:x=70:y=80:%s", fontBold, t.name, i, shown)
		fmt.Fprintf(&slides, ",drawtext=fontfile=%s:textfile=%s-points%d.txt:fontsize=30:fontcolor=0x222222:x=90:y=250:%s", fontRegular, t.name, i, shown)
		fmt.Fprintf(&slides, ",drawtext=fontfile=%s:text='%d / %d':fontsize=20:fontcolor=0x777777:x=70:y=670:%s", fontRegular, i+1, len(t.slides), shown)
	}
	return fmt.Sprintf(`color=c=0xf8f6f1:s=1280x720:r=25:d=%d,drawbox=x=0:y=0:w=1280:h=14:c=0x12355b:t=fill%s[slides];
gradients=s=320x240:r=25:d=%d:c0=0x39536b:c1=0x8fa9bd:x0=0:y0=0:x1=320:y1=240:speed=0.01,format=yuv420p,noise=c0s=3:c0f=t[wall];
color=c=black:s=320x240:r=25:d=0.04,format=rgba,geq=r='if(lt(hypot((X-160)/42,(Y-100)/54),1),214,40)':g='if(lt(hypot((X-160)/42,(Y-100)/54),1),164,70)':b='if(lt(hypot((X-160)/42,(Y-100)/54),1),136,96)':a='if(lt(hypot((X-160)/42,(Y-100)/54),1)+lt(hypot((X-160)/105,(Y-250)/105),1),255,0)',loop=loop=-1:size=1,setpts=N/25/TB[speaker];
[wall][speaker]overlay=x='14*sin(t*0.9)+4*sin(t*3.1)':y='6*sin(t*1.7)':shortest=1,drawbox=x=0:y=0:w=320:h=240:c=0x12355b:t=3[camera];
[slides][camera]overlay=x=920:y=440,format=yuv420p[video]`, t.seconds, slides.String(), t.seconds)
}

// soundGraph speaks each slide's text in its share of the time.
func (t talk) soundGraph() string {
	length := t.seconds / len(t.slides)
	var speakers, inputs strings.Builder
	for i := range t.slides {
		fmt.Fprintf(&speakers, "flite=textfile=%s-speech%d.txt:voice=slt,aresample=48000,apad,atrim=0:%d[s%d];\n", t.name, i, length, i)
		fmt.Fprintf(&inputs, "[s%d]", i)
	}
	return fmt.Sprintf("%s%sconcat=n=%d:v=0:a=1,asetnsamples=n=1024:p=0[sound]", speakers.String(), inputs.String(), len(t.slides))
}
