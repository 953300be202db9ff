package player

import (
	"embed"
	"net/http"
)

// guidePictures are pages of Rounds as `make guide-pictures` photographs them.
//
//go:embed docs/images/guide-*.png
var guidePictures embed.FS

// guideStep is a part of the presenters' guide: its words are guide.NAME and
// guide.NAME_text, its picture is that of a page.
type guideStep struct{ Name, Picture string }

// Title and Text are keys of its words.
func (g guideStep) Title() string { return "guide." + g.Name }

// Text is the key of what it says.
func (g guideStep) Text() string { return "guide." + g.Name + "_text" }

func guideSteps() []guideStep {
	return []guideStep{
		{"rehearse", "presenter"},
		{"send", "upload"},
		{"stages", ""},
		{"look", "recording"},
		{"live", ""},
		{"withdraw", ""},
		{"watched", "analytics"},
		{"help", ""},
	}
}

func (s *site) forGuide(page adder) {
	page("GET /presenter/guide", s.guide)
	for _, step := range guideSteps() {
		if step.Picture != "" {
			page("GET "+guidePicture(step.Picture), pictureOfGuide(step.Picture))
		}
	}
}

func guidePicture(name string) string { return "/presenter/guide/" + name + ".png" }

// URL is the address of the picture.
func (g guideStep) URL() string { return guidePicture(g.Picture) }

// guide is two sheets of paper for presenters, when it is printed.
func (s *site) guide(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.viewer(r); err != nil {
		return err
	}
	return s.show(w, r, page{Name: "guide", Title: "guide.title", Section: presenterSection, Content: guideSteps()})
}

// pictureOfGuide shows nobody's data: the pages are those of tests.
func pictureOfGuide(name string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, _ *http.Request) error {
		picture, err := guidePictures.ReadFile("docs/images/guide-" + name + ".png")
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Cache-Control", "public, max-age=86400")
		_, _ = w.Write(picture)
		return nil
	}
}
