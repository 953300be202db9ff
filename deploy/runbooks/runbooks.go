// Package runbooks holds what to do when an alarm rings or a check turns red, a
// page each, so that the program shows the page that fits its version. It imports
// the standard library only and knows nothing of the rest.
package runbooks

import (
	"embed"
	"strings"
)

//go:embed *.md
var pages embed.FS

// Text is a runbook by the name of its file without .md; false when there is none.
func Text(name string) (text string, ok bool) {
	if strings.ContainsAny(name, `/\`) {
		return "", false
	}
	content, err := pages.ReadFile(name + ".md")
	return string(content), err == nil
}
