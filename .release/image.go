package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"
)

// imageUser is the user that the image runs as. It owns no file.
const imageUser = 65532

// The parts of an OCI image, with the fields that are used here. See the image
// specification of the Open Container Initiative, version 1.1.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    *imagePlatform    `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type imagePlatform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type imageIndex struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

type imageManifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

type imageConfig struct {
	Created      time.Time `json:"created"`
	Architecture string    `json:"architecture"`
	OS           string    `json:"os"`
	Config       execution `json:"config"`
	RootFS       rootFS    `json:"rootfs"`
}

type execution struct {
	User         string              `json:"User"`
	ExposedPorts map[string]struct{} `json:"ExposedPorts"`
	Entrypoint   []string            `json:"Entrypoint"`
	Cmd          []string            `json:"Cmd"`
	Labels       map[string]string   `json:"Labels"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

// layout collects the blobs of an OCI image layout.
type layout struct{ files []file }

func (l *layout) blob(kind string, data []byte) descriptor {
	sum := sha256Hex(data)
	l.files = append(l.files, file{name: "blobs/sha256/" + sum, mode: 0o644, data: data})

	return descriptor{
		MediaType: "application/vnd.oci.image." + kind,
		Digest:    "sha256:" + sum,
		Size:      len(data),
	}
}

func (l *layout) jsonBlob(kind string, value any) (descriptor, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return descriptor{}, err
	}

	return l.blob(kind, data), nil
}

// image makes an OCI image layout for the Linux programs, as a tar archive. An
// image of one static file needs neither a base image nor a daemon.
func image(_ context.Context, b *build) ([]file, error) {
	l := &layout{}
	index := imageIndex{SchemaVersion: 2, MediaType: "application/vnd.oci.image.index.v1+json"}
	for _, p := range b.programs {
		if p.platform.os != "linux" {
			continue
		}
		manifest, err := l.imageFor(p, b)
		if err != nil {
			return nil, err
		}
		index.Manifests = append(index.Manifests, manifest)
	}
	if len(index.Manifests) == 0 {
		return nil, nil
	}

	platformIndex, err := l.jsonBlob("index.v1+json", index)
	if err != nil {
		return nil, err
	}
	platformIndex.Annotations = map[string]string{"org.opencontainers.image.ref.name": b.stamp.version.semver}
	top, err := json.Marshal(imageIndex{
		SchemaVersion: 2,
		MediaType:     index.MediaType,
		Manifests:     []descriptor{platformIndex},
	})
	if err != nil {
		return nil, err
	}
	l.files = append(l.files,
		textFile("index.json", string(top)),
		textFile("oci-layout", `{"imageLayoutVersion":"1.0.0"}`),
	)
	data, err := tarred(l.files, b.stamp.time)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("kapture-conformance_%s_oci.tar", b.stamp.version.semver)

	return []file{{name: name, mode: 0o644, data: data}}, nil
}

// imageFor adds the image of one program.
func (l *layout) imageFor(p program, b *build) (descriptor, error) {
	content, err := imageFiles(p, b)
	if err != nil {
		return descriptor{}, err
	}
	plain, err := tarred(content, b.stamp.time)
	if err != nil {
		return descriptor{}, err
	}
	compressed, err := gzipped(plain)
	if err != nil {
		return descriptor{}, err
	}
	layer := l.blob("layer.v1.tar+gzip", compressed)

	config, err := l.jsonBlob("config.v1+json", imageConfig{
		Created:      b.stamp.time.UTC(),
		Architecture: p.platform.arch,
		OS:           p.platform.os,
		Config: execution{
			User:         fmt.Sprintf("%d:%d", imageUser, imageUser),
			ExposedPorts: map[string]struct{}{"8080/tcp": {}},
			Entrypoint:   []string{"/kapture-conformance"},
			Cmd:          []string{"mock", "--addr", "0.0.0.0:8080", "--allow-remote"},
			Labels: map[string]string{
				"org.opencontainers.image.title":       "kapture-conformance",
				"org.opencontainers.image.description": description,
				"org.opencontainers.image.licenses":    "Apache-2.0",
				"org.opencontainers.image.source":      "https://" + modulePath,
				"org.opencontainers.image.version":     b.stamp.version.semver,
				"org.opencontainers.image.revision":    b.stamp.commit,
			},
		},
		RootFS: rootFS{Type: "layers", DiffIDs: []string{"sha256:" + sha256Hex(plain)}},
	})
	if err != nil {
		return descriptor{}, err
	}
	manifest, err := l.jsonBlob("manifest.v1+json", imageManifest{
		SchemaVersion: 2,
		MediaType:     "application/vnd.oci.image.manifest.v1+json",
		Config:        config,
		Layers:        []descriptor{layer},
	})
	manifest.Platform = &imagePlatform{Architecture: p.platform.arch, OS: p.platform.os}

	return manifest, err
}

func imageFiles(p program, b *build) ([]file, error) {
	licenses, err := readFolder(b.tree, "LICENSE")
	if err != nil {
		return nil, err
	}
	licenses = append(licenses,
		file{name: "THIRD_PARTY_NOTICES.txt", mode: 0o644, data: p.notices},
		file{name: "sbom.cdx.json", mode: 0o644, data: p.sbom},
	)
	content := []file{
		{name: "etc", mode: fs.ModeDir | 0o755},
		textFile("etc/passwd", fmt.Sprintf("nonroot:x:%d:%d::/:/sbin/nologin\n", imageUser, imageUser)),
		{name: "kapture-conformance", mode: 0o755, data: p.data},
		{name: "licenses", mode: fs.ModeDir | 0o755},
		{name: "tmp", mode: fs.ModeDir | fs.ModeSticky | 0o777}, // for --report and --record
	}

	return append(content, under("licenses", licenses...)...), nil
}
