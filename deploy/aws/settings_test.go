package main

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// lists are the names of AWS's prefix lists.
type lists []string

// DescribeManagedPrefixLists answers as EC2 does.
func (l lists) DescribeManagedPrefixLists(context.Context, *ec2.DescribeManagedPrefixListsInput, ...func(*ec2.Options)) (*ec2.DescribeManagedPrefixListsOutput, error) {
	out := &ec2.DescribeManagedPrefixListsOutput{}
	for _, name := range l {
		out.PrefixLists = append(out.PrefixLists, ec2types.ManagedPrefixList{PrefixListName: aws.String(name), PrefixListId: aws.String("pl-" + name)})
	}
	return out, nil
}

func TestGiven(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.kept["security/logs-key-arn"], b.kept["storage/media-bucket"] = "arn", "bucket"
	b.file.Parameters["CidrPrefix"] = "10.9"
	got, err := b.given(t.Context(), template{
		name: "x", parameters: []parameter{{name: "Environment"}, {name: "Version"}, {name: "LogsKeyArn"}, {name: "MediaBucket"}, {name: "CidrPrefix", hasDefault: true}, {name: "Else", hasDefault: true}},
		asks: asks{Settings: map[string]string{"Version": "version"}, From: map[string]string{"LogsKeyArn": "security/logs-key-arn"}, FromHome: map[string]string{"MediaBucket": "storage/media-bucket"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, p := range got {
		said = append(said, *p.ParameterKey+"="+*p.ParameterValue)
	}
	want := "Environment=production Version=v2 LogsKeyArn=/rounds/production/security/logs-key-arn MediaBucket=bucket CidrPrefix=10.9"
	if strings.Join(said, " ") != want {
		t.Errorf("got %v, want %s", said, want)
	}
}

// TestMissing: whoever deploys is told what is missing and where it belongs.
func TestMissing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.version, b.aws.network = "", lists{"com.amazonaws.global.s3"}
	for _, c := range []struct {
		asks asks
		want string
	}{
		{asks{From: map[string]string{"P": "security/logs-key-arn"}}, "/rounds/production/security/logs-key-arn is missing"},
		{asks{FromHome: map[string]string{"P": "storage/media-bucket"}}, "/rounds/production/storage/media-bucket is missing"},
		{asks{Settings: map[string]string{"P": "signing-public-a"}}, "/rounds/production/keys/signing-public-a is missing"},
		{asks{Settings: map[string]string{"P": "version"}}, "which version?"},
		{asks{Settings: map[string]string{"P": "cloudfront-prefix-list"}}, "the region eu-west-1 has no prefix list"},
		{asks{Settings: map[string]string{"P": "password"}}, "no template may ask for password"},
		{asks{}, "deploy/aws/production.yaml: parameters: P is missing (what it is)"},
	} {
		_, err := b.given(t.Context(), template{name: "x", parameters: []parameter{{name: "P", description: "what it is"}}, asks: c.asks})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	b.aws.network = lists{"other", cloudFrontAddresses}
	if id, err := b.setting(t.Context(), "cloudfront-prefix-list"); id != "pl-"+cloudFrontAddresses || err != nil {
		t.Errorf("prefix list %q, %v", id, err)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct{ asked, runs, want string }{{"v3", "v2", "v3"}, {"", "v2", "v2"}, {"", "", ""}} {
		delete(b.kept, "app/version")
		if c.runs != "" {
			b.kept["app/version"] = c.runs
		}
		if err := b.findVersion(t.Context(), c.asked); err != nil || b.version != c.want {
			t.Errorf("%+v: %q, %v", c, b.version, err)
		}
	}
}
