package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// safe is Secrets Manager: current values by name; all secrets that are asked for exist.
type safe struct {
	values map[string]string
	put    func(name string)
	staged map[string]versions // of secrets with more than a current value
}

// DescribeSecret tells which versions there are.
func (s safe) DescribeSecret(_ context.Context, in *secretsmanager.DescribeSecretInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error) {
	out := &secretsmanager.DescribeSecretOutput{VersionIdsToStages: map[string][]string{}}
	if _, there := s.values[*in.SecretId]; there {
		out.VersionIdsToStages["1"] = []string{stageCurrent}
	}
	for stage, id := range s.staged[*in.SecretId] {
		out.VersionIdsToStages[id] = append(out.VersionIdsToStages[id], stage)
	}
	return out, nil
}

// PutSecretValue keeps a value.
func (s safe) PutSecretValue(_ context.Context, in *secretsmanager.PutSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error) {
	s.put(*in.SecretId)
	for _, stage := range in.VersionStages {
		s.staged[*in.SecretId][stage] = "new"
	}
	if len(in.VersionStages) == 0 {
		s.values[*in.SecretId] = *in.SecretString
	}
	return &secretsmanager.PutSecretValueOutput{}, nil
}

// UpdateSecretVersionStage moves a stage, and refuses what AWS refuses: one that is
// not where it is said to be.
func (s safe) UpdateSecretVersionStage(_ context.Context, in *secretsmanager.UpdateSecretVersionStageInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.UpdateSecretVersionStageOutput, error) {
	of := s.staged[*in.SecretId]
	if of[*in.VersionStage] != aws.ToString(in.RemoveFromVersionId) {
		return nil, &smtypes.InvalidParameterException{}
	}
	delete(of, *in.VersionStage)
	if in.MoveToVersionId != nil {
		of[*in.VersionStage] = *in.MoveToVersionId
	}
	return &secretsmanager.UpdateSecretVersionStageOutput{}, nil
}

func TestKeysAreMadeOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	values := map[string]string{}
	b.aws.secrets = safe{values: values, put: func(name string) {
		if slot, ok := strings.CutPrefix(name, "rounds/production/signing-key-"); ok && b.kept["keys/signing-public-"+slot] == "" {
			t.Errorf("%s: a private key was kept before its public half", name)
		}
	}}
	if err := b.makeKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"rounds/production/master-key", "rounds/production/signing-key-a", "rounds/production/signing-key-b"}
	if got := slices.Sorted(maps.Keys(values)); !slices.Equal(got, want) {
		t.Fatalf("made %v, want %v", got, want)
	}
	if values[want[1]] == values[want[2]] {
		t.Error("both signing keys are the same")
	}
	first := maps.Clone(values)
	if err := b.makeKeys(t.Context()); err != nil || !maps.Equal(first, values) {
		t.Errorf("made again: %v", err)
	}
	for name, value := range values {
		if strings.Contains(b.out.String(), value) || slices.Contains(slices.Collect(maps.Values(b.kept)), value) {
			t.Errorf("%s was told", name)
		}
	}
}

func TestKeysAreAsRoundsTakesThem(t *testing.T) {
	t.Parallel()
	master, err := newMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := base64.StdEncoding.DecodeString(master.secret); len(raw) != 32 || err != nil {
		t.Errorf("master key of %d bytes, %v", len(raw), err)
	}
	signing, err := newSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.ParsePKCS8PrivateKey(decoded(t, "PRIVATE KEY", signing.secret))
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(decoded(t, "PUBLIC KEY", signing.public))
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := private.(*ecdsa.PrivateKey); !ok || p.Curve.Params().Name != "P-256" || !p.PublicKey.Equal(public) {
		t.Errorf("%T does not belong to %T, or is not P-256", private, public)
	}
}

func decoded(t *testing.T, kind, text string) []byte {
	t.Helper()
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != kind || len(rest) != 0 {
		t.Fatalf("no PEM of a %s", kind)
	}
	return block.Bytes
}
