package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// postgresRoot is where Debian and Ubuntu install PostgreSQL, one folder a
// major version.
const postgresRoot = "/usr/lib/postgresql"

// errNoPostgres carries the command that helps.
var errNoPostgres = errors.New("PostgreSQL 15 or newer is missing: sudo apt-get install postgresql")

// findPostgres returns the folder of the PostgreSQL programs for a cluster: of
// its own version when it exists, otherwise the newest.
func findPostgres(root, dir string) (string, error) {
	version, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if err == nil {
		own := strings.TrimSpace(string(version))
		bin := filepath.Join(root, own, "bin")
		if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil { //nolint:gosec // our own cluster names the version
			return "", fmt.Errorf("the data was written by PostgreSQL %s, which is missing: sudo apt-get install postgresql-%s", own, own)
		}
		return bin, nil
	}
	found, err := filepath.Glob(filepath.Join(root, "*", "bin", "postgres"))
	if err != nil || len(found) == 0 {
		return "", errors.Join(errNoPostgres, err)
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) })
	if major(newest) < 15 {
		return "", errNoPostgres
	}
	return filepath.Dir(newest), nil
}

// major reads 15 out of /usr/lib/postgresql/15/bin/postgres.
func major(path string) int {
	number, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // anything else counts as 0
	return number
}
