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
	"slices"
	"strings"
	"syscall"
	"time"
)

// proveImage reads the image as a container runtime does, checks every digest, and
// runs it as its own user, in a root that this user cannot change.
func proveImage(ctx context.Context, p *prover, dir string) (string, error) {
	host := p.build.host.platform
	archive, err := p.find("kapture-conformance_*_oci.tar")
	if err != nil || host.os != "linux" {
		return "", skippedError{"the image is for Linux, and this build or machine is not"}
	}
	if !mayConfine(ctx) {
		return "", skippedError{"chroot needs root, or sudo without a password"}
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

// unpackedImage is an image in an unpacked layout.
type unpackedImage struct {
	config imageConfig
	layer  string // path of the blob
}

func readImage(dir string, host platform) (unpackedImage, error) {
	var image unpackedImage
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

// readBlob checks the digest and the size of a blob. If into is not nil, it decodes
// the blob as JSON.
func readBlob(dir string, d descriptor, into any) error {
	data, err := os.ReadFile(filepath.Join(dir, blobPath(d)))
	if err != nil {
		return err
	}
	if "sha256:"+sha256Hex(data) != d.Digest || len(data) != d.Size {
		return fmt.Errorf("the blob %s does not have this digest, or has another size", d.Digest)
	}
	if into == nil {
		return nil
	}

	return json.Unmarshal(data, into)
}

// runImage starts the image's command on a free port instead of 8080, uses it and
// stops it.
func runImage(ctx context.Context, root string, config execution) error {
	command := slices.Concat(config.Entrypoint, config.Cmd)
	for i, argument := range command {
		command[i] = strings.Replace(argument, ":8080", ":0", 1)
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], "--ready-file", "-")...)
	cmd.Env = []string{}
	cmd.Dir = "/"
	if err := confine(cmd, root, config.User); err != nil {
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
	c, err := readReady(stdout)
	if err == nil {
		c.root = root
		c.config = config
		err = useImage(ctx, c)
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

// container is an image that runs.
type container struct {
	root   string
	config execution
	pid    int // of the program, which sudo may have started
	url    string
}

// readReady reads the line that says where a server listens.
func readReady(stdout io.Reader) (container, error) {
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return container{}, fmt.Errorf("no ready line: %w", err)
	}
	var ready struct {
		URL string `json:"url"`
		PID int    `json:"pid"`
	}
	err = json.Unmarshal([]byte(line), &ready)

	return container{url: ready.URL, pid: ready.PID}, err
}

// useImage sends a request to the container, and tries in it what must be possible
// and what must not.
func useImage(ctx context.Context, c container) error {
	if err := postTo(ctx, c.url); err != nil {
		return err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.pid))
	if err != nil {
		return err
	}
	user, _, _ := strings.Cut(c.config.User, ":")
	if !strings.Contains(string(status), "\nUid:\t"+user+"\t"+user+"\t") {
		return fmt.Errorf("the program does not run as user %s", user)
	}

	// What a container runtime runs as its health check, and a write.
	if err := c.exec(ctx, "mock", "--health", c.url); err != nil {
		return err
	}
	if err := c.exec(ctx, "run", "--case", "customer-get-*", "--report", "/report.html"); err == nil {
		return errors.New("the program can write into the root of the image")
	}

	return nil
}

// exec runs the program once more in the container.
func (c container) exec(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.config.Entrypoint[0], args...)
	cmd.Dir = "/"
	if err := confine(cmd, c.root, c.config.User); err != nil {
		return err
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%v: %w", args, err)
	}

	return nil
}
