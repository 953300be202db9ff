package pgtest_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/deploy/local/pgtest"
)

// TestClusterSurvivesItsDeath: what was committed is there after a kill, and a
// frozen server answers when it is thawed.
func TestClusterSurvivesItsDeath(t *testing.T) {
	t.Parallel()
	c, err := pgtest.New(t.Context(), filepath.Join(pgtest.TempDir(t), "cluster"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop() })
	run := func(ctx context.Context, sql string) (n int, err error) {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err != nil {
			return 0, err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		err = conn.QueryRow(ctx, sql).Scan(&n)
		return n, err
	}
	conn, err := pgx.Connect(t.Context(), c.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `create table kept as select 7 as n`); err != nil {
		t.Fatal(err)
	}
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := run(t.Context(), `select n from kept`); err != nil || n != 7 {
		t.Errorf("%d, %v", n, err)
	}
	if err := c.Freeze(); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := run(short, `select 1`); err == nil {
		t.Error("a frozen server answers")
	}
	if err := c.Thaw(); err != nil {
		t.Fatal(err)
	}
	if n, err := run(t.Context(), `select n from kept`); err != nil || n != 7 {
		t.Errorf("thawed: %d, %v", n, err)
	}
}
