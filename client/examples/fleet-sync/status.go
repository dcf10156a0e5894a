package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// progress is where a list of a tenant is.
type progress struct {
	Tenant, Resource                      string
	Pending, Open, Complete, Failed, Days int
	Records                               int64
	First, Last                           string
}

const progressQuery = `
SELECT tenant, resource,
    count(*) FILTER (WHERE state = 'pending') AS pending,
    count(*) FILTER (WHERE state = 'open') AS open,
    count(*) FILTER (WHERE state = 'complete') AS complete,
    count(*) FILTER (WHERE state = 'failed') AS failed,
    count(*) AS days, sum(records) AS records, min(day)::text AS first, max(day)::text AS last
FROM kapture.window GROUP BY tenant, resource ORDER BY tenant, resource`

// reason is why windows are not complete.
type reason struct {
	State, Tenant, Resource, Reason, First string
	Windows                                int
}

const reasonQuery = `
SELECT state, tenant, resource, reason, min(day)::text AS first, count(*) AS windows
FROM kapture.window WHERE state <> 'complete' AND reason <> ''
GROUP BY state, tenant, resource, reason ORDER BY state, windows DESC, tenant, resource LIMIT 50`

// status prints where the windows are, and returns how many are pending and how
// many failed.
func status(ctx context.Context, pool *pgxpool.Pool, out io.Writer) (pending, failed int, err error) {
	lists, err := query[progress](ctx, pool, progressQuery)
	if err != nil {
		return 0, 0, err
	}

	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "tenant\tresource\tpending\topen\tcomplete\tfailed\tof days\trecords\tfirst\tlast\t")
	for _, p := range lists {
		pending += p.Pending
		failed += p.Failed
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t\n",
			p.Tenant, p.Resource, p.Pending, p.Open, p.Complete, p.Failed, p.Days, p.Records, p.First, p.Last)
	}
	if err := table.Flush(); err != nil {
		return pending, failed, err
	}

	reasons, err := query[reason](ctx, pool, reasonQuery)
	if err != nil {
		return pending, failed, err
	}
	for _, r := range reasons {
		fmt.Fprintf(out, "%s: %d of %s %s, the first %s: %s\n",
			r.State, r.Windows, r.Tenant, r.Resource, r.First, r.Reason)
	}
	return pending, failed, nil
}

func query[T any](ctx context.Context, pool *pgxpool.Pool, sql string) ([]T, error) {
	rows, err := pool.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}
