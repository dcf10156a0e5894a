package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// confine makes a command run as a user who owns nothing, with a folder as the
// root of its file system.
func confine(cmd *exec.Cmd, root, user string) error {
	var uid, gid uint32
	if _, err := fmt.Sscanf(user, "%d:%d", &uid, &gid); err != nil {
		return fmt.Errorf("the image's user %q: %w", user, err)
	}
	if uid == 0 {
		return fmt.Errorf("the image's user %q is root", user)
	}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uid, Gid: gid}}
		return nil
	}

	args := []string{"sudo", "-n", "chroot", fmt.Sprintf("--userspec=%d:%d", uid, gid), root}
	path, err := exec.LookPath("sudo")
	cmd.Path = path
	cmd.Args = append(args, cmd.Args...)

	return err
}

// mayConfine reports whether this process can give a command another root: it must
// be root, or have a sudo that asks for no password, as GitHub's runners have.
func mayConfine(ctx context.Context) bool {
	return os.Geteuid() == 0 || exec.CommandContext(ctx, "sudo", "-n", "true").Run() == nil
}
