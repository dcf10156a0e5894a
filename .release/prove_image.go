package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// proveImage reads the image as a runtime does, checks every digest on the way,
// and runs it: with its own user, in a root that this user cannot change.
func proveImage(ctx context.Context, p *prover, dir string) (string, error) {
	host := p.built.host.platform
	archive, err := p.find("kapture-conformance_*_oci.tar")
	if err != nil || host.os != "linux" {
		return "", errSkipped{"the image is for Linux, and this build or machine is not"}
	}
	if !mayConfine(ctx) {
		return "", errSkipped{"chroot needs root, or sudo without a password"}
	}
	if _, err := in(dir).run(ctx, "tar", "-xf", archive); err != nil {
		return "", err
	}
	image, err := readImage(dir, host)
	if err != nil {
		return "", err
	}
	root := filepath.Join(dir, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		return "", err
	}
	if _, err := in(root).run(ctx, "tar", "-xzf", filepath.Join(dir, image.layer)); err != nil {
		return "", err
	}
	// The image is meant to run with a read-only root, so not even /tmp is
	// writable here.
	if err := os.Chmod(filepath.Join(root, "tmp"), 0o555); err != nil {
		return "", err
	}
	if err := runImage(ctx, root, image.config.Config); err != nil {
		return "", err
	}

	return fmt.Sprintf("runs as user %s in a read-only root, responds, says that it is healthy, stops on SIGTERM",
		image.config.Config.User), nil
}

// readableImage is what a runtime takes from a layout.
type readableImage struct {
	config imageConfig
	layer  string // path of the blob
}

func readImage(dir string, host platform) (readableImage, error) {
	var image readableImage
	var top, index imageIndex
	var manifest imageManifest
	data, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		return image, err
	}
	if err := json.Unmarshal(data, &top); err != nil {
		return image, err
	}
	if len(top.Manifests) != 1 {
		return image, fmt.Errorf("index.json names %d images", len(top.Manifests))
	}
	if err := readBlob(dir, top.Manifests[0], &index); err != nil {
		return image, err
	}
	for _, one := range index.Manifests {
		if one.Platform.OS == host.os && one.Platform.Architecture == host.arch {
			err = readBlob(dir, one, &manifest)
		}
	}
	if err != nil {
		return image, err
	}
	if len(manifest.Layers) != 1 {
		return image, fmt.Errorf("the image for %s has %d layers", host, len(manifest.Layers))
	}
	if err := readBlob(dir, manifest.Config, &image.config); err != nil {
		return image, err
	}
	image.layer = blobPath(manifest.Layers[0])

	return image, readBlob(dir, manifest.Layers[0], nil)
}

func blobPath(d descriptor) string {
	return "blobs/" + strings.Replace(d.Digest, ":", "/", 1)
}

// readBlob checks digest and size, and reads JSON into a value.
func readBlob(dir string, d descriptor, into any) error {
	data, err := os.ReadFile(filepath.Join(dir, blobPath(d)))
	if err != nil {
		return err
	}
	if "sha256:"+sha256Hex(data) != d.Digest || len(data) != d.Size {
		return fmt.Errorf("the blob %s has another digest or size", d.Digest)
	}
	if into == nil {
		return nil
	}

	return json.Unmarshal(data, into)
}

// runImage starts the image's command on a free port instead of 8080.
func runImage(ctx context.Context, root string, what execution) error {
	command := append(what.Entrypoint, what.Cmd...)
	for i, argument := range command {
		command[i] = strings.Replace(argument, ":8080", ":0", 1)
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], "--ready-file", "-")...)
	cmd.Env = []string{}
	cmd.Dir = "/"
	if err := confine(cmd, root, what.User); err != nil {
		return err
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	r, err := readReady(stdout)
	if err == nil {
		r.root = root
		r.what = what
		err = useImage(ctx, r)
	}
	stopped := cmd.Process.Signal(syscall.SIGTERM)
	if stopped == nil {
		stopped = cmd.Wait()
	}
	if err := errors.Join(err, stopped); err != nil {
		return fmt.Errorf("%w\n%s", err, stderr.String())
	}

	return nil
}

// running is an image that runs.
type running struct {
	root string
	what execution
	pid  int // of the program, which is not that of the command where sudo is between
	url  string
}

// readReady reads the line that says where a server listens.
func readReady(stdout io.Reader) (running, error) {
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return running{}, fmt.Errorf("no ready line: %w", err)
	}
	var ready struct {
		URL string `json:"url"`
		PID int    `json:"pid"`
	}
	err = json.Unmarshal([]byte(line), &ready)

	return running{url: ready.URL, pid: ready.PID}, err
}

// useImage talks to the running image, and does in it what must and what must
// not be possible.
func useImage(ctx context.Context, r running) error {
	if err := postTo(ctx, r.url); err != nil {
		return err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.pid))
	if err != nil {
		return err
	}
	user, _, _ := strings.Cut(r.what.User, ":")
	if !strings.Contains(string(status), "\nUid:\t"+user+"\t"+user+"\t") {
		return fmt.Errorf("the program does not run as user %s", user)
	}

	// What a container runtime runs as its health check, and a write.
	if err := r.also(ctx, "mock", "--health", r.url); err != nil {
		return err
	}
	if err := r.also(ctx, "run", "--case", "customer-get-*", "--report", "/report.html"); err == nil {
		return errors.New("the program can write into the root of the image")
	}

	return nil
}

// also runs the program once more in the image.
func (r running) also(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.what.Entrypoint[0], args...)
	cmd.Dir = "/"
	if err := confine(cmd, r.root, r.what.User); err != nil {
		return err
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%v: %w", args, err)
	}

	return nil
}
