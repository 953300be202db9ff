package player

import (
	"net/http"
	"net/url"
	"time"
)

// listing is a page that is one table: who there is, what was done, what waits.
// All are rendered by templates/list.html, as forms are by templates/form.html.
type listing struct {
	Title, Intro string // keys
	Name         string // of what the table is about, beside the title; empty: of everything
	Crumbs       []crumb
	Filter       []field // of a form that is sent by GET
	Buttons      []link  // above the table
	Columns      []string
	Rows         []listRow
	Empty        string // key of the words for an empty table
	Done         string // key of what was done just now
	Problem      string // why the last act was not done
	Next         string // URL of the next page
	Zone         string
	Fresh        bool // scripts look for news while a row waits
}

// typeSelect is the type of a field with a choice.
const typeSelect = "select"

// typeMultiple is the type of a field with check boxes.
const typeMultiple = "multiple"

// Types of fields and words that many lists have.
const (
	typeHidden   = "hidden"
	typeTime     = "datetime-local"
	columnActs   = "list.acts" // key of the last column
	submitCreate = "admin.create"
	classFailed  = "failed"
	classReady   = "ready"

	classWithdrawn  = "withdrawn"
	classProcessing = "processing"
)

// crumb is a page above this one; Label is a key.
type crumb struct{ URL, Label string }

// listRow is a row: its first cell names it.
type listRow struct {
	ID, Name, URL, Note string
	Class               string
	Cells               []cell
	Acts                []act
}

// cell is one more cell of a row. One of its parts is set; Badge has a Class.
type cell struct {
	Text, Code, Badge, Class string
	Said                     string // a sentence of the program, with commands between backquotes
	Time                     *time.Time
	Lines                    []string
	URL                      string // the text leads there
}

// act is a button of a row that changes something: a form of its own.
type act struct {
	URL, Label string // Label is a key
	Hidden     [][2]string
	Now        string // key on the button that does it, after Confirm or Reason; empty: Label
	Confirm    string // key of what is said before it is done; empty: it is done at once
	Reason     bool   // it asks why
	Danger     bool
}

// administration is the first crumb of every page of administrators.
func administration(more ...crumb) []crumb {
	return append([]crumb{{"/admin", "admin.title"}}, more...)
}

// showList renders a listing for administrators.
func (s *site) showList(w http.ResponseWriter, r *http.Request, view listing) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	view.Zone = v.TimeZone
	status := http.StatusOK
	if view.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, r, status, page{Name: "list", Title: view.Title, Section: "admin", Script: formScript, Wide: true, Content: view})
	return nil
}

// administrator returns who asks, if it is one.
func (s *site) administrator(r *http.Request) (Viewer, error) {
	v, err := s.viewer(r)
	if err == nil && !v.Admin {
		err = ErrForbidden
	}
	return v, err
}

// asAdmin adapts a handler that only administrators may call.
func (s *site) asAdmin(h func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := s.administrator(r); err != nil {
			return err
		}
		return h(w, r)
	}
}

// nextPage is this page's address with another cursor; empty on the last page.
func nextPage(r *http.Request, cursor string) string {
	if cursor == "" {
		return ""
	}
	query := r.URL.Query()
	query.Set("cursor", cursor)
	query.Del("done")
	return r.URL.Path + "?" + query.Encode()
}

// doneKey reads what was done from the address, if it is one of these.
func doneKey(r *http.Request, stem string, known ...string) string {
	done := r.URL.Query().Get("done")
	for _, k := range known {
		if k == done {
			return stem + "." + k
		}
	}
	return ""
}

// afterAct leads to a page that says what was done, or shows in words why it was not.
func afterAct(w http.ResponseWriter, r *http.Request, to, done string, err error, show func(w http.ResponseWriter, r *http.Request, done, words string) error) error {
	if err == nil {
		return leadTo(w, r, to, done)
	}
	_, words, err := complaint(err)
	if err != nil {
		return err
	}
	return show(w, r, "", words)
}

// leadTo leads to a page that says what was done.
func leadTo(w http.ResponseWriter, r *http.Request, to, done string) error {
	http.Redirect(w, r, to+"?"+url.Values{"done": {done}}.Encode(), http.StatusSeeOther) //nolint:gosec // G710: to is a path of ours, its parts escaped
	return nil
}

// asked puts what the address asks for into the fields of a filter.
func asked(r *http.Request, fields ...field) []field {
	for i := range fields {
		fields[i].Value = r.URL.Query().Get(fields[i].Name)
	}
	return fields
}

// choices are the options of a filter: all, then each value with its words.
func choices(l *locale, all, stem string, values ...string) []Option {
	options := make([]Option, 0, len(values)+1)
	if all != "" {
		options = append(options, Option{"", l.T(all)})
	}
	for _, v := range values {
		options = append(options, Option{v, l.T(stem + "." + v)})
	}
	return options
}

// textCell and timeCell are the two common cells.
func textCell(text string) cell      { return cell{Text: text} }
func timeCell(t *time.Time) cell     { return cell{Time: t} }
func badgeCell(text, as string) cell { return cell{Badge: text, Class: as} }
