package player

import (
	"context"
	"net/http"
	"time"
)

// OwnAccount is what people see and end of their own.
type OwnAccount interface {
	// Devices lists where the reader is signed in, the last used first.
	Devices(ctx context.Context) ([]Device, error)
	// EndDevice signs the reader out there.
	EndDevice(ctx context.Context, id string) error
	// EndOtherDevices signs the reader out everywhere but here.
	EndOtherDevices(ctx context.Context) error
}

// Device is where somebody is signed in.
type Device struct {
	ID, Name   string // Name as its browser calls itself, or empty
	Current    bool
	Remembered bool
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
}

// accountView is the content of the page.
type accountView struct {
	Devices []Device
	Others  bool // there are devices beside this one
	Zone    string
}

// account shows the reader what is kept of her signing in.
func (s *site) account(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	view := accountView{Zone: v.TimeZone}
	if view.Devices, err = s.Backend.Devices(r.Context()); err != nil {
		return err
	}
	for _, d := range view.Devices {
		view.Others = view.Others || !d.Current
	}
	return s.show(w, r, page{Name: "account", Title: "account.title", Section: "account", Content: view})
}

// endDevice and endOtherDevices are the buttons of the list.
func (s *site) endDevice(w http.ResponseWriter, r *http.Request) error {
	return toAccount(w, r, s.Backend.EndDevice(r.Context(), r.PathValue("id")))
}

func (s *site) endOtherDevices(w http.ResponseWriter, r *http.Request) error {
	return toAccount(w, r, s.Backend.EndOtherDevices(r.Context()))
}

func toAccount(w http.ResponseWriter, r *http.Request, err error) error {
	if err == nil {
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	}
	return err
}
