package webhooks

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// secretPrefix begins every secret.
const secretPrefix = "whsec_"

// NewSecret mints a secret of 256 random bits.
func NewSecret() string {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails, see crypto/rand
	return secretPrefix + base64.StdEncoding.EncodeToString(key[:])
}

// signature is the value of webhook-signature: one signature for each secret
// that is in force, "v1," and the HMAC of id, time and body.
func signature(id string, at time.Time, body []byte, secrets ...string) (string, error) {
	signatures := make([]string, 0, len(secrets))
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil || !strings.HasPrefix(secret, secretPrefix) {
			return "", errors.New("secret is not of the form whsec_…")
		}
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + ".")) // a hash takes everything
		_, _ = mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(signatures, " "), nil
}
