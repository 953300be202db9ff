// Package bench is what the benchmarks below it share: the form in which they
// tell their figures.
package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Figure is one line of the result. Value is what Floor is held against.
type Figure struct {
	Name   string    `json:"name"`
	Input  string    `json:"input"`
	Value  float64   `json:"value"`
	Peer   float64   `json:"peer"`
	Ratio  float64   `json:"ratio"`
	Floor  float64   `json:"floor"`
	Better string    `json:"better"` // "lower" or "higher"
	Runs   []float64 `json:"runs"`   // our raw values
}

// Print shows figures to whoever waits for them.
func Print(figures []Figure) {
	for _, f := range figures {
		fmt.Printf("%-24s %-66s %12.5g  peer %10.4g  ratio %6.3f  floor %6.4g (%s is better)\n", f.Name, f.Input, f.Value, f.Peer, f.Ratio, f.Floor, f.Better)
	}
}

// Write stores figures as data/bench/NAME.json has them.
func Write(path string, figures []Figure) error {
	text, err := json.MarshalIndent(map[string]any{"figures": figures}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

// Median is the middle of the runs, of which there is at least one.
func Median(runs []float64) float64 {
	sorted := slices.Sorted(slices.Values(runs))
	return sorted[len(sorted)/2]
}
