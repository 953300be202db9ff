package cloudfront_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // G505: CloudFront's default
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"

	"rounds/catalog"
	"rounds/playback/cloudfront"
)

var now = time.Unix(1_767_290_000, 0)

const (
	recording = catalog.RecordingID("rec_01")
	token     = "0123456789abcdefghjkmnpqrs"
	base      = "https://learn.example.org"
	prefix    = "/media/rec_01/" + token + "/"
)

// bundle is a signer and a verifier that know each other.
type bundle struct {
	signer   *cloudfront.Signer
	verifier *cloudfront.Verifier
	ec       *ecdsa.PrivateKey
	rsa      *rsa.PrivateKey
	now      time.Time
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{now: now, ec: newKey(t)}
	var err error
	if b.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	b.signer = newSigner(t, base, cloudfront.Key{ID: "K1", Key: b.ec})
	b.verifier, err = cloudfront.NewVerifier(map[string]crypto.PublicKey{"K1": b.ec.Public(), "KRSA": b.rsa.Public()}, func() time.Time { return b.now })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newSigner(t *testing.T, base string, keys ...cloudfront.Key) *cloudfront.Signer {
	t.Helper()
	u, _ := url.Parse(base)
	s, err := cloudfront.NewSigner(cloudfront.SignerConfig{BaseURL: u, Keys: keys, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bundle) cookies(t *testing.T) []*http.Cookie {
	t.Helper()
	cookies, _, err := b.signer.Cookies(recording, token, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return cookies
}

func request(target string, cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	return r
}

func (b *bundle) verify(r *http.Request) error {
	return b.verifier.Verify(r, "https", netip.MustParseAddr("192.0.2.7"))
}

// code is the CloudFront code of a verdict, "" when it is served.
func code(err error) string {
	var d *cloudfront.Denial
	if errors.As(err, &d) {
		return d.Code
	}
	return ""
}

func TestCookiesAreScopedAndShort(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cookies, expires, err := b.signer.Cookies(recording, token, time.Hour)
	if err != nil || len(cookies) != 3 || !expires.Equal(now.Add(15*time.Minute)) {
		t.Fatalf("%d cookies until %v, %v", len(cookies), expires, err)
	}
	for i, name := range []string{"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"} {
		c := cookies[i]
		if c.Name != name || c.Path != prefix || c.MaxAge != 900 || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Domain != "" {
			t.Errorf("cookie %+v", c)
		}
	}
	plain, _, _ := newSigner(t, "http://localhost:8080", cloudfront.Key{ID: "K1", Key: b.ec}).Cookies(recording, token, time.Minute)
	if plain[0].Secure || plain[0].MaxAge != 60 {
		t.Errorf("on http: %+v", plain[0])
	}
	for _, c := range b.signer.Expire(recording, token) {
		if c.MaxAge != -1 || c.Value != "" || c.Path != prefix {
			t.Errorf("expired cookie %+v", c)
		}
	}
}

func TestCookiesGrantOnePrefixUntilTheyExpire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cookies := b.cookies(t)
	other := "/media/rec_01/" + strings.Repeat("z", 26) + "/master.m3u8"
	for target, want := range map[string]string{
		base + prefix + "master.m3u8":               "",
		base + prefix + "v720/seg_00001.m4s":        "",
		base + prefix + "v720/seg_00001.m4s?cmcd=1": "",
		base + other:                               "AccessDenied",
		base + "/media/rec_012/" + token + "/x":    "AccessDenied",
		"https://other.example.org" + prefix + "x": "AccessDenied",
		base + prefix + "x?Key-Pair-Id=K1":         "AccessDenied", // a signed URL: the cookies are ignored
		base + prefix + "x?Expires=1":              "MissingKey",
		base + prefix + "x?Hash-Algorithm=SHA1":    "MissingKey",
		base + prefix + "x?Policy=a&Policy=b":      "AccessDenied",
	} {
		if got := code(b.verify(request(target, cookies...))); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	if got := code(b.verify(request(base + prefix + "master.m3u8"))); got != "MissingKey" {
		t.Errorf("anonymous: %q", got)
	}
	for i := range cookies {
		incomplete := append(append([]*http.Cookie{}, cookies[:i]...), cookies[i+1:]...)
		if b.verify(request(base+prefix+"x", incomplete...)) == nil {
			t.Errorf("served without %s", cookies[i].Name)
		}
	}
	b.now = now.Add(15*time.Minute - time.Second)
	if err := b.verify(request(base+prefix+"x", cookies...)); err != nil {
		t.Errorf("in the last second: %v", err)
	}
	b.now = now.Add(15 * time.Minute)
	if got := code(b.verify(request(base+prefix+"x", cookies...))); got != "AccessDenied" {
		t.Errorf("expired: %q", got)
	}
}

func TestViewersOfARecordingShareASignature(t *testing.T) {
	t.Parallel()
	clock, u := now, must(url.Parse(base))(t)
	signer := must(cloudfront.NewSigner(cloudfront.SignerConfig{
		BaseURL: u, Keys: []cloudfront.Key{{ID: "K1", Key: newKey(t)}}, Now: func() time.Time { return clock },
	}))(t)
	at := func(seconds int, life time.Duration) (string, int) {
		clock = now.Add(time.Duration(seconds) * time.Second)
		cookies, expires, err := signer.Cookies(recording, token, life)
		if err != nil || int(expires.Sub(clock)/time.Second) != cookies[0].MaxAge {
			t.Fatalf("%v: %v until %v", err, cookies, expires)
		}
		return cookies[1].Value, cookies[0].MaxAge
	}
	first, _ := at(0, time.Hour)
	if again, age := at(29, time.Hour); again != first || age != 900-29 {
		t.Errorf("29 s later a signature of %d s", age)
	}
	if later, age := at(30, time.Hour); later == first || age != 900 {
		t.Errorf("30 s later still the same signature, of %d s", age)
	}
	if short, age := at(31, 10*time.Second); short == first || age != 10 {
		t.Errorf("a short grant lasts %d s", age)
	}
}

func TestObjectURLGrantsOneObject(t *testing.T) {
	t.Parallel()
	b := setup(t)
	signed, err := b.signer.ObjectURL("media/rec_01/"+token+"/master.m3u8", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.verify(request(signed)); err != nil {
		t.Errorf("its object: %v", err)
	}
	if got := code(b.verify(request(strings.Replace(signed, "master.m3u8", "v720/index.m3u8", 1)))); got != "AccessDenied" {
		t.Errorf("another object: %q", got)
	}
	if got := code(b.verify(request(signed, b.cookies(t)...))); got != "" {
		t.Errorf("with cookies beside it: %q", got)
	}
	wrong := strings.Replace(signed, "Expires=17", "Expires=18", 1)
	if got := code(b.verify(request(wrong, b.cookies(t)...))); got != "AccessDenied" {
		t.Errorf("a wrong URL is saved by cookies: %q", got)
	}
	b.now = now.Add(time.Minute)
	if got := code(b.verify(request(signed))); got != "AccessDenied" {
		t.Errorf("expired: %q", got)
	}
}

func TestQueryGrantsThePrefix(t *testing.T) {
	t.Parallel()
	b := setup(t)
	query, err := b.signer.Query(recording, token, now.Add(3*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.verify(request(base + prefix + "v240/init.mp4?" + query)); err != nil {
		t.Error(err)
	}
	if err := b.verify(request(base + prefix + "v240/init.mp4?a=b&" + query)); err != nil {
		t.Error(err)
	}
}

func TestAGrantWithoutAResourceCannotBeMade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct{ id, token string }{
		{"", ""}, {"", token}, {"rec_01", ""}, {"*", token}, {"rec_01", "*"}, {"rec?", token}, {"a/b", token},
	} {
		id := catalog.RecordingID(c.id)
		if _, _, err := b.signer.Cookies(id, c.token, time.Minute); err == nil {
			t.Errorf("cookies for %q, %q", c.id, c.token)
		}
		if _, err := b.signer.Query(id, c.token, now.Add(time.Minute)); err == nil {
			t.Errorf("query for %q, %q", c.id, c.token)
		}
	}
	for _, key := range []string{"", "media/", "media/rec_01/" + token + "/", "media/rec_01/" + token + "/*", "uploads/rec_01/source"} {
		if _, err := b.signer.ObjectURL(key, time.Minute); err == nil {
			t.Errorf("URL for %q", key)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	older, newer := newKey(t), newKey(t)
	clock := now
	u, _ := url.Parse(base)
	signer, err := cloudfront.NewSigner(cloudfront.SignerConfig{BaseURL: u, Now: func() time.Time { return clock }, Keys: []cloudfront.Key{
		{ID: "NEW", Key: newer, From: now.Add(time.Hour)}, {ID: "OLD", Key: older},
	}})
	if err != nil {
		t.Fatal(err)
	}
	verifier, _ := cloudfront.NewVerifier(map[string]crypto.PublicKey{"NEW": newer.Public(), "OLD": older.Public()}, func() time.Time { return clock })
	for at, want := range map[time.Time]string{now: "OLD", now.Add(time.Hour): "NEW"} {
		clock = at
		cookies, _, _ := signer.Cookies(recording, token, time.Minute)
		if cookies[2].Value != want {
			t.Errorf("at %v the key is %s, want %s", at, cookies[2].Value, want)
		}
		if err := verifier.Verify(request(base+prefix+"x", cookies...), "https", netip.Addr{}); err != nil {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := cloudfront.NewSigner(cloudfront.SignerConfig{BaseURL: u, Now: func() time.Time { return now }, Keys: []cloudfront.Key{{ID: "NEW", Key: newer, From: now.Add(1)}}}); err == nil {
		t.Error("a signer without a key in force")
	}
}

// encode spells bytes in CloudFront's variant of base64.
func encode(b []byte) string {
	return strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString(b))
}

// custom signs any policy text, as somebody holding a key could.
func custom(t *testing.T, key crypto.Signer, id, policy string, hash crypto.Hash) string {
	t.Helper()
	sum := sha1.Sum([]byte(policy)) //nolint:gosec // G401: CloudFront's default
	digest, query := sum[:], ""
	if hash == crypto.SHA256 {
		long := sha256.Sum256([]byte(policy))
		digest, query = long[:], "&Hash-Algorithm=SHA256"
	}
	signature, err := key.Sign(rand.Reader, digest, hash)
	if err != nil {
		t.Fatal(err)
	}
	return "Policy=" + encode([]byte(policy)) + "&Signature=" + encode(signature) + "&Key-Pair-Id=" + id + query
}

func policy(resource, conditions string) string {
	return `{"Statement":[{"Resource":"` + resource + `","Condition":{` + conditions + `}}]}`
}

func TestCustomPolicies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	future := `"DateLessThan":{"AWS:EpochTime":` + strconv.FormatInt(now.Unix()+60, 10) + `}`
	passed := strconv.FormatInt(now.Unix(), 10)
	all := policy("https://*/media/*", future)
	tests := map[string]struct{ query, want string }{
		"ECDSA, SHA-1":            {custom(t, b.ec, "K1", all, crypto.SHA1), ""},
		"ECDSA, SHA-256":          {custom(t, b.ec, "K1", all, crypto.SHA256), ""},
		"RSA, SHA-1":              {custom(t, b.rsa, "KRSA", all, crypto.SHA1), ""},
		"RSA, SHA-256":            {custom(t, b.rsa, "KRSA", all, crypto.SHA256), ""},
		"SHA-256 not announced":   {strings.TrimSuffix(custom(t, b.ec, "K1", all, crypto.SHA256), "&Hash-Algorithm=SHA256"), "AccessDenied"},
		"another hash":            {custom(t, b.ec, "K1", all, crypto.SHA1) + "&Hash-Algorithm=MD5", "AccessDenied"},
		"another key's id":        {custom(t, b.ec, "KRSA", all, crypto.SHA1), "AccessDenied"},
		"an unknown key":          {custom(t, b.ec, "K9", all, crypto.SHA1), "InvalidKey"},
		"no key id":               {strings.Replace(custom(t, b.ec, "K1", all, crypto.SHA1), "&Key-Pair-Id=K1", "", 1), "MissingKey"},
		"http* and ?":             {custom(t, b.ec, "K1", policy("http*://learn.example.???/media/*.mp4", future), crypto.SHA1), ""},
		"another suffix":          {custom(t, b.ec, "K1", policy("https://*.m4s", future), crypto.SHA1), "AccessDenied"},
		"no resource":             {custom(t, b.ec, "K1", `{"Statement":[{"Condition":{`+future+`}}]}`, crypto.SHA1), "AccessDenied"},
		"two statements":          {custom(t, b.ec, "K1", strings.Replace(all, `[{`, `[{"Resource":"*","Condition":{`+future+`}},{`, 1), crypto.SHA1), "MalformedPolicy"},
		"no end":                  {custom(t, b.ec, "K1", policy("*", ""), crypto.SHA1), "AccessDenied"},
		"ended now":               {custom(t, b.ec, "K1", policy("*", `"DateLessThan":{"AWS:EpochTime":`+passed+`}`), crypto.SHA1), "AccessDenied"},
		"not begun":               {custom(t, b.ec, "K1", policy("*", future+`,"DateGreaterThan":{"AWS:EpochTime":`+passed+`}`), crypto.SHA1), "AccessDenied"},
		"begun":                   {custom(t, b.ec, "K1", policy("*", future+`,"DateGreaterThan":{"AWS:EpochTime":1}`), crypto.SHA1), ""},
		"the viewer's range":      {custom(t, b.ec, "K1", policy("*", future+`,"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}`), crypto.SHA1), ""},
		"the viewer's address":    {custom(t, b.ec, "K1", policy("*", future+`,"IpAddress":{"AWS:SourceIp":"192.0.2.7"}`), crypto.SHA1), ""},
		"another range":           {custom(t, b.ec, "K1", policy("*", future+`,"IpAddress":{"AWS:SourceIp":"198.51.100.0/24"}`), crypto.SHA1), "AccessDenied"},
		"an IPv6 range":           {custom(t, b.ec, "K1", policy("*", future+`,"IpAddress":{"AWS:SourceIp":"::/0"}`), crypto.SHA1), "AccessDenied"},
		"not JSON":                {custom(t, b.ec, "K1", "{", crypto.SHA1), "MalformedPolicy"},
		"plain base64":            {strings.Replace(custom(t, b.ec, "K1", all, crypto.SHA1), "Policy=", "Policy=%2B", 1), "MalformedPolicy"},
		"a changed policy":        {strings.Replace(custom(t, b.ec, "K1", all, crypto.SHA1), "Policy=e", "Policy=f", 1), "AccessDenied"},
		"an empty signature":      {"Policy=" + encode([]byte(all)) + "&Signature=&Key-Pair-Id=K1", "AccessDenied"},
		"a garbled signature":     {"Policy=" + encode([]byte(all)) + "&Signature=%20&Key-Pair-Id=K1", "MalformedSignature"},
		"neither policy nor date": {"Signature=AA__&Key-Pair-Id=K1", "AccessDenied"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := code(b.verify(request(base + prefix + "a.mp4?" + tt.query))); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestPolicyVectors holds the encoding to what AWS documents and to its SDK's own test.
func TestPolicyVectors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct{ text, encoded string }{
		{
			`{"Statement":[{"Resource":"http://d111111abcdef8.cloudfront.net/game_download.zip","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateLessThan":{"AWS:EpochTime":1426500000}}}]}`,
			"eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cDovL2QxMTExMTFhYmNkZWY4LmNsb3VkZnJvbnQubmV0L2dhbWVfZG93bmxvYWQuemlwIiwiQ29uZGl0aW9uIjp7IklwQWRkcmVzcyI6eyJBV1M6U291cmNlSXAiOiIxOTIuMC4yLjAvMjQifSwiRGF0ZUxlc3NUaGFuIjp7IkFXUzpFcG9jaFRpbWUiOjE0MjY1MDAwMDB9fX1dfQ__",
		},
		{
			`{"Statement":[{"Resource":"https://example.com/a","Condition":{"DateLessThan":{"AWS:EpochTime":1257894000}}}]}`,
			"eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cHM6Ly9leGFtcGxlLmNvbS9hIiwiQ29uZGl0aW9uIjp7IkRhdGVMZXNzVGhhbiI6eyJBV1M6RXBvY2hUaW1lIjoxMjU3ODk0MDAwfX19XX0_",
		},
	} {
		if got := encode([]byte(v.text)); got != v.encoded {
			t.Errorf("encoded %s\nwant    %s", got, v.encoded)
		}
	}
}

// TestTheSDKsSignaturesVerify: the SDK's URL signer, with both kinds of key,
// canned and custom, is understood.
func TestTheSDKsSignaturesVerify(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for id, key := range map[string]crypto.Signer{"K1": b.ec, "KRSA": b.rsa} {
		signer := sign.NewURLSigner(id, key)
		canned, err := signer.Sign(base+prefix+"a.mp4?x=1", now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		wild, err := signer.SignWithPolicy(base+prefix+"a.mp4", sign.NewCannedPolicy(base+prefix+"*", now.Add(time.Minute)))
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{canned, wild} {
			if err := b.verify(request(target)); err != nil {
				t.Errorf("%s: %v", target, err)
			}
		}
	}
}

func TestDenialLooksLikeCloudFronts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var denial *cloudfront.Denial
	if !errors.As(b.verify(request(base+prefix+"x")), &denial) {
		t.Fatal("not denied")
	}
	w := httptest.NewRecorder()
	denial.ServeHTTP(w, request(base+prefix+"x"))
	want := `<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>`
	if w.Code != http.StatusForbidden || w.Body.String() != want || w.Header().Get("Content-Type") != "text/xml" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestVerifierRefusesWeakKeys(t *testing.T) {
	t.Parallel()
	small, _ := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	for name, keys := range map[string]map[string]crypto.PublicKey{"none": nil, "P-224": {"K": small.Public()}, "a string": {"K": "x"}} {
		if _, err := cloudfront.NewVerifier(keys, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b?c", true},
		{"?", "", false},
		{"?", "ab", false},
		{"a*b*c", "aXbYc", true},
		{"a*b*c", "aXbYcZ", false},
		{"a*b?", "abbb", true},
		{"**a", "a", true},
		{strings.Repeat("*a", 20) + "b", strings.Repeat("a", 5000), false},
	} {
		if got := cloudfront.Match(tt.pattern, tt.text); got != tt.want {
			t.Errorf("Match(%.20q, %.20q) = %v", tt.pattern, tt.text, got)
		}
	}
}

// FuzzVerify: nothing but the signer's own grant opens the prefix.
func FuzzVerify(f *testing.F) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	verifier, err := cloudfront.NewVerifier(map[string]crypto.PublicKey{"K1": key.Public()}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Policy=e30_&Signature=AA__&Key-Pair-Id=K1", "CloudFront-Policy=e30_")
	f.Add("Expires=9999999999&Signature=AA__&Key-Pair-Id=K1&Hash-Algorithm=SHA256", "")
	f.Fuzz(func(t *testing.T, query, cookie string) {
		r := &http.Request{Method: http.MethodGet, Host: "h", URL: &url.URL{Path: prefix + "x", RawQuery: query}, Header: http.Header{"Cookie": {cookie}}}
		if verifier.Verify(r, "https", netip.Addr{}) == nil {
			t.Fatalf("served %q with %q", query, cookie)
		}
	})
}
