package catalogdb

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

func insertRule(ctx context.Context, tx pgx.Tx, id catalog.ProgramID, r catalog.Rule, note string) error {
	if r.Rounding == "" {
		r.Rounding = catalog.RoundNone
	}
	_, err := tx.Exec(ctx, `
		insert into program_rules (program_id, version, threshold_percent, counts, max_rate, rounding, created_by, note)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, r.Version, r.ThresholdPercent, r.Counts, r.MaxRate, r.Rounding, identity.FromContext(ctx).Actor(), note)
	return err
}

// changeRule makes to the next version of a program's rule and records what it
// has completed. The caller holds the program's row.
func (s *Store) changeRule(ctx context.Context, tx pgx.Tx, id catalog.ProgramID, from, to catalog.Rule, note string) error {
	to.Version = from.Version + 1
	if err := insertRule(ctx, tx, id, to, note); err != nil {
		return err
	}
	if err := s.hooks.RuleChanged(ctx, tx, id); err != nil {
		return err
	}
	return audit(ctx, tx, "program.rule", aboutProgram, string(id), map[string]any{
		"rule_version": to.Version, "threshold_percent": to.ThresholdPercent, "counts": to.Counts,
		"max_rate": to.MaxRate, "rounding": to.Rounding, "note": note,
	})
}

// SetRule makes a rule the next version of a program's, and returns it; the
// same as the one in force makes none. replaces, unless 0, is the version that
// whoever set it has seen: catalog.ErrVersionMismatch when it is not in force.
func (s *Store) SetRule(ctx context.Context, id catalog.ProgramID, r catalog.Rule, note string, replaces int) (set catalog.SetRule, err error) {
	defer wrap(&err, "set rule of program %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, "programs", string(id), nil); err != nil {
			return err
		}
		p, err := readProgram(ctx, tx, nil, id)
		if err != nil {
			return err
		}
		if replaces != 0 && replaces != p.Rule.Version {
			return catalog.ErrVersionMismatch
		}
		if r.Version = p.Rule.Version; r != p.Rule {
			if err := s.changeRule(ctx, tx, id, p.Rule, r, note); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `update programs set version = version + 1, updated_at = now() where id = $1`, id); err != nil {
				return err
			}
		}
		rows, err := tx.Query(ctx, selectRules+` order by version desc limit 1`, id)
		if err != nil {
			return err
		}
		set, err = pgx.CollectExactlyOneRow(rows, scanRule)
		return err
	})
	return set, err
}

const selectRules = `
	select version, threshold_percent::float8, counts, max_rate::float8, rounding, created_at, created_by, note
	from program_rules where program_id = $1`

func scanRule(row pgx.CollectableRow) (r catalog.SetRule, err error) {
	err = row.Scan(&r.Version, &r.ThresholdPercent, &r.Counts, &r.MaxRate, &r.Rounding, &r.At, &r.By, &r.Note)
	return r, err
}

// Rules lists the versions of a program's rule, newest first, to who may see the program.
func (s *Store) Rules(ctx context.Context, who identity.Principal, id catalog.ProgramID, p catalog.PageRequest) (page catalog.Page[catalog.SetRule], err error) {
	defer wrap(&err, "list rules of program %q", id)
	if _, err := readProgram(ctx, s.db, viewer(who), id); err != nil {
		return page, err
	}
	before := 1 << 30
	if p.Cursor != "" {
		cursor, err := catalog.ParseCursor(p.Cursor)
		if err != nil {
			return page, err
		}
		if before, err = strconv.Atoi(cursor.ID); err != nil {
			return page, catalog.Invalid("query.cursor", "Use the next_cursor of the page before, unchanged.")
		}
	}
	rows, err := s.db.Query(ctx, selectRules+` and version < $2 order by version desc limit $3`, id, min(before, 1<<30), p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanRule)
	return paged(items, err, p, func(r catalog.SetRule) catalog.Cursor { return catalog.Cursor{ID: strconv.Itoa(r.Version)} })
}
