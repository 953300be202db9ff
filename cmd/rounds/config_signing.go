package main

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"

	"rounds/deploy/secrets"
	"rounds/playback/cloudfront"
)

// signConfig names the key that signs cookies and URLs, or where several of them
// stand that take turns.
type signConfig struct {
	SigningKeyFile    string `type:"existingfile" env:"ROUNDS_SIGNING_KEY_FILE" help:"ECDSA P-256 private key (PKCS#8 PEM) that signs cookies and URLs for media."`
	SigningKey        string `env:"ROUNDS_SIGNING_KEY" help:"The same without a file; best by ROUNDS_SIGNING_KEY_SECRET or ROUNDS_SIGNING_KEY_KMS_FILE."`
	SigningKeyID      string `env:"ROUNDS_SIGNING_KEY_ID" help:"Id of its public key at CloudFront or at the edge."`
	SigningKeysFile   string `name:"signing-keys-file" env:"ROUNDS_SIGNING_KEYS_FILE" help:"In place of the three above, a JSON file of keys that take turns, [{id, key, from}]: the one with the latest time that has passed signs. It is read every minute, so a key that is replaced needs no restart."`
	SigningKeysSecret string `name:"signing-keys-secret" env:"ROUNDS_SIGNING_KEYS_SECRET" help:"The same from AWS Secrets Manager: ARN or name."`
}

// ringKey is one of a file of keys.
type ringKey struct {
	ID   string    `json:"id"`
	Key  string    `json:"key"`
	From time.Time `json:"from"`
}

// key returns the one key of a setting.
func (c signConfig) key() (*ecdsa.PrivateKey, error) {
	text, err := oneOf("ROUNDS_SIGNING_KEY", c.SigningKeyFile, c.SigningKey)
	if err != nil {
		return nil, err
	}
	return parseSigningKey("ROUNDS_SIGNING_KEY_FILE or ROUNDS_SIGNING_KEY", text)
}

func parseSigningKey(setting, text string) (*ecdsa.PrivateKey, error) {
	signer, err := sign.LoadPEMPrivKeyPKCS8AsSigner(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: not a PKCS#8 private key", setting)
	}
	key, ok := signer.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an ECDSA key", setting)
	}
	return key, nil
}

// takesTurns tells whether the keys are where they may be replaced.
func (c signConfig) takesTurns() bool { return c.SigningKeysFile != "" || c.SigningKeysSecret != "" }

// given tells whether there is any key.
func (c signConfig) given() bool {
	return c.takesTurns() || c.SigningKeyFile != "" || c.SigningKey != ""
}

// keys returns all keys there are.
func (c signConfig) keys(ctx context.Context) ([]cloudfront.Key, error) {
	if c.takesTurns() {
		if c.SigningKeyFile != "" || c.SigningKey != "" || c.SigningKeyID != "" || c.SigningKeysFile != "" && c.SigningKeysSecret != "" {
			return nil, errors.New("ROUNDS_SIGNING_KEYS_FILE or ROUNDS_SIGNING_KEYS_SECRET: give one of them, and no other signing key beside it")
		}
		return c.ring(ctx)
	}
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	if c.SigningKeyID == "" {
		return nil, errors.New("ROUNDS_SIGNING_KEY_ID: give the id of the public key")
	}
	return []cloudfront.Key{{ID: c.SigningKeyID, Key: key}}, nil
}

// ring reads the keys that take turns. Errors show nothing of them.
func (c signConfig) ring(ctx context.Context) ([]cloudfront.Key, error) {
	setting := "ROUNDS_SIGNING_KEYS_FILE"
	text, err := readValue(c.SigningKeysFile)
	if c.SigningKeysSecret != "" {
		setting = "ROUNDS_SIGNING_KEYS_SECRET"
		text, err = readSecret(ctx, c.SigningKeysSecret)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	var found []ringKey
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return nil, fmt.Errorf("%s: not a JSON list of keys", setting)
	}
	keys := make([]cloudfront.Key, 0, len(found))
	for _, k := range found {
		key, err := parseSigningKey(setting+", "+k.ID, k.Key)
		if err != nil {
			return nil, err
		}
		keys = append(keys, cloudfront.Key{ID: k.ID, Key: key, From: k.From})
	}
	return keys, nil
}

func readSecret(ctx context.Context, id string) (string, error) {
	reader, err := secrets.New(ctx)
	if err != nil {
		return "", err
	}
	return reader.Secret(ctx, id)
}

// age is since when a key signs, or how long ago it was put where it stands; 0:
// neither is known.
func (c signConfig) age(key cloudfront.Key) time.Duration {
	if !key.From.IsZero() {
		return time.Since(key.From)
	}
	for _, path := range []string{c.SigningKeyFile, c.SigningKeysFile} {
		if info, err := os.Stat(path); err == nil {
			return time.Since(info.ModTime())
		}
	}
	return 0
}

func (c signConfig) signer(ctx context.Context, base *url.URL) (*cloudfront.Signer, error) {
	keys, err := c.keys(ctx)
	if err != nil {
		return nil, err
	}
	return cloudfront.NewSigner(cloudfront.SignerConfig{BaseURL: base, Keys: keys})
}

// ringLook is how often keys that take turns are looked for.
const ringLook = time.Minute

// keepSigning follows keys that take turns until ctx ends.
func (s *server) keepSigning(ctx context.Context) error {
	look := time.NewTicker(ringLook)
	defer look.Stop()
	s.config.Sign.followKeys(ctx, s.log, s.signer, look.C)
	return nil
}

// followKeys gives the signer the keys that stand in their place at each look. When
// they cannot be read, or are no keys, those it has go on.
func (c signConfig) followKeys(ctx context.Context, log *slog.Logger, signer *cloudfront.Signer, look <-chan time.Time) {
	if !c.takesTurns() {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-look:
		}
		before := signer.KeyIDs()
		keys, err := c.keys(ctx)
		if err == nil {
			err = signer.Replace(keys)
		}
		switch now := signer.KeyIDs(); {
		case err != nil:
			log.WarnContext(ctx, "the signing keys cannot be read, those before go on", "error", err)
		case !slices.Equal(before, now):
			log.InfoContext(ctx, "signing keys were replaced", "before", before, "now", now)
		}
	}
}
