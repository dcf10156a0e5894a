package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// referenceCalibration is how long the calibration takes on the machine for which
// the absolute times of the targets were chosen: two cores of an AMD EPYC.
const referenceCalibration = 100 * time.Millisecond

// calibrationPeer does a fixed amount of work. Absolute times are scaled by it.
var calibrationPeer = Peer{Name: "calibration", Measure: calibrate}

// calibrate decodes and encodes a fixed text, which is what most of the work of
// the rows resembles.
func calibrate(context.Context, *Bench) (Measurement, error) {
	const record = `{"name":"a text of usual length","number":123456,"flag":true},`
	text := []byte("[" + strings.Repeat(record, 200) + "{}]")
	return measure(1, func() error {
		for range calibrationLoops {
			var value any
			if err := json.Unmarshal(text, &value); err != nil {
				return err
			}
			if _, err := json.Marshal(value); err != nil {
				return err
			}
		}
		return nil
	})
}

// calibrationLoops make the calibration take about as long as
// referenceCalibration says.
const calibrationLoops = 440

// processor returns the name of the processor as Linux reports it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	found := regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`).FindSubmatch(text)
	if found == nil {
		return runtime.GOARCH
	}
	return string(found[1])
}

// kernel returns the version of Linux, without what a distribution adds to it.
func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS
	}
	version := regexp.MustCompile(`^\d+\.\d+`).Find(text)
	return "Linux " + string(version)
}

// memorySize returns the memory of the machine in GB.
func memorySize() string {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return "unknown"
	}
	var kilobytes float64
	if _, err := fmt.Sscanf(string(text), "MemTotal: %f kB", &kilobytes); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%.0f GB", kilobytes/1e6)
}
