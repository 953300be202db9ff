package identity

import (
	"slices"
	"time"

	"rounds/catalog"
)

// Account is a person.
type Account struct {
	ID         catalog.AccountID
	Email      string // as NormalEmail returns it
	Roles      []Role
	Version    int // grows with each change; the ETag
	CreatedAt  time.Time
	UpdatedAt  time.Time
	DisabledAt *time.Time // nobody can sign in from then on
	Profile
}

// Profile is what a person tells about herself.
type Profile struct {
	Name            string `json:"name"`
	Country         string `json:"country"`   // ISO 3166-1 alpha-2
	TimeZone        string `json:"time_zone"` // IANA name
	Speciality      string `json:"speciality"`
	Locale          string `json:"locale"` // BCP 47
	Phone           string `json:"phone"`
	CertificateName string `json:"certificate_name"` // as it shall stand on the certificate
	Council         string `json:"council"`
	CouncilNumber   string `json:"council_number"`
}

// Consent is what a person agreed to, or not, and in which wording.
type Consent struct {
	Purpose     string `json:"purpose"`
	TextVersion string `json:"text_version"`
	Granted     bool   `json:"granted"`
}

// Registration is what a doctor tells before her address is proven.
type Registration struct {
	Profile  Profile   `json:"profile"`
	Consents []Consent `json:"consents"`
}

// Clean checks and tidies every field. The error is a *catalog.FieldError.
func (p Profile) Clean() (Profile, error) {
	var err error
	line := func(field string, value *string, limit int, required bool) {
		if err == nil {
			*value, err = catalog.CleanLine(field, *value, limit, required)
		}
	}
	line("name", &p.Name, 200, true)
	line("speciality", &p.Speciality, 200, false)
	line("phone", &p.Phone, 40, false)
	line("certificate_name", &p.CertificateName, 200, false)
	line("council", &p.Council, 200, false)
	line(fieldCouncilNumber, &p.CouncilNumber, 100, false)
	if err == nil {
		p.Country, err = Country(p.Country)
	}
	if err == nil {
		p.TimeZone, err = TimeZone(p.TimeZone)
	}
	if err == nil {
		p.Locale, err = Locale(p.Locale)
	}
	return p, err
}

// Clean checks and tidies a registration. The error is a *catalog.FieldError.
func (r Registration) Clean() (Registration, error) {
	profile, err := r.Profile.Clean()
	if err != nil {
		return r, err
	}
	r.Profile = profile
	if len(r.Consents) > 20 {
		return r, catalog.Invalid("consents", "Please send at most 20 consents.")
	}
	r.Consents = slices.Clone(r.Consents)
	for i, c := range r.Consents {
		if r.Consents[i].Purpose, err = catalog.CleanLine("consents", c.Purpose, 100, true); err != nil {
			return r, err
		}
		if r.Consents[i].TextVersion, err = catalog.CleanLine("consents", c.TextVersion, 100, true); err != nil {
			return r, err
		}
	}
	return r, nil
}

// CleanRoles checks roles given by an admin; the answer is sorted and without
// repetition. The error is a *catalog.FieldError.
func CleanRoles(roles []Role) ([]Role, error) {
	for _, r := range roles {
		if !slices.Contains(Roles(), r) {
			return nil, catalog.Invalid("roles", "Roles are doctor, presenter, moderator, support, sponsor and admin.")
		}
	}
	roles = slices.Sorted(slices.Values(roles))
	if roles = slices.Compact(roles); len(roles) == 0 {
		return nil, catalog.Invalid("roles", "Please give at least one role.")
	}
	return roles, nil
}
