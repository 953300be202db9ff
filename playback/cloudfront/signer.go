package cloudfront

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"

	"rounds/catalog"
)

// Names of the cookies and of the query parameters that carry a grant.
const (
	cookiePrefix = "CloudFront-"

	paramExpires   = "Expires"
	paramPolicy    = "Policy"
	paramSignature = "Signature"
	paramKeyPairID = "Key-Pair-Id"
	paramHash      = "Hash-Algorithm"
)

// MaxCookieLife is the longest life of a cookie's policy: grants cannot be
// taken back one by one, so they must be short.
const MaxCookieLife = 15 * time.Minute

// Key is a private key and the id that CloudFront knows its public half by.
type Key struct {
	ID   string
	Key  *ecdsa.PrivateKey // P-256
	From time.Time         // signs from then on; zero: always
}

// SignerConfig is what a Signer needs.
type SignerConfig struct {
	BaseURL *url.URL         // scheme and host that browsers use, without a path
	Keys    []Key            // the key with the latest From that has passed signs
	Now     func() time.Time // nil: time.Now
}

// Signer grants access to objects of the media bucket. It is safe for
// concurrent use.
type Signer struct {
	base   string
	tls    bool
	keys   atomic.Pointer[[]Key]
	now    func() time.Time
	grants *recent[string, signedGrant] // the newest of each prefix
}

// NewSigner checks the configuration: a base URL without a path, at least one
// key, all of P-256, distinct ids, one of them in force already.
func NewSigner(config SignerConfig) (*Signer, error) {
	u := config.BaseURL
	if u == nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("base URL %v is not an http(s) address without a path", u)
	}
	s := &Signer{base: u.Scheme + "://" + u.Host, tls: u.Scheme == "https", now: config.Now, grants: newRecent[string, signedGrant](maxGrants)}
	if s.now == nil {
		s.now = time.Now
	}
	return s, s.Replace(config.Keys)
}

// Replace has other keys sign from now on. What the ones before have signed counts
// for as long as their public halves are believed. It checks as NewSigner does; when
// it fails, the keys before go on.
func (s *Signer) Replace(keys []Key) error {
	ids := map[string]bool{}
	for _, k := range keys {
		if k.ID == "" || ids[k.ID] || k.Key == nil || k.Key.Curve != elliptic.P256() {
			return fmt.Errorf("signing key %q: needs an id of its own and a P-256 key", k.ID)
		}
		ids[k.ID] = true
	}
	keys = slices.Clone(keys)
	if _, err := InForce(keys, s.now()); err != nil {
		return err
	}
	s.keys.Store(&keys)
	return nil
}

// KeyIDs names the keys there are, in their order.
func (s *Signer) KeyIDs() []string {
	var ids []string
	for _, k := range *s.keys.Load() {
		ids = append(ids, k.ID)
	}
	return ids
}

// key is the one that signs now.
func (s *Signer) key() (Key, error) { return InForce(*s.keys.Load(), s.now()) }

// InForce is the one of keys that signs at a time: the one with the latest From
// that has passed.
func InForce(keys []Key, at time.Time) (Key, error) {
	var best Key
	for _, k := range keys {
		if !k.From.After(at) && (best.Key == nil || k.From.After(best.From)) {
			best = k
		}
	}
	if best.Key == nil {
		return best, errors.New("no signing key is in force")
	}
	return best, nil
}

// Cookies grants everything below the recording's live prefix for life (at
// most MaxCookieLife) and tells when the grant ends. The cookies reach only
// that prefix, live as long as their policy, are hidden from scripts, stay on
// this site, and are Secure exactly when the base URL is https.
//
// A grant names a recording, not a viewer, so viewers who come within half a
// minute get the same one: a webinar with thousands of viewers, each renewing
// every ten seconds, costs two signatures a minute.
func (s *Signer) Cookies(id catalog.RecordingID, token string, life time.Duration) ([]*http.Cookie, time.Time, error) {
	prefix, err := mediaPrefix(id, token)
	if err != nil {
		return nil, time.Time{}, err
	}
	g, err := s.grant(prefix, min(life, MaxCookieLife))
	if err != nil {
		return nil, time.Time{}, err
	}
	values := map[string]string{paramPolicy: g.policy, paramSignature: g.signature, paramKeyPairID: g.keyID}
	return s.triple(prefix, values, int(g.expires.Sub(s.now())/time.Second)), g.expires, nil
}

// grant returns a signed wildcard policy for a prefix that ends in life, or up
// to shareGrants sooner.
func (s *Signer) grant(prefix string, life time.Duration) (signedGrant, error) {
	key, err := s.key()
	if err != nil {
		return signedGrant{}, err
	}
	expires := s.now().Add(life).Truncate(time.Second)
	if g, found := s.grants.get(prefix); found && g.keyID == key.ID && !g.expires.After(expires) && expires.Sub(g.expires) < min(shareGrants, life/2) {
		return g, nil
	}
	g := signedGrant{expires: expires}
	if g.policy, g.signature, g.keyID, err = s.sign(s.base+prefix+"*", expires); err == nil {
		s.grants.put(prefix, g)
	}
	return g, err
}

// Expire takes the recording's cookies away. It is used when the same login
// opens another recording: path-scoped triples would otherwise pile up until
// the browser drops the login's own cookie.
func (s *Signer) Expire(id catalog.RecordingID, token string) []*http.Cookie {
	prefix, err := mediaPrefix(id, token)
	if err != nil {
		return nil
	}
	return s.triple(prefix, nil, -1)
}

func (s *Signer) triple(path string, values map[string]string, maxAge int) []*http.Cookie {
	var cookies []*http.Cookie
	for _, name := range []string{paramPolicy, paramSignature, paramKeyPairID} {
		cookies = append(cookies, &http.Cookie{
			Name: cookiePrefix + name, Value: values[name], Path: path, MaxAge: maxAge,
			Secure: s.tls, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	}
	return cookies
}

// ObjectURL returns a signed URL of the one object with this media key. Its
// policy is canned: it names that object alone, so it is no pass for others.
func (s *Signer) ObjectURL(key string, life time.Duration) (string, error) {
	if _, _, _, ok := catalog.ParseMediaKey(key); !ok || strings.ContainsAny(key, "*?") {
		return "", fmt.Errorf("sign URL: %q is not a media key", key)
	}
	resource, expires := s.base+"/"+key, s.now().Add(life).Truncate(time.Second)
	_, signature, keyID, err := s.sign(resource, expires)
	if err != nil {
		return "", err
	}
	query := paramExpires + "=" + strconv.FormatInt(expires.Unix(), 10) +
		"&" + paramSignature + "=" + signature + "&" + paramKeyPairID + "=" + keyID
	return resource + "?" + query, nil
}

// Query grants everything below the recording's live prefix until expires, as
// a query to append to every URI: for clients that keep no cookies.
func (s *Signer) Query(id catalog.RecordingID, token string, expires time.Time) (string, error) {
	prefix, err := mediaPrefix(id, token)
	if err != nil {
		return "", err
	}
	policy, signature, keyID, err := s.sign(s.base+prefix+"*", expires)
	if err != nil {
		return "", err
	}
	return paramPolicy + "=" + policy + "&" + paramSignature + "=" + signature + "&" + paramKeyPairID + "=" + keyID, nil
}

// mediaPrefix is the path of a recording's live prefix. It refuses whatever
// would widen a wildcard.
func mediaPrefix(id catalog.RecordingID, token string) (string, error) {
	if id == "" || !catalog.ValidToken(token) || strings.ContainsAny(string(id), "/*?") {
		return "", fmt.Errorf("no grant without a recording and its token (recording %q)", id)
	}
	return "/" + catalog.MediaPrefix(id, token), nil
}

// sign signs a policy of one statement. The resource must name a place below
// the media folder: without one CloudFront would grant everything.
func (s *Signer) sign(resource string, expires time.Time) (policy, signature, keyID string, err error) {
	if !strings.HasPrefix(resource, s.base+"/media/") {
		return "", "", "", fmt.Errorf("sign policy: resource %q is not below /media/", resource)
	}
	key, err := s.key()
	if err != nil {
		return "", "", "", fmt.Errorf("sign policy: %w", err)
	}
	b64Signature, b64Policy, err := sign.NewCannedPolicy(resource, expires).Sign(crypto.Signer(key.Key))
	if err != nil {
		return "", "", "", fmt.Errorf("sign policy: %w", err)
	}
	return string(b64Policy), string(b64Signature), key.ID, nil
}
