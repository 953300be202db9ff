package player

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Viewer is whoever reads a page.
type Viewer struct {
	Name, Email              string
	TimeZone                 string // IANA name
	Locale                   string // BCP 47
	Doctor, Presenter, Admin bool
	Moderator                bool // decides about registrations at events
	Support                  bool // helps doctors
	Sponsor                  bool // sees figures of programs
	Passkeys                 bool // may sign in with a passkey
}

// Accounts lets people in and out.
type Accounts interface {
	// Viewer returns who asks; false when nobody is signed in. It is called
	// more than once a request and must be cheap.
	Viewer(ctx context.Context) (Viewer, bool)
	// SendCode mails a one-time code. The same answer, in the same time,
	// whether the account exists or not.
	SendCode(ctx context.Context, email string) error
	// SignIn checks a code (field "code"), opens a login session and sets its
	// cookie on w before anything is written. It also finishes a registration.
	// remember asks for a session of thirty days.
	SignIn(w http.ResponseWriter, r *http.Request, email, code string, remember bool) error
	// SignOut ends the login session and clears its cookie.
	SignOut(w http.ResponseWriter, r *http.Request) error
	// Register takes an invitation; a code is mailed and SignIn finishes it.
	// waiting tells that a moderator decides first: no code was sent.
	Register(ctx context.Context, registration Registration) (waiting bool, err error)
	// Join takes an invitation (field "invitation_code") for who is signed in.
	// Taking one's own again changes nothing.
	Join(ctx context.Context, code string) error
	// ConsentTexts are what everybody is asked who registers.
	ConsentTexts() []ConsentText
}

// mailCookie remembers between two pages which address a code was sent to, so
// that it is not in the URL.
const mailCookie = "rounds_sign_in"

// home sends the reader to where they work.
func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	http.Redirect(w, r, startPage(v), http.StatusSeeOther)
	return nil
}

func startPage(v Viewer) string {
	switch {
	case v.Doctor:
		return "/courses"
	case v.Admin:
		return "/admin"
	case v.Presenter:
		return "/presenter"
	case v.Moderator:
		return "/events"
	case v.Support:
		return "/support"
	case v.Sponsor:
		return "/sponsor"
	}
	return "/courses"
}

// signInURL leads to the sign-in page and back to where r wanted to go.
func signInURL(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == "/" {
		return "/sign-in"
	}
	return "/sign-in?next=" + url.QueryEscape(r.URL.RequestURI())
}

// safeNext returns a path on this site, never another site's address.
func safeNext(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return ""
	}
	return next
}

func (s *site) signInForm(next string) *form {
	f := &form{
		Title: "signin.title", Intro: "signin.intro", Submit: "signin.submit", Action: "/sign-in",
		Fields: []field{
			{Name: "email", Label: "signin.email", Type: "email", Autocomplete: "email", Required: true, Focus: true},
			{Name: "next", Type: "hidden", Value: safeNext(next)},
		},
		Links:   []link{{"/register", "signin.register"}, {handoverPath, "handover.link"}},
		Passkey: true, Next: safeNext(next),
	}
	if s.SingleSignOn {
		f.Links = append(f.Links, link{"/sign-in/sso?next=" + url.QueryEscape(f.Next), "signin.sso"})
	}
	return f
}

// signIn asks for the e-mail address.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) error {
	if v, ok := s.Backend.Viewer(r.Context()); ok {
		http.Redirect(w, r, startPage(v), http.StatusSeeOther)
		return nil
	}
	f := s.signInForm(r.URL.Query().Get("next"))
	if r.URL.Query().Get("problem") == "sso" {
		f.Message = s.locale(r).T("signin.sso_problem")
	}
	return s.showForm(w, r, f, "")
}

// sendCode mails a code and goes on to the page that asks for it.
func (s *site) sendCode(w http.ResponseWriter, r *http.Request) error {
	f := s.signInForm(r.PostFormValue("next"))
	f.keep(r)
	if err := f.missing(s.locale(r)); err != nil {
		return s.complain(w, r, f, "", err)
	}
	if err := s.Backend.SendCode(r.Context(), f.value("email")); err != nil {
		return s.complain(w, r, f, "", err)
	}
	s.goToCode(w, r, f.value("email"), f.value("next"))
	return nil
}

// goToCode remembers the address and leads to the code page.
func (s *site) goToCode(w http.ResponseWriter, r *http.Request, email, next string) {
	s.rememberMail(w, email, 3600)
	target := "/sign-in/code"
	if next = safeNext(next); next != "" {
		target += "?next=" + url.QueryEscape(next)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (s *site) rememberMail(w http.ResponseWriter, email string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: mailCookie, Value: url.QueryEscape(email), Path: "/sign-in", MaxAge: seconds,
		HttpOnly: true, Secure: s.https(), SameSite: http.SameSiteLaxMode,
	})
}

func codeForm(l *locale, email, next string) *form {
	f := &form{
		Title: "code.title", Intro: "code.intro", Submit: "code.submit", Action: "/sign-in/code",
		IntroArgs: []any{email},
		Fields: []field{
			{Name: "email", Type: "hidden", Value: email},
			{
				Name: "code", Label: "code.code", Help: "code.help", InputMode: "numeric", Autocomplete: "one-time-code",
				Class: "code", Required: true, Focus: true,
			},
			{Name: "remember", Label: "code.remember", Type: "multiple", Options: []Option{{"yes", l.T("code.remember_yes")}}},
			{Name: "next", Type: "hidden", Value: safeNext(next)},
		},
		Links: []link{{"/sign-in", "code.again"}},
	}
	if email == "" {
		f.Intro, f.IntroArgs = "code.intro_any", nil
		f.Fields[0] = field{Name: "email", Label: "signin.email", Type: "email", Autocomplete: "email", Required: true}
	}
	return f
}

// enterCode asks for the code that was mailed.
func (s *site) enterCode(w http.ResponseWriter, r *http.Request) error {
	return s.showForm(w, r, codeForm(s.locale(r), rememberedMail(r), r.URL.Query().Get("next")), "")
}

func rememberedMail(r *http.Request) string {
	cookie, err := r.Cookie(mailCookie)
	if err != nil {
		return ""
	}
	email, err := url.QueryUnescape(cookie.Value)
	if err != nil {
		return ""
	}
	return email
}

// checkCode signs the reader in.
func (s *site) checkCode(w http.ResponseWriter, r *http.Request) error {
	f := codeForm(s.locale(r), r.PostFormValue("email"), "")
	f.keep(r)
	if err := f.missing(s.locale(r)); err != nil {
		return s.complain(w, r, f, "", err)
	}
	code := strings.Join(strings.FieldsFunc(f.value("code"), func(c rune) bool { return c == ' ' || c == '-' }), "")
	if err := s.Backend.SignIn(w, r, f.value("email"), code, f.value("remember") != ""); err != nil {
		return s.complain(w, r, f, "", err)
	}
	s.rememberMail(w, "", -1)
	next := safeNext(f.value("next"))
	if next == "" {
		next = "/"
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// signOut ends the login session.
func (s *site) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.Backend.SignOut(w, r); err != nil {
		return err
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	return nil
}
