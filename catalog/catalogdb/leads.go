package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// setLeads replaces who presents and who moderates a webinar.
func setLeads(ctx context.Context, tx pgx.Tx, w catalog.Webinar) error {
	for _, l := range []lead{
		{"webinar_presenters", "presenter_ids", "presenter", identity.RolePresenter, w.PresenterIDs},
		{"webinar_moderators", "moderator_ids", "moderator", identity.RoleModerator, w.ModeratorIDs},
	} {
		if err := l.set(ctx, tx, w.ID); err != nil {
			return err
		}
	}
	return nil
}

// lead is one of the parts that people have in a webinar.
type lead struct {
	table, field, word string
	role               identity.Role
	people             []catalog.AccountID
}

// set refuses whoever is newly named and has neither the role nor is an admin;
// a webinar can still be changed when one of its people has lost the role.
func (l lead) set(ctx context.Context, tx pgx.Tx, id catalog.WebinarID) error {
	if _, err := tx.Exec(ctx, `delete from `+l.table+` where webinar_id = $1 and account_id <> all(coalesce($2::text[], '{}'))`, id, l.people); err != nil {
		return err
	}
	for _, account := range l.people {
		var known, may bool
		err := tx.QueryRow(ctx, `
			select a.id is not null, coalesce(a.roles && array[$3, 'admin'] or l.account_id is not null, false)
			from (values ($2)) asked (id) left join accounts a on a.id = asked.id
			left join `+l.table+` l on l.webinar_id = $1 and l.account_id = asked.id`, id, account, l.role).Scan(&known, &may)
		switch {
		case err != nil:
			return err
		case !known:
			return &catalog.FieldError{Field: l.field, Code: "unknown_" + l.word, Message: "There is no account %s.", Args: []any{string(account)}}
		case !may:
			return &catalog.FieldError{Field: l.field, Code: "not_a_" + l.word, Message: "The account %s is no %s. Please give it the role first.", Args: []any{string(account), l.word}}
		}
		_, err = tx.Exec(ctx, `insert into `+l.table+` (webinar_id, account_id) values ($1, $2) on conflict do nothing`, id, account)
		if err != nil {
			return err
		}
	}
	return nil
}
