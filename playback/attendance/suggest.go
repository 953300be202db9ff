package attendance

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"rounds/playback"
)

// Suggestion is an enrolled doctor who may be behind a row that names nobody.
type Suggestion struct {
	playback.Person
	Likeness float64 // above 0, at most 1
}

// Bounds of suggestions.
const (
	maxSuggestions = 3
	leastLikeness  = 0.45 // below it names have only a few letters in common
)

// Suggestions finds who may be behind rows of reports by how their names and
// the local parts of their addresses are written: Dice's coefficient of pairs of
// letters, which forgives typing errors, accents and the order of names. It only
// suggests; somebody who knows decides.
type Suggestions struct {
	doctors []playback.Person
	sizes   []int              // of spelling n: of doctor n/2, the name and then the address
	having  map[string][]int32 // the spellings with a pair, in order
}

// NewSuggestions prepares to look among doctors.
func NewSuggestions(doctors []playback.Person) *Suggestions {
	s := &Suggestions{doctors: doctors, having: map[string][]int32{}}
	for _, d := range doctors {
		for _, spelling := range []string{d.Name, localPart(d.Email)} {
			pairs := letterPairs(spelling)
			for _, pair := range pairs {
				s.having[pair] = append(s.having[pair], int32(len(s.sizes))) //nolint:gosec // twice as many as doctors
			}
			s.sizes = append(s.sizes, len(pairs))
		}
	}
	return s
}

// For lists who may be meant, the likeliest first; nobody when there is no likeness.
func (s *Suggestions) For(who playback.Known) []Suggestion {
	best := map[int]float64{} // by doctor
	for _, spelling := range []string{who.Name, localPart(who.Email)} {
		pairs := letterPairs(spelling)
		common := map[int32]int{}
		for _, pair := range pairs {
			for _, n := range s.having[pair] {
				common[n]++
			}
		}
		for n, shared := range common {
			likeness := 2 * float64(shared) / float64(len(pairs)+s.sizes[n])
			best[int(n)/2] = max(best[int(n)/2], likeness)
		}
	}
	found := []Suggestion{}
	for doctor, likeness := range best {
		if likeness >= leastLikeness {
			found = append(found, Suggestion{s.doctors[doctor], likeness})
		}
	}
	slices.SortFunc(found, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Likeness, a.Likeness), cmp.Compare(a.Name, b.Name), cmp.Compare(a.AccountID, b.AccountID))
	})
	return found[:min(len(found), maxSuggestions)]
}

func localPart(email string) string {
	local, _, _ := strings.Cut(email, "@")
	return local
}

// titles are no part of a name.
var titles = []string{"dr", "prof", "med", "md", "mr", "mrs", "ms"}

// letterPairs are the different pairs of neighbouring letters of the words of a
// text, the space around each word counted as a letter.
func letterPairs(text string) []string {
	var pairs []string
	words := strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsMark(c) })
	for _, word := range words {
		if slices.Contains(titles, word) {
			continue
		}
		letters := []rune(" " + word + " ")
		for i := 1; i < len(letters); i++ {
			pairs = append(pairs, string(letters[i-1:i+1]))
		}
	}
	slices.Sort(pairs)
	return slices.Compact(pairs)
}
