package catalog

import "bytes"

// CSVSeparator is what separates the columns of a table as text, of which text is
// the beginning: the comma, semicolon or tab that its first line has most of.
func CSVSeparator(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, r := range ";\t" {
		if n := bytes.Count(line, []byte(string(r))); n > most {
			best, most = r, n
		}
	}
	return best
}
