package main

import (
	"encoding/json"
	"time"
)

// bill is a software bill of materials in the form of CycloneDX 1.6. It has no
// serial number, so that the same program has the same bill.
type bill struct {
	Schema       string       `json:"$schema"`
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     billMetadata `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type billMetadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type     string          `json:"type"`
	Ref      string          `json:"bom-ref"`
	Name     string          `json:"name"`
	Version  string          `json:"version"`
	Licenses []licenseChoice `json:"licenses"`
	URL      string          `json:"purl"`
}

type licenseChoice struct {
	License licenseID `json:"license"`
}

type licenseID struct {
	ID string `json:"id"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// billOfMaterials lists the modules that the linker put into the program, according
// to the program itself.
func billOfMaterials(s stamp, licenses []license) ([]byte, error) {
	main := newComponent("application", modulePath, s.version.tag, []string{"Apache-2.0"})
	b := bill{
		Schema:      "http://cyclonedx.org/schema/bom-1.6.schema.json",
		Format:      "CycloneDX",
		SpecVersion: "1.6",
		Version:     1,
		Metadata:    billMetadata{Timestamp: s.time.UTC().Format(time.RFC3339), Component: main},
	}
	linked := dependency{Ref: main.Ref}
	for _, one := range licenses {
		c := newComponent("library", one.module, one.version, one.names)
		b.Components = append(b.Components, c)
		linked.DependsOn = append(linked.DependsOn, c.Ref)
	}
	b.Dependencies = []dependency{linked}
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return nil, err
	}

	return append(data, '\n'), nil
}

func newComponent(kind, module, version string, licenses []string) component {
	url := "pkg:golang/" + module + "@" + version
	c := component{Type: kind, Ref: url, Name: module, Version: version, URL: url}
	for _, name := range licenses {
		c.Licenses = append(c.Licenses, licenseChoice{licenseID{name}})
	}

	return c
}
