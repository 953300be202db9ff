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
	// SetLanguage keeps in which language the reader reads, as BCP 47 tag.
	SetLanguage(ctx context.Context, tag string) error
	// Passkeys lists the reader's passkeys; scripts add them.
	Passkeys(ctx context.Context) ([]Passkey, error)
	// RemovePasskey removes one.
	RemovePasskey(ctx context.Context, id string) error
}

// Passkey is one by which somebody can sign in.
type Passkey struct {
	ID, Name   string
	CreatedAt  time.Time
	LastUsedAt *time.Time
}

// Device is where somebody is signed in.
type Device struct {
	ID, Name   string // Name as its browser calls itself, or empty
	Current    bool
	Remembered bool
	Shared     bool // others use it, too
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
}

// accountView is the content of the page.
type accountView struct {
	Devices []Device
	Others  bool // there are devices beside this one
	Staff   bool // may have passkeys
	Keys    []Passkey
	Zone    string
}

// account shows the reader what is kept of her signing in.
func (s *site) account(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	view := accountView{Zone: v.TimeZone, Staff: v.Passkeys}
	if view.Devices, err = s.Backend.Devices(r.Context()); err != nil {
		return err
	}
	for _, d := range view.Devices {
		view.Others = view.Others || !d.Current
	}
	if v.Passkeys {
		if view.Keys, err = s.Backend.Passkeys(r.Context()); err != nil {
			return err
		}
	}
	return s.show(w, r, page{Name: "account", Title: "account.title", Section: "account", Script: "form.js", Content: view})
}

// removePasskey is the button beside each.
func (s *site) removePasskey(w http.ResponseWriter, r *http.Request) error {
	return toAccount(w, r, s.Backend.RemovePasskey(r.Context(), r.PathValue("id")))
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
