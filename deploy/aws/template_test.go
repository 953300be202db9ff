package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const here project = "../.."

// TestOrder holds the order to the templates: each is made once, and what is no
// template is something that make knows.
func TestOrder(t *testing.T) {
	t.Parallel()
	order, err := here.order()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(here.path("deploy", "cloudformation", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"migration", "rollout", "terraform"}
	for _, file := range files {
		want = append(want, strings.TrimSuffix(filepath.Base(file), ".yaml"))
	}
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(order)); !slices.Equal(got, want) {
		t.Errorf("stacks.yaml has %v, want %v", got, want)
	}
	if slices.Index(order, "security") != 0 {
		t.Error("security is not the first: the others are encrypted with its keys")
	}
}

func TestTemplatesAreRead(t *testing.T) {
	t.Parallel()
	order, err := here.order()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range order {
		if _, err := os.Stat(here.path("deploy", "cloudformation", step+".yaml")); err != nil {
			continue
		}
		found, err := here.template(step)
		if err != nil {
			t.Errorf("%s: %v", step, err)
			continue
		}
		if len(found.parameters) == 0 || found.text == "" {
			t.Errorf("%s: parameters %+v", step, found.parameters)
		}
		if (found.asks.Region != "") != (step == "edge") {
			t.Errorf("%s is in the region %q", step, found.asks.Region)
		}
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	network, err := here.template("network")
	if err != nil {
		t.Fatal(err)
	}
	if network.asks.Settings["CloudFrontPrefixList"] != "cloudfront-prefix-list" || network.asks.From["LogsKeyArn"] != "security/logs-key-arn" {
		t.Errorf("asks %+v", network.asks)
	}
	at := slices.IndexFunc(network.parameters, func(p parameter) bool { return p.name == "CidrPrefix" })
	if at < 0 || !network.parameters[at].hasDefault || network.parameters[at].description == "" {
		t.Errorf("parameters %+v", network.parameters)
	}
	if edge, err := here.template("edge"); err != nil || edge.asks.FromHome["MediaBucket"] != "storage/media-bucket" {
		t.Errorf("edge asks %+v, %v", edge.asks, err)
	}
}

// TestEnvironments: what is written is what a template gets, a number too.
func TestEnvironments(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"development", "staging", "production"} {
		e, err := here.environment(name)
		if err != nil {
			t.Fatal(err)
		}
		if e.Region != "eu-west-1" || e.Parameters["DomainName"] == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	e, err := here.environment("development")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"CidrPrefix": "10.41", "CacheBytes": "30000000000", "NatPerZone": "false", "MailRate": "1"} {
		if got := e.Parameters[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestWhatIsNotYAML(t *testing.T) {
	t.Parallel()
	there := project(t.TempDir())
	if err := os.MkdirAll(there.path("deploy", "aws"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"region: [", "parameters: {}"} {
		if err := os.WriteFile(there.path("deploy", "aws", "staging.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := there.environment("staging"); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
