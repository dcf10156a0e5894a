-- The tables of fleet-sync, next to River's, in a schema with the name kapture.
-- Every statement can be run again.
--
-- River's tables are in this schema too: leader election and the rescue of stuck
-- jobs are per schema, and the leader discards stuck jobs whose kind it does not
-- know. So another program on River in the same database cannot lead these jobs.

-- A window is one day of one list of one tenant. This table is the truth: it
-- says what was read. River's jobs are only its errands and may be deleted.
CREATE TABLE IF NOT EXISTS kapture.window (
    tenant text COLLATE "C" NOT NULL,
    resource text COLLATE "C" NOT NULL,
    -- A calendar day of India, which is how Kapture lists records.
    day date NOT NULL,
    -- pending: a job of this generation reads it, or will.
    -- open: it was read before its day was over, so more records may follow.
    -- complete: it was read after its day was over.
    -- failed: its job gave up; the reason says why.
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'open', 'complete', 'failed')),
    -- How often the window was planned. A job of an earlier generation cannot
    -- complete it.
    generation integer NOT NULL DEFAULT 1,
    -- The job of this generation, as long as River keeps it.
    job bigint,
    -- The records of the last reading.
    records integer NOT NULL DEFAULT 0,
    -- Why it failed, why it waits, or what was unusual in the last reading.
    reason text NOT NULL DEFAULT '',
    -- When the last reading was asked for; null if there was none.
    read_at timestamptz,
    -- Since when it is complete; a later reading does not change it.
    complete_since timestamptz,
    PRIMARY KEY (tenant, resource, day)
);

CREATE INDEX IF NOT EXISTS window_unfinished ON kapture.window (state, tenant, resource, day)
    WHERE state <> 'complete';

-- The records, each once, as they were when they were last read.
CREATE TABLE IF NOT EXISTS kapture.record (
    tenant text COLLATE "C" NOT NULL,
    resource text COLLATE "C" NOT NULL,
    -- Kapture's identifier. A record without one is called nameless:DAY:NUMBER.
    id text COLLATE "C" NOT NULL,
    -- The window that had it in this form, and when that was asked for.
    day date NOT NULL,
    read_at timestamptz NOT NULL,
    -- When its form in this table changed last.
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The transaction that changed it last: see the view change.
    position bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    -- json keeps the text as it is; jsonb would refuse \u0000, which a customer's
    -- name can have, and drop repeated fields.
    raw json NOT NULL,
    PRIMARY KEY (tenant, resource, id)
);

CREATE INDEX IF NOT EXISTS record_position ON kapture.record (position);

-- What changed, for programs that follow:
--
--     SELECT * FROM kapture.change WHERE position > $last
--     ORDER BY position FETCH FIRST 1000 ROWS WITH TIES
--
-- and keep the largest position. A reader that remembers a time instead would
-- miss what was changed before that time and committed after it. The view shows
-- a change only once no older transaction is unfinished, so that no position
-- below one that was shown can appear later. For people, changed_at will do.
CREATE OR REPLACE VIEW kapture.change AS
SELECT position, changed_at, tenant, resource, id, day, read_at, raw
FROM kapture.record
WHERE position < pg_snapshot_xmin(pg_current_snapshot())::text::bigint;

-- The budget of calls of each tenant, shared by all machines.
CREATE TABLE IF NOT EXISTS kapture.budget (
    tenant text COLLATE "C" PRIMARY KEY,
    rate double precision NOT NULL CHECK (rate > 0), -- calls a second
    burst double precision NOT NULL CHECK (burst >= 1), -- calls at once
    tokens double precision NOT NULL, -- below 0: calls that wait for their turn
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The moment from which a day's list gets no more records: its end in India,
-- and the hour that the client leaves for clocks that differ.
CREATE OR REPLACE FUNCTION kapture.day_over(day date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS
$$ SELECT ((day + 1)::timestamp AT TIME ZONE INTERVAL '05:30') + INTERVAL '1 hour' $$;

CREATE OR REPLACE FUNCTION kapture.india_day(moment timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE AS
$$ SELECT (moment AT TIME ZONE INTERVAL '05:30')::date $$;

-- A job that gave up fails its window in the same transaction. A program could
-- not do this for all of them: River discards a job whose last attempt was
-- killed, and then no code of this program runs.
CREATE OR REPLACE FUNCTION kapture.fail_window() RETURNS trigger
LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE kapture.window
    SET state = 'failed',
        reason = coalesce(left(NEW.errors[array_upper(NEW.errors, 1)]->>'error', 500), 'the job was ' || NEW.state)
    WHERE tenant = NEW.args->>'tenant' AND resource = NEW.args->>'resource' AND day = (NEW.args->>'day')::date
        AND generation = (NEW.args->>'generation')::integer AND state = 'pending';

    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER fail_window AFTER UPDATE OF state ON kapture.river_job
FOR EACH ROW WHEN (NEW.kind = 'pull_window' AND NEW.state IN ('discarded', 'cancelled'))
EXECUTE FUNCTION kapture.fail_window();
