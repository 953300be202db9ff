package notify

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"strings"
	"text/template"

	"rounds/catalog"
)

//go:embed templates
var templateFiles embed.FS

// fallbackLocale is the language every template exists in.
const fallbackLocale = "en"

// render fills the template of a kind in a language, or in English. A template
// is a text file: the subject on the first line, an empty line, the text/plain
// body. The HTML part is the same text in a plain frame, so that the two never
// tell different things.
func render(kind catalog.MessageKind, locale string, values map[string]string) (Mail, error) {
	source, err := templateOf(kind, locale)
	if err != nil {
		return Mail{}, err
	}
	filled, err := template.New(string(kind)).Option("missingkey=error").Parse(source)
	if err != nil {
		return Mail{}, fmt.Errorf("template %s: %w", kind, err)
	}
	var text bytes.Buffer
	if err := filled.Execute(&text, values); err != nil {
		return Mail{}, fmt.Errorf("template %s: %w", kind, err)
	}
	subject, body, _ := strings.Cut(text.String(), "\n\n")
	html, err := renderHTML(subject, body, values["code"])
	return Mail{Subject: strings.TrimSpace(subject), Text: body, HTML: html}, err
}

func templateOf(kind catalog.MessageKind, locale string) (string, error) {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	for _, name := range []string{language, fallbackLocale} {
		source, err := fs.ReadFile(templateFiles, "templates/"+name+"/"+string(kind)+".txt")
		if err == nil {
			return string(source), nil
		}
	}
	return "", fmt.Errorf("no template for %q", kind)
}

var frame = htmltemplate.Must(htmltemplate.ParseFS(templateFiles, "templates/frame.html"))

// paragraph is a piece of the text as the frame shows it.
type paragraph struct {
	Text string
	Code bool // to be shown large
	Link bool
}

func renderHTML(subject, body, code string) (string, error) {
	var paragraphs []paragraph
	for _, text := range strings.Split(strings.TrimSpace(body), "\n\n") {
		text = strings.TrimSpace(text)
		paragraphs = append(paragraphs, paragraph{
			Text: text, Code: code != "" && text == code,
			Link: strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://"),
		})
	}
	var html bytes.Buffer
	err := frame.Execute(&html, struct {
		Subject    string
		Paragraphs []paragraph
	}{subject, paragraphs})
	return html.String(), err
}
