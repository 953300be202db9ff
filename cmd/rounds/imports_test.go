package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// importRule says which packages of this module one package may import, and
// which third-party libraries have their home in it. A trailing "/..." stands
// for everything below.
type importRule struct {
	module    []string
	libraries []string
}

const (
	libAstisub  = "github.com/asticode/go-astisub"
	libAWS      = "github.com/aws/..."
	libPgx      = "github.com/jackc/pgx/v5/..."
	libGin      = "github.com/gin-gonic/gin"
	libHuma     = "github.com/danielgtaylor/huma/v2/..."
	libRiver    = "github.com/riverqueue/river/..."
	libGrafov   = "github.com/grafov/m3u8"
	libFfgo     = "github.com/u2takey/ffmpeg-go"
	libXsync    = "golang.org/x/sync/..."
	libXsys     = "golang.org/x/sys/unix"
	libWebauthn = "github.com/go-webauthn/webauthn/..."
	libOIDC     = "github.com/coreos/go-oidc/v3/oidc"
	libOAuth    = "golang.org/x/oauth2"
	libJose     = "github.com/go-jose/go-jose/v4"
	libScs      = "github.com/alexedwards/scs/..."
	libKong     = "github.com/alecthomas/kong"
	libGoMail   = "github.com/wneessen/go-mail/..."
	libPhones   = "github.com/nyaruka/phonenumbers"
	libOtel     = "go.opentelemetry.io/otel/..."
	libRiverUI  = "riverqueue.com/riverui"
	libTern     = "github.com/jackc/tern/v2/migrate"
	words       = "rounds/catalog"
	ident       = "rounds/catalog/identity"
)

// homed are libraries that even cmd reaches only through their home.
var homed = []string{libOtel, libRiverUI}

// importTable is the architecture: a package that is not listed may not exist.
var importTable = map[string]importRule{
	// Of the libraries, all but those that have a home of their own below.
	"rounds/cmd/rounds": {module: []string{"rounds/..."}, libraries: []string{"..."}},

	"rounds/cmd/rounds/doctor":    {module: []string{words, "rounds/playback/cloudfront", "rounds/deploy/care", "rounds/deploy/care/caredb", "rounds/deploy/care/buckets"}, libraries: []string{libAWS, libPgx}},
	"rounds/cmd/rounds/telemetry": {module: []string{words}, libraries: []string{libOtel, libPgx, libAWS}},

	"rounds/catalog":                      {},
	"rounds/catalog/identity":             {module: []string{words}},
	"rounds/catalog/identity/logins":      {module: []string{words, ident}, libraries: []string{libScs, libPgx, libXsync}},
	"rounds/catalog/identity/passkeys":    {module: []string{words, ident}, libraries: []string{libWebauthn}},
	"rounds/catalog/identity/sso":         {module: []string{words, ident}, libraries: []string{libOIDC, libOAuth}},
	"rounds/catalog/identity/sso/ssotest": {libraries: []string{libJose}},
	"rounds/catalog/ingest":               {module: []string{words, ident}, libraries: []string{libAWS, libPgx}},
	"rounds/catalog/notify":               {module: []string{words, ident}, libraries: []string{libRiver, libPgx, libGoMail, libAWS, libPhones}},
	"rounds/catalog/webhooks":             {module: []string{words}},
	"rounds/catalog/figures":              {},
	"rounds/catalog/catalogdb":            {module: []string{words, ident, "rounds/catalog/figures"}, libraries: []string{libPgx}},
	"rounds/catalog/catalogapi":           {module: []string{words, ident, "rounds/catalog/figures"}, libraries: []string{libGin, libHuma}},

	"rounds/transcode":          {module: []string{words}, libraries: []string{libXsync}},
	"rounds/transcode/captions": {module: []string{words, "rounds/transcode"}, libraries: []string{libAstisub}},
	"rounds/transcode/ffmpeg":   {module: []string{words, "rounds/transcode"}, libraries: []string{libFfgo, libXsys, libXsync}},
	"rounds/transcode/hls":      {module: []string{words, "rounds/transcode"}, libraries: []string{libGrafov, libXsync}},
	"rounds/transcode/objects":  {module: []string{words, "rounds/transcode"}, libraries: []string{libAWS, libXsync}},
	"rounds/transcode/jobs":     {module: []string{words, "rounds/transcode"}, libraries: []string{libRiver, libPgx, libXsync}},

	"rounds/transcode/jobs/queuepage": {libraries: []string{libRiver, libRiverUI, libPgx}},

	"rounds/playback":                {module: []string{words, "rounds/catalog/figures"}},
	"rounds/playback/attendance":     {module: []string{words, "rounds/playback"}},
	"rounds/playback/cloudfront":     {module: []string{words, "rounds/playback"}, libraries: []string{libAWS}},
	"rounds/playback/evidence":       {module: []string{words}},
	"rounds/playback/evidence/vault": {module: []string{words, "rounds/playback/evidence"}, libraries: []string{libAWS}},
	"rounds/playback/qoe":            {},
	"rounds/playback/edge":           {module: []string{words, "rounds/playback"}, libraries: []string{libAWS, libXsync}},
	"rounds/playback/playbackdb":     {module: []string{words, ident, "rounds/catalog/figures", "rounds/playback", "rounds/playback/evidence", "rounds/playback/qoe"}, libraries: []string{libPgx, libXsync}},
	"rounds/playback/playbackapi":    {module: []string{words, ident, "rounds/catalog/figures", "rounds/playback", "rounds/playback/evidence", "rounds/playback/qoe", "rounds/playback/attendance"}, libraries: []string{libGin, libHuma}},

	"rounds/player": {},

	"rounds/deploy/bench": {},
	"rounds/deploy/bench/transcode": {
		module: []string{words, "rounds/deploy/bench", "rounds/transcode", "rounds/transcode/ffmpeg", "rounds/transcode/hls"}, libraries: []string{libXsync, libXsys},
	},
	"rounds/deploy/bench/playback": {
		module:    []string{words, "rounds/deploy/bench", ident, "rounds/catalog/identity/logins", "rounds/playback", "rounds/playback/cloudfront", "rounds/playback/playbackdb", "rounds/deploy/schema", "rounds/deploy/local/pgtest"},
		libraries: []string{libPgx, libXsync},
	},
	"rounds/deploy/bench/catalog": {
		module:    []string{words, ident, "rounds/deploy/bench", "rounds/catalog/catalogdb", "rounds/playback/playbackdb", "rounds/deploy/schema", "rounds/deploy/local/pgtest"},
		libraries: []string{libPgx, libXsync},
	},
	"rounds/deploy/bench/player":      {module: []string{"rounds/deploy/bench"}},
	"rounds/deploy/load":              {module: []string{words, ident, "rounds/catalog/identity/logins"}, libraries: []string{libPgx, libXsync}},
	"rounds/deploy/aws":               {libraries: []string{libAWS, libKong, "go.yaml.in/yaml/v3"}},
	"rounds/deploy/backup":            {module: []string{words}, libraries: []string{libAWS, libXsync}},
	"rounds/deploy/care":              {module: []string{words}},
	"rounds/deploy/runbooks":          {},
	"rounds/deploy/care/caredb":       {module: []string{"rounds/deploy/care"}, libraries: []string{libPgx}},
	"rounds/deploy/care/careapi":      {module: []string{words, ident, "rounds/deploy/care"}, libraries: []string{libHuma}},
	"rounds/deploy/care/buckets":      {module: []string{"rounds/deploy/care"}, libraries: []string{libAWS}},
	"rounds/deploy/load/report":       {libraries: []string{libPgx, "github.com/prometheus/...", "gonum.org/v1/plot/..."}},
	"rounds/deploy/load/crowd":        {module: []string{words, ident, "rounds/catalog/identity/logins"}, libraries: []string{libPgx}},
	"rounds/deploy/scale":             {libraries: []string{libAWS}},
	"rounds/deploy/load/drills":       {module: []string{words, "rounds/deploy/load/crowd", "rounds/deploy/local/pgtest"}, libraries: []string{libPgx}},
	"rounds/deploy/schema":            {libraries: []string{libPgx, libTern, libRiver}},
	"rounds/deploy/release":           {},
	"rounds/deploy/secrets":           {libraries: []string{libAWS}},
	"rounds/deploy/schema/schematest": {module: []string{words, "rounds/deploy/schema"}, libraries: []string{libPgx}},
	"rounds/deploy/local":             {libraries: []string{libKong, libPgx, libXsys}},
	"rounds/deploy/local/s3test":      {module: []string{words}, libraries: []string{libAWS}},
	"rounds/deploy/local/pgtest":      {libraries: []string{libPgx}},
}

// goPackage is what this test reads of `go list -json`.
type goPackage struct {
	ImportPath string
	Imports    []string
}

// TestImports holds every package to the table.
func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		rule, listed := importTable[p.ImportPath]
		if !listed {
			t.Errorf("%s is not in the import table: decide who it may import, and add it", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if !allowed(rule, imported) {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
		}
	}
}

func allowed(rule importRule, imported string) bool {
	switch {
	case imported == "rounds" || strings.HasPrefix(imported, "rounds/"):
		return slices.ContainsFunc(rule.module, func(pattern string) bool { return matches(pattern, imported) })
	case !strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
		return true // the standard library
	case slices.Contains(rule.libraries, "...") && slices.ContainsFunc(homed, func(pattern string) bool { return matches(pattern, imported) }):
		return false
	default:
		return slices.ContainsFunc(rule.libraries, func(pattern string) bool { return matches(pattern, imported) })
	}
}

// matches tells whether a path is the pattern or, with "/...", below it.
func matches(pattern, path string) bool {
	if pattern == "..." {
		return true
	}
	base, tree := strings.CutSuffix(pattern, "/...")
	return path == base || tree && strings.HasPrefix(path, base+"/")
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "rounds/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
