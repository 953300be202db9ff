package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectProgram = `
	select p.id, p.title, p.description, p.version, p.created_at, p.updated_at,
	       r.version, r.threshold_percent::float8, r.counts, r.max_rate::float8, r.rounding
	from programs p
	cross join lateral (select * from program_rules r where r.program_id = p.id order by r.version desc limit 1) r
	where p.deleted_at is null`

func scanProgram(row pgx.CollectableRow) (p catalog.Program, err error) {
	err = row.Scan(&p.ID, &p.Title, &p.Description, &p.Version, &p.CreatedAt, &p.UpdatedAt,
		&p.Rule.Version, &p.Rule.ThresholdPercent, &p.Rule.Counts, &p.Rule.MaxRate, &p.Rule.Rounding)
	return p, err
}

// CreateProgram stores a new program with the first version of its rule.
func (s *Store) CreateProgram(ctx context.Context, p catalog.Program) (made catalog.Program, err error) {
	defer wrap(&err, "create program")
	p.ID, p.Rule.Version = catalog.NewProgramID(), 1
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into programs (id, title, description) values ($1, $2, $3)`, p.ID, p.Title, p.Description); err != nil {
			return err
		}
		if err := insertRule(ctx, tx, p.ID, p.Rule, ""); err != nil {
			return err
		}
		made, err = readProgram(ctx, tx, nil, p.ID)
		if err != nil {
			return err
		}
		return audit(ctx, tx, "program.create", aboutProgram, string(p.ID), map[string]any{"title": p.Title})
	})
	return made, err
}

func readProgram(ctx context.Context, q querier, viewer *string, id catalog.ProgramID) (catalog.Program, error) {
	rows, err := q.Query(ctx, selectProgram+` and `+seesProgram+` and p.id = $2`, viewer, id)
	if err != nil {
		return catalog.Program{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanProgram)
}

// Program returns one program that who may see; catalog.ErrNotFound otherwise.
func (s *Store) Program(ctx context.Context, who identity.Principal, id catalog.ProgramID) (p catalog.Program, err error) {
	defer wrap(&err, "read program %q", id)
	return readProgram(ctx, s.db, viewer(who), id)
}

// Programs lists the programs that who may see, oldest first; no rehearsals.
func (s *Store) Programs(ctx context.Context, who identity.Principal, p catalog.PageRequest) (page catalog.Page[catalog.Program], err error) {
	defer wrap(&err, "list programs")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectProgram+noRehearsal+` and `+seesProgram+` and p.id > $2 order by p.id limit $3`,
		viewer(who), after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanProgram)
	return paged(items, err, p, func(p catalog.Program) catalog.Cursor { return catalog.Cursor{ID: string(p.ID)} })
}

// UpdateProgram reads a program, lets change alter it and stores it as its
// next version; a changed rule becomes the rule's next version.
// catalog.ErrVersionMismatch when version is not nil and not the present one.
func (s *Store) UpdateProgram(ctx context.Context, id catalog.ProgramID, version *int, change func(*catalog.Program) error) (p catalog.Program, err error) {
	defer wrap(&err, "update program %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, "programs", string(id), version); err != nil {
			return err
		}
		if p, err = readProgram(ctx, tx, nil, id); err != nil {
			return err
		}
		before := p.Rule
		if err := change(&p); err != nil {
			return err
		}
		if p.Rule != before {
			if err := s.changeRule(ctx, tx, id, before, p.Rule, ""); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `update programs set title = $2, description = $3, version = version + 1, updated_at = now() where id = $1`,
			id, p.Title, p.Description)
		if err != nil {
			return err
		}
		if p, err = readProgram(ctx, tx, nil, id); err != nil {
			return err
		}
		return audit(ctx, tx, "program.update", aboutProgram, string(id), map[string]any{"version": p.Version})
	})
	return p, err
}

// DeleteProgram makes a program and all in it invisible.
func (s *Store) DeleteProgram(ctx context.Context, id catalog.ProgramID, version *int) (err error) {
	defer wrap(&err, "delete program %q", id)
	return s.softDelete(ctx, aboutProgram, "programs", string(id), version)
}
