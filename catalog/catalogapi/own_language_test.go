package catalogapi_test

import "testing"

func TestPeopleChooseTheirLanguage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doctor := b.doctor(b.program().id, ana)
	doctor.want(204, "PUT", "/v1/me/locale", object{"locale": "ar"})
	doctor.want(204, "PUT", "/v1/me/locale", object{"locale": "ar"})
	id := doctor.want(200, "GET", "/v1/me", nil).str("account_id")
	if got := b.admin.want(200, "GET", "/v1/accounts/"+id, nil).str("locale"); got != "ar" {
		t.Errorf("the account has %q", got)
	}
	doctor.refused(422, "invalid_locale", "PUT", "/v1/me/locale", object{"locale": "no language"})
	b.visitor().refused(401, "", "PUT", "/v1/me/locale", object{"locale": "ar"})
	b.admin.refused(403, "", "PUT", "/v1/me/locale", object{"locale": "ar"})
}
