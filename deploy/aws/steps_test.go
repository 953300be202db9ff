package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// refusing is IAM in an account that has all roles, or fails.
type refusing struct{ code string }

// CreateServiceLinkedRole answers as IAM does.
func (r refusing) CreateServiceLinkedRole(context.Context, *iam.CreateServiceLinkedRoleInput, ...func(*iam.Options)) (*iam.CreateServiceLinkedRoleOutput, error) {
	return nil, &smithy.GenericAPIError{Code: r.code, Message: "has been taken"}
}

// identity is STS of one account.
type identity struct{}

// GetCallerIdentity answers as STS does.
func (identity) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Account: aws.String("123456789012")}, nil
}

// withTerraform gives the bundle a project of its own and a terraform that writes
// down how it is run; it returns the lines.
func withTerraform(t *testing.T, b *testBundle, ends string) func() []string {
	t.Helper()
	folder := t.TempDir()
	b.project = project(folder)
	calls := filepath.Join(folder, "calls")
	script := "#!/bin/sh\necho \"$TF_IN_AUTOMATION ${TF_DATA_DIR##*/} $*\" >> " + calls + "\n" + ends + "\n"
	if err := os.WriteFile(filepath.Join(folder, "terraform"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	b.aws.account = identity{}
	return func() []string {
		text, err := os.ReadFile(calls)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(strings.ReplaceAll(string(text), folder, "HERE")), "\n")
	}
}

func TestDatabase(t *testing.T) {
	const first = "1 terraform-production -chdir=HERE/deploy/terraform init -input=false -backend-config=bucket=rounds-terraform-production-123456789012-eu-west-1 -backend-config=key=production.tfstate -backend-config=region=eu-west-1"
	const second = "1 terraform-production -chdir=HERE/deploy/terraform plan -input=false -var-file=production.tfvars -var=region=eu-west-1 -out=HERE/data/terraform-production.plan"
	const third = "1 terraform-production -chdir=HERE/deploy/terraform apply -input=false HERE/data/terraform-production.plan"
	for _, c := range []struct {
		name      string
		plan, yes bool
		ends      string
		wantError string
		want      []string
	}{
		{name: "agreed to", yes: true, want: []string{first, second, third}},
		{name: "not agreed to", wantError: "stopped", want: []string{first, second}},
		{name: "only the plan", plan: true, yes: true, want: []string{first, second}},
		{name: "it fails", yes: true, ends: "exit 3", wantError: "init failed", want: []string{first}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := setup(t)
			calls := withTerraform(t, b, c.ends)
			b.planOnly = c.plan
			if c.yes {
				b.agree = always
			}
			err := b.makeDatabase(t.Context())
			if c.wantError == "" && err != nil || c.wantError != "" && (err == nil || !strings.Contains(err.Error(), c.wantError)) {
				t.Errorf("got %v, want %q", err, c.wantError)
			}
			if got := calls(); !slices.Equal(got, c.want) {
				t.Errorf("ran\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestDown(t *testing.T) {
	b := setup(t)
	calls := withTerraform(t, b, "")
	if err := b.down(t.Context()); err == nil || !strings.Contains(err.Error(), "production is not taken down") {
		t.Errorf("production: %v", err)
	}
	b.name = "staging"
	if err := b.down(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing was deleted") {
		t.Errorf("nobody agreed: %v", err)
	}
	if len(b.done) != 0 || calls()[0] != "" {
		t.Fatalf("removed %v, ran %v", b.done, calls())
	}
	b.agree = always
	if err := b.down(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"app", "network", "security"}; !slices.Equal(b.done, want) {
		t.Errorf("removed %v, want %v", b.done, want)
	}
	want := "1 terraform-staging -chdir=HERE/deploy/terraform destroy -var-file=staging.tfvars -var=region=eu-west-1"
	if got := calls(); len(got) != 1 || got[0] != want {
		t.Errorf("ran %v, want %s", got, want)
	}
}

// TestPlanChangesNothing: of the fakes, those that change something are missing and
// would be a panic.
func TestPlanChangesNothing(t *testing.T) {
	b := setup(t)
	withTerraform(t, b, "")
	b.planOnly, b.agree = true, always
	kept := len(b.kept)
	if err := b.up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"security v2", "network v2", "app v2"}; !slices.Equal(b.done, want) || len(b.kept) != kept {
		t.Errorf("looked at %v, want %v; parameters %v", b.done, want, b.kept)
	}
	if !strings.Contains(b.out.String(), "ready: https://learn.example.org") {
		t.Errorf("said %q", b.out)
	}
}

func TestRolesThatAreThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for code, want := range map[string]bool{"InvalidInput": true, "EntityAlreadyExists": true, "AccessDenied": false} {
		b.aws.roles = refusing{code}
		if err := b.makeServiceRoles(t.Context()); (err == nil) != want {
			t.Errorf("%s: %v", code, err)
		}
	}
}
