//go:build !windows

package main

import "os"

// syncDir puts the names of a directory on the disk.
func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
