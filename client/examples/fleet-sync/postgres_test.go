//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// server is the PostgreSQL of these tests. All of them use it, each with its own
// database.
type server struct {
	bin    string // the folder of its programs
	folder string
	port   int
	owner  *syscall.Credential // nil: the user who runs the tests

	process  *exec.Cmd
	log      *os.File
	template string // a database with the tables
}

// shared is nil if there is no PostgreSQL. missing says why.
var (
	shared  *server
	missing string
)

func TestMain(m *testing.M) {
	// Workers in this process log failures, which tests of failures expect.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	quiet = slog.New(slog.DiscardHandler)

	var err error
	shared, err = startServer()
	if err != nil {
		missing = err.Error()
	}

	code := m.Run()
	if shared != nil {
		shared.remove()
	}
	if missing != "" {
		fmt.Println("SKIPPED what needs PostgreSQL:", missing)
	}
	os.Exit(code)
}

// needServer skips a test that cannot run here, and says why. With REQUIRE_ALL=1
// it fails instead.
func needServer(t *testing.T) *server {
	t.Helper()

	if shared == nil && os.Getenv("REQUIRE_ALL") == "1" {
		t.Fatalf("REQUIRE_ALL=1, but there is no PostgreSQL: %s", missing)
	}
	if shared == nil {
		t.Skipf("there is no PostgreSQL: %s", missing)
	}
	return shared
}

// newDatabase makes a database without tables and returns its URL.
func newDatabase(t *testing.T) string {
	t.Helper()
	return createDatabase(t, needServer(t))
}

func createDatabase(t *testing.T, s *server, args ...string) string {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	args = append(args, "-h", s.folder, "-p", strconv.Itoa(s.port), "-U", "fleet", name)

	if out, err := s.command("createdb", args...).CombinedOutput(); err != nil {
		t.Fatalf("createdb: %v: %s", err, out)
	}
	return fmt.Sprintf("postgres://fleet@/%s?host=%s&port=%d", name, s.folder, s.port)
}

var databases atomic.Int32

// newPool makes a database with the tables. It copies the first such database,
// which is faster than making the tables again.
func newPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	s := needServer(t)

	if s.template == "" {
		url := createDatabase(t, s)
		pool, err := openDatabase(t.Context(), url, 2)
		if err != nil {
			t.Fatal(err)
		}
		s.template = pool.Config().ConnConfig.Database
		err = migrate(t.Context(), pool)
		pool.Close()
		if err != nil {
			t.Fatal(err)
		}
	}

	pool, err := openDatabase(t.Context(), createDatabase(t, s, "-T", s.template), 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// startServer makes a new PostgreSQL, with its own folder for sockets and data,
// and starts it. PostgreSQL refuses to run as root, so root hands it to another
// user.
func startServer() (*server, error) {
	bin, err := findPrograms()
	if err != nil {
		return nil, err
	}

	owner, err := anotherUser()
	if err != nil {
		return nil, err
	}

	// The path of a socket must be short: about a hundred bytes.
	folder, err := os.MkdirTemp("", "fleet")
	if err != nil {
		return nil, err
	}
	s := &server{bin: bin, folder: folder, owner: owner}

	if owner != nil {
		err = os.Chown(folder, int(owner.Uid), int(owner.Gid))
	}
	if err == nil {
		s.port, err = freePort()
	}
	if err == nil {
		err = s.initialize()
	}
	if err == nil {
		err = s.start()
	}
	if err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// findPrograms looks for a server: on the path, else where Debian has it.
func findPrograms() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			return filepath.Dir(real), nil
		}
	}

	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	newest := 0
	for _, name := range found {
		version, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(name))))
		newest = max(newest, version)
	}
	if newest == 0 {
		return "", errors.New("neither the path nor /usr/lib/postgresql has initdb; " +
			".ci/install-postgresql installs it on Debian")
	}
	return fmt.Sprintf("/usr/lib/postgresql/%d/bin", newest), nil
}

// anotherUser is the user that the server runs as if root runs the tests, else
// nil.
func anotherUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}

	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("the tests run as root, and there is no user postgres or nobody to run the server as")
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (s *server) data() string { return filepath.Join(s.folder, "data") }

// command is a program of PostgreSQL, run as the owner of the server.
func (s *server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = endWithParent()
	cmd.SysProcAttr.Credential = s.owner
	return cmd
}

// initialize makes an empty server. Nobody but its owner and root reaches its
// socket, so it needs no passwords.
func (s *server) initialize() error {
	out, err := s.command("initdb", "-D", s.data(), "-U", "fleet", "-A", "trust", "-E", "UTF8",
		"--locale=C").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// start starts the server with its defaults, fsync included, and without TCP.
func (s *server) start() error {
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	s.log = log

	s.process = s.command("postgres", "-D", s.data(), "-k", s.folder, "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=", "-c", "max_connections=200")
	s.process.Stdout = log
	s.process.Stderr = log
	if err := s.process.Start(); err != nil {
		return err
	}
	return s.waitUntilReady()
}

func (s *server) waitUntilReady() error {
	deadline := time.Now().Add(time.Minute)

	for time.Now().Before(deadline) {
		err := s.command("pg_isready", "-q", "-h", s.folder, "-p", strconv.Itoa(s.port)).Run()
		if err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}

	text, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	return fmt.Errorf("the server was not ready after a minute: %s", text)
}

// stop ends the server: in order with SIGINT, at once with SIGQUIT, as if the
// machine had lost its power.
func (s *server) stop(signal syscall.Signal) {
	if s.process == nil || s.process.Process == nil {
		return
	}
	_ = s.process.Process.Signal(signal)
	_ = s.process.Wait()
	_ = s.log.Close()
	s.process = nil
}

// restart crashes the server and starts it again.
func (s *server) restart() error {
	s.stop(syscall.SIGQUIT)
	return s.start()
}

func (s *server) remove() {
	s.stop(syscall.SIGINT)
	if err := os.RemoveAll(s.folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Println("the server's folder is left:", err)
	}
}

// number reads one number.
func number(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := pool.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", strings.TrimSpace(sql), err)
	}
	return n
}

func execute(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", strings.TrimSpace(sql), err)
	}
}
