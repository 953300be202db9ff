package identity

import (
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines without a zone database too

	"rounds/catalog"
)

// countries are the officially assigned alpha-2 codes of ISO 3166-1.
const countries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD " +
	"GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM " +
	"KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA " +
	"NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ " +
	"SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU " +
	"WF WS YE YT ZA ZM ZW "

// Country checks an ISO 3166-1 alpha-2 code and returns it in capitals. The
// error is a *catalog.FieldError on "country".
func Country(code string) (string, error) {
	upper := strings.ToUpper(strings.TrimSpace(code))
	if len(upper) != 2 || !strings.Contains(countries, " "+upper+" ") {
		return "", &catalog.FieldError{Field: fieldCountry, Code: "invalid_country", Message: "Please give the two-letter code of a country, such as PT or IN."}
	}
	return upper, nil
}

// TimeZone checks an IANA zone name, e.g. "Europe/Lisbon". The error is a
// *catalog.FieldError on "time_zone".
func TimeZone(name string) (string, error) {
	name = strings.TrimSpace(name)
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" || len(name) > 64 {
		return "", &catalog.FieldError{Field: "time_zone", Code: "invalid_time_zone", Message: "Please give a time zone by its name, such as Europe/Lisbon or Asia/Kolkata."}
	}
	return name, nil
}

var localeForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

// Locale checks a language tag of the usual forms of BCP 47, e.g. "pt-BR"; ""
// becomes "en". The error is a *catalog.FieldError on "locale".
func Locale(tag string) (string, error) {
	if tag = strings.TrimSpace(tag); tag == "" {
		return "en", nil
	}
	if !localeForm.MatchString(tag) {
		return "", &catalog.FieldError{Field: "locale", Code: "invalid_locale", Message: "Please give a language tag, such as en or pt-BR."}
	}
	return tag, nil
}

// Names of fields that more than one form has.
const (
	fieldCountry       = "country"
	fieldCouncilNumber = "council_number"
)
