package player

import (
	"context"
	"net/http"
	"time"
)

// Sponsoring is what sponsors see: figures, and who wants to be known.
type Sponsoring interface {
	// SponsoredPrograms are those whose figures the reader may see.
	SponsoredPrograms(ctx context.Context) ([]SponsoredProgram, error)
	// Figures of one; ErrNotFound when the reader may not see them.
	Figures(ctx context.Context, programID string) (Figures, error)
}

// SponsoredProgram is a program with figures.
type SponsoredProgram struct{ ID, Title string }

// Figures are the tables of a program.
type Figures struct {
	Title                                   string
	AsOf                                    time.Time
	Least                                   int
	Total                                   FiguresLine
	Courses, Countries, Specialities, Weeks []FiguresLine
	Contacts                                []Contact
}

// FiguresLine is one line; nil is hidden.
type FiguresLine struct {
	Name                          string
	Registered, Active, Completed *int
}

// Contact is a doctor who lets sponsors know her.
type Contact struct{ Name, Country, Speciality string }

// FiguresTable is one of the tables, as the page shows it.
type FiguresTable struct {
	Heading string // key
	Lines   []FiguresLine
}

// Tables are the tables of the page.
func (f Figures) Tables() []FiguresTable {
	return []FiguresTable{{"sponsor.courses", f.Courses}, {"sponsor.countries", f.Countries}, {"sponsor.specialities", f.Specialities}, {"sponsor.weeks", f.Weeks}}
}

func (s *site) forSponsors(page adder) {
	page("GET /sponsor", s.sponsor)
	page("GET /sponsor/programs/{id}", s.figures)
}

// sponsor lists the programs.
func (s *site) sponsor(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.viewer(r); err != nil {
		return err
	}
	programs, err := s.Backend.SponsoredPrograms(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "sponsor", Title: "sponsor.title", Section: "sponsor", Content: programs})
}

func (s *site) figures(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.viewer(r); err != nil {
		return err
	}
	figures, err := s.Backend.Figures(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "figures", Title: "sponsor.title", Section: "sponsor", Content: figures})
}
