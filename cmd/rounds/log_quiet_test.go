package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestQuietLog: what River counts every few seconds is said at level debug only.
func TestQuietLog(t *testing.T) {
	t.Parallel()
	for level, said := range map[string]bool{"info": false, "debug": true} {
		var lines bytes.Buffer
		log, err := logConfig{Level: level, Format: "text"}.logger(&lines)
		if err != nil {
			t.Fatal(err)
		}
		log.With("queue", "notify").WithGroup("jobs").Info("producer: Producer job counts", "completed", 0)
		log.Info("something happened")
		if got := strings.Contains(lines.String(), "level=DEBUG msg=\"producer: Producer job counts\""); got != said || strings.Contains(lines.String(), "level=INFO msg=\"producer") {
			t.Errorf("level %s:\n%s", level, &lines)
		}
		if !strings.Contains(lines.String(), "level=INFO msg=\"something happened\"") {
			t.Errorf("level %s says too little:\n%s", level, &lines)
		}
	}
}
