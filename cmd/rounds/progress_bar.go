package main

import (
	"fmt"
	"os"
	"strings"
)

// progressBar shows one growing bar on a terminal, and a line every ten
// percent elsewhere.
type progressBar struct {
	out      *os.File
	terminal bool
	last     string
}

func newProgressBar(out *os.File) *progressBar {
	info, err := out.Stat()
	return &progressBar{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// show draws what is being done, how far it is (0–1) and a note.
func (b *progressBar) show(what string, fraction float64, note string) {
	fraction = min(1, max(0, fraction))
	if b.terminal {
		const width = 30
		full := int(fraction * width)
		_, _ = fmt.Fprintf(b.out, "\r%-10s [%s%s] %3.0f %% %s\x1b[K", what,
			strings.Repeat("█", full), strings.Repeat("·", width-full), 100*fraction, note)
		return
	}
	line := fmt.Sprintf("%s %d %%", what, int(fraction*10)*10)
	if line != b.last {
		b.last = line
		_, _ = fmt.Fprintln(b.out, strings.TrimRight(line+" "+note, " "))
	}
}

// end leaves the bar's line.
func (b *progressBar) end() {
	if b.terminal {
		_, _ = fmt.Fprintln(b.out)
	}
}
