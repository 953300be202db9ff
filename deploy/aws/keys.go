package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// vault is what is used of Secrets Manager. What is in a secret is never read.
type vault interface {
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
	PutSecretValue(context.Context, *secretsmanager.PutSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error)
	UpdateSecretVersionStage(context.Context, *secretsmanager.UpdateSecretVersionStageInput, ...func(*secretsmanager.Options)) (*secretsmanager.UpdateSecretVersionStageOutput, error)
}

// key is one that was just made; public is what may be shown of it.
type key struct{ secret, public string }

// makeKeys makes the master key and the signing keys where they are missing. They
// are never written to a disk here.
func (d *deployment) makeKeys(ctx context.Context) error {
	if err := d.fill(ctx, "master-key", newMasterKey, ""); err != nil {
		return err
	}
	for _, slot := range []string{"a", "b"} {
		if err := d.fill(ctx, "signing-key-"+slot, newSigningKey, "keys/signing-public-"+slot); err != nil {
			return err
		}
	}
	return nil
}

// fill makes a key for a secret that has no value yet, and keeps its public half as
// the parameter of that name.
func (d *deployment) fill(ctx context.Context, name string, make func() (key, error), public string) error {
	secret := "rounds/" + d.name + "/" + name
	if there, err := d.hasValue(ctx, secret); there || err != nil {
		return err
	}
	made, err := make()
	if err != nil {
		return fmt.Errorf("make %s: %w", secret, err)
	}
	if public != "" { // first: a private key without its public half could not be used
		if err := d.kept.keep(ctx, public, made.public); err != nil {
			return err
		}
	}
	if _, err := d.aws.secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &secret, SecretString: &made.secret}); err != nil {
		return fmt.Errorf("the secret %s: %w", secret, err)
	}
	d.say("%s: made", secret)
	return nil
}

func (d *deployment) hasValue(ctx context.Context, secret string) (bool, error) {
	found, err := d.versions(ctx, secret)
	return found[stageCurrent] != "", err
}

// newMasterKey makes 32 bytes in base64, as ROUNDS_MASTER_KEY_FILE takes them.
func newMasterKey() (key, error) {
	b := make([]byte, 32)
	_, err := rand.Read(b)
	return key{secret: base64.StdEncoding.EncodeToString(b)}, err
}

// newSigningKey makes an ECDSA P-256 key as CloudFront and Rounds take it: private
// PKCS#8 and public (RFC 5208, RFC 5280), PEM.
func newSigningKey() (key, error) {
	made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return key{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(made)
	if err != nil {
		return key{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(made.Public())
	if err != nil {
		return key{}, err
	}
	return key{inPEM("PRIVATE KEY", private), inPEM("PUBLIC KEY", public)}, nil
}

func inPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
