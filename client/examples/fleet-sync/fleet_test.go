//go:build unix && fleet

// These tests take minutes, so only make fleet builds them: with -tags fleet.

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// What the tests of a fleet read: 100,200 records.
const (
	fleetTenants = 5
	fleetDays    = 60
	perWindow    = 167
	fleetWindows = fleetTenants * fleetDays * 2
	fleetRecords = fleetWindows * perWindow
)

// world is an embedded Kapture with the records of all tenants.
type world struct {
	*mock.Server
	keys    string          // the folder for -keys
	records map[string]bool // "tenant resource id"
}

func tenantNames() []string {
	var names []string
	for i := range fleetTenants {
		names = append(names, fmt.Sprintf("tenant%d", i))
	}
	return names
}

func newWorld(t *testing.T) *world {
	t.Helper()
	limits := mock.Limits{Records: 1_000_000, Bytes: 4 << 30, Journal: 1_000_000}
	w := &world{
		Server:  mock.Run(t, mock.WithLimits(limits)),
		keys:    t.TempDir(),
		records: map[string]bool{},
	}

	for _, tenant := range tenantNames() {
		if err := os.WriteFile(filepath.Join(w.keys, tenant), []byte(w.World(tenant).Key()), 0o600); err != nil {
			t.Fatal(err)
		}
		for day := range fleetDays {
			w.fill(t, tenant, may(1).AddDate(0, 0, day))
		}
	}

	if len(w.records) != fleetRecords {
		t.Fatalf("the mock has %d records", len(w.records))
	}
	return w
}

func (w *world) fill(t *testing.T, tenant string, day time.Time) {
	t.Helper()

	for i := range perWindow {
		created := day.Add(time.Duration(i) * time.Minute)

		customer := mock.Customer{
			Name:    fmt.Sprintf("Asha %d", i),
			Email:   fmt.Sprintf("asha%d@example.com", i),
			Created: created,
		}
		id, err := w.World(tenant).AddCustomer(customer)
		if err != nil {
			t.Fatal(err)
		}
		w.records[fmt.Sprint(tenant, " customers ", id)] = true

		ticket, err := w.World(tenant).AddTicket(mock.Ticket{Title: "Broken", Created: created})
		if err != nil {
			t.Fatal(err)
		}
		w.records[tenant+" tickets "+ticket] = true
	}
}

// build makes a program of this repository.
func build(t *testing.T, folder string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")

	out, err := exec.Command("go", "build", "-C", folder, "-o", program, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build in %s: %v: %s", folder, err, out)
	}
	return program
}

// worker is a process of fleet-sync work.
type worker struct {
	cmd *exec.Cmd
	log string // the file
}

func startWorker(t *testing.T, program, database string, args ...string) *worker {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()

	w := &worker{cmd: exec.Command(program, append([]string{"work"}, args...)...), log: log.Name()}
	w.cmd.Env = append(os.Environ(), "DATABASE_URL="+database)
	w.cmd.Stderr = log
	w.cmd.SysProcAttr = endWithParent()

	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	return w
}

func (w *worker) pid() int { return w.cmd.Process.Pid }

// said is what the process has logged.
func (w *worker) said() string {
	text, err := os.ReadFile(w.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (w *worker) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := w.cmd.Process.Signal(signal); err != nil {
		t.Fatalf("%v to a worker: %v", signal, err)
	}
}

func enqueueAll(t *testing.T, database string, limit rateLimit) {
	t.Helper()
	code, stdout, stderr := command(t, database, "enqueue",
		"-tenants", strings.Join(tenantNames(), ","),
		"-from", "2024-05-01", "-to", may(1).AddDate(0, 0, fleetDays-1).Format(time.DateOnly),
		"-rate", fmt.Sprint(limit.rate), "-burst", fmt.Sprint(limit.burst))
	if code != exitDone || stdout != fmt.Sprintf("planned %d windows\n", fleetWindows) {
		t.Fatalf("enqueue: exit %d: %s%s", code, stdout, stderr)
	}
}

// How fast one, two and four processes are, and how much processor time a record
// takes. Only the processor time is checked: the speed depends on the machine.
func TestFleetSpeed(t *testing.T) {
	needServer(t)
	const slots = 8                         // the default
	const cooldown = 100 * time.Millisecond // the default
	kapture := newWorld(t)
	fleetSync := build(t, ".")

	// The processor time of the only worker, with its start and end.
	var worked time.Duration
	for _, processes := range []int{1, 2, 4} {
		database := newDatabase(t)
		enqueueAll(t, database, rateLimit{rate: 1e6, burst: 1e6})

		var workers []*worker
		for range processes {
			workers = append(workers, startWorker(t, fleetSync, database,
				"-keys", kapture.keys, "-base-url", kapture.URL, "-until-complete",
				"-slots", strconv.Itoa(slots), "-fetch-cooldown", cooldown.String()))
		}
		for _, w := range workers {
			if err := w.cmd.Wait(); err != nil {
				t.Fatalf("a worker: %v\n%s", err, w.said())
			}
		}
		if processes == 1 {
			worked = processorTime(workers[0].cmd)
		}

		pool := openPool(t, database)
		var seconds float64
		err := pool.QueryRow(t.Context(),
			"SELECT extract(epoch FROM max(complete_since) - min(read_at))::float8 FROM kapture.window").Scan(&seconds)
		if err != nil {
			t.Fatal(err)
		}
		const format = "%d processes: %.0f windows/s, %.0f records/s " +
			"(MaxWorkers %d, FetchCooldown %v: at most %.0f windows/s)\n"
		fmt.Printf(format, processes, fleetWindows/seconds, fleetRecords/seconds,
			slots, cooldown, float64(processes*slots)/cooldown.Seconds())
	}

	nightly := nightlySync(t, kapture)
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / fleetRecords }
	fmt.Printf("processor time of a record: fleet-sync %.1f µs, nightly-sync %.1f µs, %.2f times as much\n",
		each(worked), each(nightly), float64(worked)/float64(nightly))
	if worked > 2*nightly {
		t.Errorf("fleet-sync takes more than twice the processor time of nightly-sync")
	}
}

// nightlySync reads the same records with nightly-sync, and returns the processor
// time that it took.
func nightlySync(t *testing.T, kapture *world) (total time.Duration) {
	t.Helper()
	program := build(t, "../nightly-sync")

	for _, tenant := range tenantNames() {
		cmd := exec.Command(program, "-base-url", kapture.URL, "-out", t.TempDir(),
			"-from", "2024-05-01", "-to", may(1).AddDate(0, 0, fleetDays-1).Format(time.DateOnly))
		cmd.Env = append(os.Environ(), "KAPTURE_TOKEN="+kapture.World(tenant).Key())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("nightly-sync: %v: %s", err, out)
		}
		total += processorTime(cmd)
	}
	return total
}

func processorTime(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

func openPool(t *testing.T, database string) *pgxpool.Pool {
	t.Helper()
	pool, err := openDatabase(t.Context(), database+"&application_name=test", 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// trial is a fleet that loses machines.
type trial struct {
	*testing.T
	kapture  *world
	pool     *pgxpool.Pool
	database string
	program  string

	running []*worker
	ended   []*worker
	kills   int
}

// The settings of the trial. A call that is on its way takes a slot, so slots
// bound how many calls can arrive late.
const (
	trialSlots     = 4
	trialProcesses = 4
)

var trialLimit = rateLimit{rate: 8, burst: 8}

// Workers are killed three times, twice with their leader among them, one is
// stopped for so long that its windows are given to others, and the database
// crashes. Still, every record is kept once, and the tenants' budgets hold.
func TestFleet(t *testing.T) {
	needServer(t)
	f := &trial{T: t, kapture: newWorld(t), database: newDatabase(t), program: build(t, ".")}
	enqueueAll(t, f.database, trialLimit)
	f.pool = openPool(t, f.database)
	f.countCompletions()

	f.start(2)
	f.waitFor("a tenth", fleetWindows/10)
	f.killLeader()
	f.start(3)

	f.waitFor("a quarter", fleetWindows/4)
	if err := shared.restart(); err != nil {
		t.Fatal(err)
	}

	f.waitFor("two fifths", fleetWindows*2/5)
	stopped := f.stopInAWindow()

	f.waitFor("three fifths", fleetWindows*3/5)
	f.kill(f.running[:2]...)
	f.start(2)

	f.waitFor("four fifths", fleetWindows*4/5)
	f.killLeader()
	f.start(1)

	f.resume(stopped)
	f.waitFor("all", fleetWindows)
	f.stopAll()

	f.checkWindows()
	f.checkBudgets()
	lost, doubled := f.compare()
	fmt.Printf("fleet: %d records, %d kills, %d lost, %d doubled\n", fleetRecords, f.kills, lost, doubled)
	if lost > 0 || doubled > 0 {
		t.Error("records were lost or doubled")
	}
	if t.Failed() {
		f.printLogs()
	}
}

// countCompletions records each completion of a window and each change of a
// record, so that one that happens twice is seen although the result is the same.
func (f *trial) countCompletions() {
	f.Helper()
	execute(f.T, f.pool, `
CREATE TABLE completions (tenant text, resource text, day date, generation integer, records integer);
CREATE TABLE writes (tenant text, resource text, id text);
CREATE FUNCTION count_completion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO completions VALUES (NEW.tenant, NEW.resource, NEW.day, NEW.generation, NEW.records);
    RETURN NULL;
END $$;
CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO writes VALUES (NEW.tenant, NEW.resource, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER count_completion AFTER UPDATE ON kapture.window
    FOR EACH ROW WHEN (NEW.state = 'complete') EXECUTE FUNCTION count_completion();
CREATE TRIGGER count_write AFTER INSERT OR UPDATE ON kapture.record
    FOR EACH ROW EXECUTE FUNCTION count_write();`)
}

func (f *trial) flags(jobTimeout, rescueAfter string) []string {
	return []string{
		"-keys", f.kapture.keys, "-base-url", f.kapture.URL, "-slots", strconv.Itoa(trialSlots),
		"-tickets-page-size", "100", "-job-timeout", jobTimeout, "-rescue-after", rescueAfter,
	}
}

func (f *trial) start(n int) {
	f.Helper()
	for range n {
		f.running = append(f.running, startWorker(f.T, f.program, f.database, f.flags("2s", "3s")...))
	}
}

// ask runs a query that returns a number. It fails while the database restarts.
func (f *trial) ask(sql string, args ...any) (n int, ok bool) {
	ctx, cancel := context.WithTimeout(f.Context(), 5*time.Second)
	defer cancel()
	err := f.pool.QueryRow(ctx, sql, args...).Scan(&n)
	return n, err == nil
}

// until waits until a query returns a number above 0.
func (f *trial) until(what, sql string, args ...any) {
	f.Helper()
	deadline := time.Now().Add(2 * time.Minute)

	for time.Now().Before(deadline) {
		if n, ok := f.ask(sql, args...); ok && n > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	f.printLogs()
	f.Fatalf("not after two minutes: %s", what)
}

// waitFor waits until a number of windows is complete.
func (f *trial) waitFor(share string, windows int) {
	f.Helper()
	f.until(share+" of the windows complete",
		"SELECT (count(*) >= $1)::int FROM kapture.window WHERE state = 'complete'", windows)
	f.Logf("%s: %s of the windows are complete", time.Now().Format(time.TimeOnly), share)
}

func (f *trial) kill(victims ...*worker) {
	f.Helper()
	for _, w := range slices.Clone(victims) {
		w.signal(f.T, syscall.SIGKILL)
		_ = w.cmd.Wait()
		f.kills++
		f.running = slices.DeleteFunc(f.running, func(other *worker) bool { return other == w })
		f.ended = append(f.ended, w)
	}
	f.Logf("%s: killed %d", time.Now().Format(time.TimeOnly), len(victims))
}

// killLeader kills the process that River's processes chose as their leader, and
// one more if there are more than two.
func (f *trial) killLeader() {
	f.Helper()
	var leader *worker

	for leader == nil {
		f.until("a leader", "SELECT count(*) FROM kapture.river_leader WHERE expires_at > now()")
		pid, _ := f.ask("SELECT split_part(leader_id, '-', -2)::int FROM kapture.river_leader")
		for _, w := range f.running {
			if w.pid() == pid {
				leader = w
			}
		}
		time.Sleep(100 * time.Millisecond) // the leader may have been killed before
	}

	victims := []*worker{leader}
	for _, w := range f.running {
		if w != leader && len(f.running) > 2 && len(victims) < 2 {
			victims = append(victims, w)
		}
	}
	f.kill(victims...)
}

// stoppedWorker was stopped while it read a window.
type stoppedWorker struct {
	*worker
	job, attempt int
}

// stopInAWindow stops a process while it reads a window. Its time-outs are long,
// so that the attempt continues when the process is resumed, and runs into the
// fence.
func (f *trial) stopInAWindow() stoppedWorker {
	f.Helper()
	w := startWorker(f.T, f.program, f.database, f.flags("3m", "4m")...)
	running := `
SELECT coalesce(max(id), 0) FROM kapture.river_job
WHERE state = 'running' AND split_part(attempted_by[array_upper(attempted_by, 1)], '-', -2)::int = $1`

	for {
		f.until("a window of the process that is to be stopped", running, w.pid())
		w.signal(f.T, syscall.SIGSTOP)

		time.Sleep(200 * time.Millisecond) // what was sent before is done by now
		job, _ := f.ask(running, w.pid())
		if job > 0 {
			attempt, _ := f.ask("SELECT attempt FROM kapture.river_job WHERE id = $1", job)
			f.Logf("%s: stopped a process in attempt %d of job %d", time.Now().Format(time.TimeOnly), attempt, job)
			return stoppedWorker{worker: w, job: job, attempt: attempt}
		}
		w.signal(f.T, syscall.SIGCONT)
	}
}

// resume continues a stopped process after another one has read its window, and
// waits until it has given up.
func (f *trial) resume(w stoppedWorker) {
	f.Helper()
	f.until("another attempt at the window of the stopped process",
		"SELECT count(*) FROM kapture.river_job WHERE id = $1 AND attempt > $2 AND state = 'completed'",
		w.job, w.attempt)
	w.signal(f.T, syscall.SIGCONT)
	f.Logf("%s: resumed it", time.Now().Format(time.TimeOnly))

	deadline := time.Now().Add(time.Minute)
	for !strings.Contains(w.said(), "gave up") {
		time.Sleep(50 * time.Millisecond)
		if time.Now().After(deadline) {
			f.Fatalf("the resumed process did not give up its window:\n%s", w.said())
		}
	}
	f.Logf("it gave up; %d of its attempts were stopped by the fence", strings.Count(w.said(), "error=\"gave up"))

	w.signal(f.T, syscall.SIGTERM)
	if err := w.cmd.Wait(); err != nil {
		f.Errorf("the resumed process: %v", err)
	}
	f.ended = append(f.ended, w.worker)
}

// stopAll ends the workers in order.
func (f *trial) stopAll() {
	f.Helper()
	for _, w := range f.running {
		w.signal(f.T, syscall.SIGTERM)
	}
	for _, w := range f.running {
		if err := w.cmd.Wait(); err != nil {
			f.Errorf("a worker that was to end: %v", err)
		}
	}
	f.ended = append(f.ended, f.running...)
	f.running = nil
}

// checkWindows fails if anything is unfinished, or left behind, after all workers
// have ended.
func (f *trial) checkWindows() {
	f.Helper()
	// The server sees the end of a process a moment later, and then drops its
	// temporary tables.
	f.until("the end of the workers' connections",
		"SELECT (count(*) = 0)::int FROM pg_stat_activity WHERE application_name = 'fleet-sync'")

	for what, sql := range map[string]string{
		"windows that are not complete": `
SELECT count(*) FROM kapture.window WHERE state <> 'complete' OR complete_since IS NULL`,
		"windows with another number of records": fmt.Sprintf(`
SELECT count(*) FROM kapture.window WHERE records <> %d`, perWindow),
		"jobs that are not completed": `
SELECT count(*) FROM kapture.river_job WHERE state <> 'completed'`,
		"transactions": `
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`,
		"locks": `
SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
	} {
		if n := number(f.T, f.pool, sql); n > 0 {
			f.Errorf("%d %s are left", n, what)
		}
	}
}

// checkBudgets compares the calls that arrived with the budget of their tenant.
// The stopped process had slots, too, in addition to trialProcesses.
func (f *trial) checkBudgets() {
	f.Helper()
	calls := map[string][]time.Time{}
	for _, call := range f.kapture.Journal() {
		calls[call.World] = append(calls[call.World], call.Time)
	}

	for _, span := range []time.Duration{time.Second, 5 * time.Second} {
		most := 0
		for _, tenant := range tenantNames() {
			most = max(most, mostCalls(calls[tenant], span))
		}

		want := allowed(trialLimit, span, trialSlots*(trialProcesses+1))
		f.Logf("in no span of %v were there more than %d calls to a tenant; allowed are %d", span, most, want)
		if most > want {
			f.Errorf("a tenant got %d calls in %v, allowed are %d", most, span, want)
		}
	}
}

// compare counts the records that are missing, and those that were written more
// than once.
func (f *trial) compare() (lost, doubled int) {
	f.Helper()
	rows, err := f.pool.Query(f.Context(), "SELECT tenant || ' ' || resource || ' ' || id FROM kapture.record")
	if err != nil {
		f.Fatal(err)
	}
	there, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		f.Fatal(err)
	}

	missing := len(f.kapture.records)
	for _, record := range there {
		if f.kapture.records[record] {
			missing--
		} else {
			f.Errorf("a record that Kapture does not have: %s", record)
		}
	}

	doubled = number(f.T, f.pool, "SELECT count(*) - count(DISTINCT (tenant, resource, id)) FROM writes")
	doubled += number(f.T, f.pool, `
SELECT coalesce(sum(records), 0) FROM (
    SELECT records, row_number() OVER (PARTITION BY tenant, resource, day, generation) AS n FROM completions
) AS c WHERE n > 1`)
	return missing, doubled
}

func (f *trial) printLogs() {
	for _, w := range slices.Concat(f.ended, f.running) {
		text := w.said()
		f.Logf("worker %d:\n%s", w.pid(), text[max(0, len(text)-4000):])
	}
}
