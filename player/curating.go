package player

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Curating changes what there is: programs, their courses and webinars.
type Curating interface {
	// Item is a program, course or webinar as its form shows it. kind is one of these words.
	Item(ctx context.Context, kind, id string) (Item, error)
	// SaveItem stores it; a *Refusal when somebody else changed it meanwhile.
	SaveItem(ctx context.Context, item Item) error
	// MoveItem moves a course or webinar before or behind its neighbour.
	MoveItem(ctx context.Context, kind, id string, up bool) error
	// DeleteItem hides it with all that is in it; RestoreItem brings it back.
	DeleteItem(ctx context.Context, kind, id string) error
	RestoreItem(ctx context.Context, kind, id string) error
	// DeletedItems are those that can be restored, and the cursor of the next page.
	DeletedItems(ctx context.Context, cursor string) (items []DeletedItem, next string, err error)
}

// Kinds of items.
const (
	kindProgram = "program"
	kindCourse  = "course"
	kindWebinar = "webinar"
)

// Item is a program, course or webinar.
type Item struct {
	Kind, ID, Title, Description string
	Version                      int
	Others                       []Option // of a course: those of its program that could come first
	Prerequisites                []string // of a course
	TimeZone                     string   // of a webinar's schedule, and all below
	StartsAt, EndsAt             *time.Time
	OpensAt, ClosesAt            *time.Time
	PresenterIDs, ModeratorIDs   []string
	Expected                     int // doctors that are expected live; 0: not said
	AutoPublish                  bool
}

// DeletedItem can be restored until it is purged.
type DeletedItem struct {
	Kind, ID, Title    string
	DeletedAt, PurgeAt time.Time
}

// itemKind reads a kind from a path such as /admin/courses/crs_1/edit.
func itemKind(plural string) (string, error) {
	switch kind := strings.TrimSuffix(plural, "s"); kind {
	case kindProgram, kindCourse, kindWebinar:
		return kind, nil
	}
	return "", ErrNotFound
}

func (s *site) forCurators(page adder) {
	for _, kinds := range []string{"programs", "courses", "webinars"} {
		page("POST /admin/"+kinds+"/{id}/delete", s.asAdmin(s.deleteItem))
		page("POST /admin/"+kinds+"/{id}/restore", s.asAdmin(s.restoreItem))
	}
	for _, kinds := range []string{"courses", "webinars"} {
		page("POST /admin/"+kinds+"/{id}/move", s.asAdmin(s.moveItem))
	}
	page("GET /admin/deleted", s.asAdmin(s.deleted))
}

// curatingForms are the forms that change one item.
func curatingForms() []adminForm {
	return []adminForm{
		{"/admin/programs/{id}/edit", itemForm, submitItem},
		{"/admin/courses/{id}/edit", itemForm, submitItem},
		{"/admin/webinars/{id}/edit", itemForm, submitItem},
	}
}

// pathKind is the kind that a page's address names: its second element.
func pathKind(r *http.Request) (string, error) {
	return itemKind(strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")[1])
}

// itemForm shows an item to be changed.
func itemForm(s *site, r *http.Request) (*form, error) {
	kind, err := pathKind(r)
	if err != nil {
		return nil, err
	}
	item, err := s.Backend.Item(r.Context(), kind, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	fields := titleFields()
	fields[0].Value, fields[1].Value = item.Title, item.Description
	switch kind {
	case kindCourse:
		fields = append(fields, field{Name: "prerequisite_ids", Label: "edit.prerequisites", Help: "edit.prerequisites_help", Type: typeMultiple, Options: item.Others, Values: item.Prerequisites})
	case kindWebinar:
		more, err := s.webinarFields(r, item)
		if err != nil {
			return nil, err
		}
		fields = append(fields, more...)
	}
	fields = append(fields, field{Name: "version", Type: typeHidden, Value: strconv.Itoa(item.Version)})
	return &form{Title: "edit." + kind, Submit: "edit.save", Fields: fields}, nil
}

// webinarFields are those that only webinars have. Times are on the clock of the schedule.
func (s *site) webinarFields(r *http.Request, item Item) ([]field, error) {
	overview, err := s.Backend.Overview(r.Context())
	if err != nil {
		return nil, err
	}
	moderators, err := s.Backend.Moderators(r.Context())
	if err != nil {
		return nil, err
	}
	var publish []string
	if item.AutoPublish {
		publish = []string{"yes"}
	}
	at := func(name, label, help string, t *time.Time) field {
		return field{Name: name, Label: label, Help: help, Type: typeTime, Value: localValue(t, item.TimeZone)}
	}
	return []field{
		{Name: "presenter_ids", Label: "admin.presenters", Help: "admin.presenters_help", Type: typeMultiple, Options: peopleOptions(overview.Presenters), Values: item.PresenterIDs},
		{Name: "moderator_ids", Label: "edit.moderators", Help: "edit.moderators_help", Type: typeMultiple, Options: peopleOptions(moderators), Values: item.ModeratorIDs},
		zoneField(item.TimeZone),
		at("starts_at", "admin.starts_at", "edit.starts_at_help", item.StartsAt), at("ends_at", "admin.ends_at", "", item.EndsAt),
		at("opens_at", "edit.opens_at", "edit.opens_at_help", item.OpensAt), at("closes_at", "edit.closes_at", "edit.closes_at_help", item.ClosesAt),
		{Name: "expected_viewers", Label: "edit.expected", Help: "edit.expected_help", Type: "number", InputMode: "numeric", Value: countValue(item.Expected)},
		{Name: "auto_publish", Label: "edit.auto_publish", Help: "edit.auto_publish_help", Type: typeMultiple, Options: []Option{{"yes", s.locale(r).T("edit.auto_publish_yes")}}, Values: publish},
	}, nil
}

// countValue writes a number of a form, nothing for none.
func countValue(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// countOf reads one that may be left empty.
func countOf(l *locale, name, text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, &FieldError{name, l.T("edit.bad_number")}
	}
	return n, nil
}

func peopleOptions(people []Person) []Option {
	options := make([]Option, 0, len(people))
	for _, p := range people {
		options = append(options, Option{p.ID, p.Name + " · " + p.Email})
	}
	return options
}

// localValue writes a time as <input type=datetime-local> has it, on the clock of a zone.
func localValue(t *time.Time, zone string) string {
	if t == nil {
		return ""
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	return t.In(place).Format("2006-01-02T15:04")
}

func submitItem(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	kind, err := pathKind(r)
	if err != nil {
		return err
	}
	item := Item{
		Kind: kind, ID: r.PathValue("id"), Title: f.value("title"), Description: f.value("description"), Version: shownVersion(f.value("version")),
		Prerequisites: r.PostForm["prerequisite_ids"], PresenterIDs: r.PostForm["presenter_ids"], ModeratorIDs: r.PostForm["moderator_ids"],
		TimeZone: f.value("time_zone"), AutoPublish: r.PostFormValue("auto_publish") != "",
	}
	if kind == kindWebinar {
		if err := knownZone(s.locale(r), item.TimeZone); err != nil {
			return err
		}
		if item.Expected, err = countOf(s.locale(r), "expected_viewers", f.value("expected_viewers")); err != nil {
			return err
		}
	}
	for name, to := range map[string]**time.Time{"starts_at": &item.StartsAt, "ends_at": &item.EndsAt, "opens_at": &item.OpensAt, "closes_at": &item.ClosesAt} {
		if *to, err = localTime(s.locale(r), name, f.value(name), item.TimeZone); err != nil {
			return err
		}
	}
	return toAdmin(w, r, s.Backend.SaveItem(r.Context(), item))
}

func (s *site) moveItem(w http.ResponseWriter, r *http.Request) error {
	kind, err := pathKind(r)
	if err != nil {
		return err
	}
	if err := s.Backend.MoveItem(r.Context(), kind, r.PathValue("id"), r.PostFormValue("to") == "up"); err != nil {
		return err
	}
	http.Redirect(w, r, "/admin#"+url.PathEscape(r.PathValue("id")), http.StatusSeeOther)
	return nil
}

func (s *site) deleteItem(w http.ResponseWriter, r *http.Request) error {
	kind, err := pathKind(r)
	if err == nil {
		err = s.Backend.DeleteItem(r.Context(), kind, r.PathValue("id"))
	}
	if err != nil {
		return err
	}
	return leadTo(w, r, deletedPage, "deleted")
}

const deletedPage = "/admin/deleted"

func (s *site) restoreItem(w http.ResponseWriter, r *http.Request) error {
	kind, err := pathKind(r)
	if err != nil {
		return err
	}
	err = s.Backend.RestoreItem(r.Context(), kind, r.PathValue("id"))
	return afterAct(w, r, deletedPage, "restored", err, s.showDeleted)
}

// deleted lists what can be brought back.
func (s *site) deleted(w http.ResponseWriter, r *http.Request) error {
	return s.showDeleted(w, r, doneKey(r, "deleted.done", "deleted", "restored"), "")
}

func (s *site) showDeleted(w http.ResponseWriter, r *http.Request, done, problem string) error {
	items, next, err := s.Backend.DeletedItems(r.Context(), r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	l := s.locale(r)
	view := listing{
		Title: "deleted.title", Intro: "deleted.intro", Crumbs: administration(), Empty: "deleted.none", Done: done, Problem: problem, Next: nextPage(r, next),
		Columns: []string{"deleted.item", "deleted.kind", "deleted.at", "deleted.until", columnActs},
	}
	for _, item := range items {
		view.Rows = append(view.Rows, listRow{
			ID: item.ID, Name: item.Title, Cells: []cell{textCell(l.T("deleted." + item.Kind)), timeCell(&item.DeletedAt), timeCell(&item.PurgeAt)},
			Acts: []act{{URL: "/admin/" + item.Kind + "s/" + url.PathEscape(item.ID) + "/restore", Label: "deleted.restore"}},
		})
	}
	return s.showList(w, r, view)
}
