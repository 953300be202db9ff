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
	awsSDK  = "github.com/aws/..."
	pgx     = "github.com/jackc/pgx/v5/..."
	gin     = "github.com/gin-gonic/gin"
	huma    = "github.com/danielgtaylor/huma/v2/..."
	river   = "github.com/riverqueue/river/..."
	grafov  = "github.com/grafov/m3u8"
	ffgo    = "github.com/u2takey/ffmpeg-go"
	xsync   = "golang.org/x/sync/..."
	xsys    = "golang.org/x/sys/unix"
	scs     = "github.com/alexedwards/scs/..."
	kong    = "github.com/alecthomas/kong"
	goMail  = "github.com/wneessen/go-mail"
	tern    = "github.com/jackc/tern/v2/migrate"
	mp4ff   = "github.com/Eyevinn/mp4ff/..."
	catalog = "rounds/catalog"
	ident   = "rounds/catalog/identity"
)

// importTable is the architecture: a package that is not listed may not exist.
var importTable = map[string]importRule{
	"rounds/cmd/rounds": {module: []string{"rounds/..."}, libraries: []string{"..."}},

	"rounds/catalog":                 {},
	"rounds/catalog/identity":        {module: []string{catalog}},
	"rounds/catalog/identity/logins": {module: []string{catalog, ident}, libraries: []string{scs, pgx, xsync}},
	"rounds/catalog/ingest":          {module: []string{catalog, ident}, libraries: []string{awsSDK, pgx}},
	"rounds/catalog/notify":          {module: []string{catalog, ident}, libraries: []string{river, pgx, goMail}},
	"rounds/catalog/catalogdb":       {module: []string{catalog, ident}, libraries: []string{pgx}},
	"rounds/catalog/catalogapi":      {module: []string{catalog, ident}, libraries: []string{gin, huma}},

	"rounds/transcode":         {module: []string{catalog}, libraries: []string{xsync}},
	"rounds/transcode/ffmpeg":  {module: []string{catalog, "rounds/transcode"}, libraries: []string{ffgo, xsys, xsync}},
	"rounds/transcode/hls":     {module: []string{catalog, "rounds/transcode"}, libraries: []string{grafov, mp4ff, xsync}},
	"rounds/transcode/objects": {module: []string{catalog, "rounds/transcode"}, libraries: []string{awsSDK, xsync}},
	"rounds/transcode/jobs":    {module: []string{catalog, "rounds/transcode"}, libraries: []string{river, pgx, xsync}},

	"rounds/playback":             {module: []string{catalog}},
	"rounds/playback/cloudfront":  {module: []string{catalog, "rounds/playback"}, libraries: []string{awsSDK}},
	"rounds/playback/edge":        {module: []string{catalog, "rounds/playback"}, libraries: []string{awsSDK, xsync}},
	"rounds/playback/playbackdb":  {module: []string{catalog, ident, "rounds/playback"}, libraries: []string{pgx, xsync}},
	"rounds/playback/playbackapi": {module: []string{catalog, ident, "rounds/playback"}, libraries: []string{gin, huma}},

	"rounds/player": {},

	"rounds/deploy/schema":            {libraries: []string{pgx, tern, river}},
	"rounds/deploy/schema/schematest": {module: []string{catalog, "rounds/deploy/schema"}, libraries: []string{pgx}},
	"rounds/deploy/local":             {libraries: []string{kong, pgx, xsys}},
	"rounds/deploy/local/s3test":      {module: []string{catalog}, libraries: []string{awsSDK}},
}

// goPackage is what this test reads of `go list -json`.
type goPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
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
