package cloudfront

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // G505: what CloudFront signs with by default
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Denial is CloudFront's refusal of a request: always 403, with a body in XML.
type Denial struct {
	Code    string // "MissingKey", "InvalidKey", "MalformedPolicy", "MalformedSignature" or "AccessDenied"
	Message string
	Reason  string // for the log only: what is wrong with the grant
}

func (d *Denial) Error() string { return d.Code + ": " + d.Reason }

// ServeHTTP writes the refusal as CloudFront does.
func (d *Denial) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + d.Code + `</Code><Message>` + d.Message + `</Message></Error>`
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusForbidden)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(body)) // the client may be gone
	}
}

func denied(format string, args ...any) error {
	return &Denial{Code: "AccessDenied", Message: "Access denied", Reason: fmt.Sprintf(format, args...)}
}

func missingKey() error {
	message := "Missing Key-Pair-Id query parameter or cookie value"
	return &Denial{Code: "MissingKey", Message: message, Reason: "no key id"}
}

func unknownKey(id string) error {
	return &Denial{Code: "InvalidKey", Message: "Unknown Key", Reason: fmt.Sprintf("unknown key id %q", id)}
}

func malformedPolicy(reason string) error {
	return &Denial{Code: "MalformedPolicy", Message: "Malformed Policy", Reason: reason}
}

func malformedSignature(reason string) error {
	return &Denial{Code: "MalformedSignature", Message: "Could not unencode Signature", Reason: reason}
}

// Verifier judges requests by the grant they carry. It is safe for concurrent use.
type Verifier struct {
	keys map[string]crypto.PublicKey
	now  func() time.Time
	// known are the policies whose signature was right: a player sends the same
	// cookies with every segment, and checking an ECDSA signature costs as much as
	// serving a small file. Dates and resource are judged every time.
	known *recent[grantName, policyJSON]
}

// NewVerifier takes the public keys by id: ECDSA P-256 or RSA of 2048 bits. now
// may be nil for time.Now.
func NewVerifier(keys map[string]crypto.PublicKey, now func() time.Time) (*Verifier, error) {
	if len(keys) == 0 {
		return nil, errors.New("no public key to verify with")
	}
	for id, key := range keys {
		switch k := key.(type) {
		case *ecdsa.PublicKey:
			if k.Curve.Params().BitSize != 256 {
				return nil, fmt.Errorf("public key %q: ECDSA, but not P-256", id)
			}
		case *rsa.PublicKey:
			if k.N.BitLen() != 2048 {
				return nil, fmt.Errorf("public key %q: RSA of %d bits, want 2048", id, k.N.BitLen())
			}
		default:
			return nil, fmt.Errorf("public key %q: %T is neither ECDSA nor RSA", id, key)
		}
	}
	if now == nil {
		now = time.Now
	}
	return &Verifier{keys: keys, now: now, known: newRecent[grantName, policyJSON](maxKnown)}, nil
}

// ParsePublicKey reads a public key in PEM (PKIX).
func ParsePublicKey(text []byte) (crypto.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	return x509.ParsePKIXPublicKey(block.Bytes)
}

// grant is what a request carries, wherever it carries it.
type grant struct{ expires, policy, signature, keyID, hash string }

// Verify returns nil when CloudFront would serve this request, else a *Denial.
// scheme is the one the viewer used; address is the viewer's.
//
//   - One of Expires, Policy, Signature, Key-Pair-Id, Hash-Algorithm in the query
//     makes it a signed URL: the cookies are then ignored.
//   - A policy makes it a custom grant, else Expires makes it a canned one for
//     exactly this URL (without those five parameters).
//   - The signature is over the policy's bytes: SHA-1, or SHA-256 when
//     Hash-Algorithm says so.
//   - The resource matches the URL with * (any run, also over / and ?) and ?
//     (any one character); DateLessThan must be given and lie ahead;
//     DateGreaterThan must have passed; IpAddress is an IPv4 range.
//
// In one point it is stricter than CloudFront: a policy without a resource is
// refused, because nobody means to grant everything.
func (v *Verifier) Verify(r *http.Request, scheme string, address netip.Addr) error {
	g, resource, err := readGrant(r, scheme)
	if err != nil {
		return err
	}
	if g.keyID == "" {
		return missingKey()
	}
	name := g.name(resource)
	policy, found := v.known.get(name)
	if !found {
		if policy, err = v.readPolicy(g, resource); err != nil {
			return err
		}
		v.known.put(name, policy)
	}
	return policy.judge(resource, v.now(), address)
}

// readPolicy returns the policy of a grant whose signature is right.
func (v *Verifier) readPolicy(g grant, resource string) (policyJSON, error) {
	text, err := g.policyText(resource)
	if err != nil {
		return policyJSON{}, err
	}
	if err := v.verifySignature(g, text); err != nil {
		return policyJSON{}, err
	}
	var policy policyJSON
	if err := json.Unmarshal(text, &policy); err != nil || len(policy.Statement) != 1 {
		return policyJSON{}, malformedPolicy("policy is not one statement")
	}
	return policy, nil
}

// readGrant finds the grant and the URL it is held against.
func readGrant(r *http.Request, scheme string) (grant, string, error) {
	kept, params, err := splitQuery(r.URL.RawQuery)
	if err != nil {
		return grant{}, "", err
	}
	resource := scheme + "://" + r.Host + r.URL.EscapedPath()
	if kept != "" {
		resource += "?" + kept
	}
	if len(params) == 0 {
		params = cookieParams(r)
	}
	return grant{
		expires: params[paramExpires], policy: params[paramPolicy], signature: params[paramSignature],
		keyID: params[paramKeyPairID], hash: params[paramHash],
	}, resource, nil
}

// splitQuery takes CloudFront's own parameters out of a query and leaves the
// rest as it was.
func splitQuery(raw string) (kept string, params map[string]string, err error) {
	var rest []string
	for _, pair := range strings.Split(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if !isGrantParam(name) {
			rest = append(rest, pair)
			continue
		}
		if params == nil {
			params = map[string]string{}
		}
		if _, twice := params[name]; twice {
			return "", nil, denied("parameter %s is given twice", name)
		}
		if params[name], err = url.QueryUnescape(value); err != nil {
			return "", nil, denied("parameter %s is not encoded right", name)
		}
	}
	return strings.Join(rest, "&"), params, nil
}

func isGrantParam(name string) bool {
	switch name {
	case paramExpires, paramPolicy, paramSignature, paramKeyPairID, paramHash:
		return true
	default:
		return false
	}
}

// cookieParams reads the grant from cookies. Of several with one name the
// first counts: browsers send the one with the longest path first.
func cookieParams(r *http.Request) map[string]string {
	params := map[string]string{}
	for _, c := range r.Cookies() {
		name, ours := strings.CutPrefix(c.Name, cookiePrefix)
		if _, seen := params[name]; ours && !seen {
			params[name] = c.Value
		}
	}
	return params
}

// policyText is the JSON that was signed: sent along by a custom grant, built
// from the URL by a canned one.
func (g grant) policyText(resource string) ([]byte, error) {
	if g.policy != "" {
		text, err := decode(g.policy)
		if err != nil {
			return nil, malformedPolicy("policy is not base64")
		}
		return text, nil
	}
	if g.expires == "" {
		return nil, denied("neither policy nor expiry")
	}
	if _, err := strconv.ParseInt(g.expires, 10, 64); err != nil {
		return nil, denied("expiry is not a number")
	}
	return []byte(`{"Statement":[{"Resource":"` + resource + `","Condition":{"DateLessThan":{"AWS:EpochTime":` + g.expires + `}}}]}`), nil
}

// decode reads CloudFront's variant of base64: - for +, ~ for /, _ for =.
func decode(s string) ([]byte, error) {
	if strings.ContainsAny(s, "+/=\r\n") {
		return nil, errors.New("not CloudFront's alphabet")
	}
	return base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "~", "/", "_", "=").Replace(s))
}

func (v *Verifier) verifySignature(g grant, policy []byte) error {
	key, known := v.keys[g.keyID]
	if !known {
		return unknownKey(g.keyID)
	}
	signature, err := decode(g.signature)
	if err != nil {
		return malformedSignature("signature is not base64")
	}
	if len(signature) == 0 {
		return denied("signature is missing")
	}
	hash, digest, err := digestOf(g.hash, policy)
	if err != nil {
		return err
	}
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(k, digest, signature) {
			return nil
		}
	case *rsa.PublicKey:
		if rsa.VerifyPKCS1v15(k, hash, digest, signature) == nil {
			return nil
		}
	}
	return denied("signature is wrong")
}

func digestOf(algorithm string, policy []byte) (crypto.Hash, []byte, error) {
	switch algorithm {
	case "", "SHA1":
		sum := sha1.Sum(policy) //nolint:gosec // G401: CloudFront's default; forging needs a second preimage, not a collision
		return crypto.SHA1, sum[:], nil
	case "SHA256":
		sum := sha256.Sum256(policy)
		return crypto.SHA256, sum[:], nil
	default:
		return 0, nil, denied("hash algorithm %q is not known", algorithm)
	}
}

// policyJSON is a policy as CloudFront reads it.
type policyJSON struct {
	Statement []struct {
		Resource  string
		Condition struct {
			DateLessThan    *epoch
			DateGreaterThan *epoch
			IPAddress       *struct {
				Source string `json:"AWS:SourceIp"`
			} `json:"IpAddress"`
		}
	}
}

type epoch struct {
	Seconds int64 `json:"AWS:EpochTime"`
}

// judge holds a policy, whose signature is known to be right, against the request.
func (policy policyJSON) judge(resource string, now time.Time, address netip.Addr) error {
	statement := policy.Statement[0]
	condition := statement.Condition
	switch {
	case statement.Resource == "":
		return denied("policy names no resource")
	case !Match(statement.Resource, resource):
		return denied("policy is for another resource")
	case condition.DateLessThan == nil:
		return denied("policy never ends")
	case now.Unix() >= condition.DateLessThan.Seconds:
		return denied("policy has expired")
	case condition.DateGreaterThan != nil && now.Unix() <= condition.DateGreaterThan.Seconds:
		return denied("policy is not yet in force")
	case condition.IPAddress != nil && !inRange(condition.IPAddress.Source, address):
		return denied("policy is for another address")
	}
	return nil
}

// inRange tells whether an address is in an IPv4 range or equal to an IPv4 address.
func inRange(source string, address netip.Addr) bool {
	address = address.Unmap()
	if prefix, err := netip.ParsePrefix(source); err == nil {
		return prefix.Addr().Is4() && prefix.Contains(address)
	}
	single, err := netip.ParseAddr(source)
	return err == nil && single.Is4() && single == address
}

// Match tells whether text matches a pattern in which * stands for any run of
// characters, also none, and ? for exactly one. It takes linear space and at
// most len(pattern)·len(text) steps.
func Match(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark, p = p, t, p+1
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
