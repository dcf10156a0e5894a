package main

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}

	return string(raw)
}

// The README says how to install each package, under the name that is built.
func TestReadmeNamesEveryPackage(t *testing.T) {
	_, rest, found := strings.Cut(read(t, "README.md"), "\n## Install\n")
	install, _, _ := strings.Cut(rest, "\n## ")
	if !found {
		t.Fatal("README has no section Install")
	}
	for _, line := range []string{
		"go get " + modulePath + "`",
		"go install " + modulePath + "/" + programPackage + "@latest`",
		"pip install kapture-conformance`",
		"pip install kapture-contract`",
		"npm install --save-dev " + npmScope + "/conformance`",
		"npm install " + npmScope + "/contract`",
		"oci-archive:kapture-conformance_",
		"uses: " + strings.TrimPrefix(modulePath, "github.com/") + "/.github/actions/conformance@",
	} {
		if !strings.Contains(install, line) {
			t.Errorf("README, Install: lacks %s", line)
		}
	}
}

// The update bot watches every module of the repository: a module that it does not
// know is never updated.
func TestUpdateBotWatchesEveryModule(t *testing.T) {
	listed, err := exec.CommandContext(t.Context(), "git", "-C", "..", "ls-files", "go.mod", "*/go.mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	bot := read(t, ".github/dependabot.yml")
	modules := strings.Fields(string(listed))
	for _, module := range modules {
		dir := path.Join("/", path.Dir(module))
		if !strings.Contains(bot, "      - "+dir+"\n") {
			t.Errorf(".github/dependabot.yml does not watch %s", dir)
		}
	}
	if strings.Count(bot, "      - /") != len(modules) {
		t.Errorf(".github/dependabot.yml watches more folders than %q", modules)
	}
}

// The update bot watches every other file that pins versions, too.
func TestUpdateBotWatchesEveryLock(t *testing.T) {
	ecosystems := map[string]string{
		"package-lock.json": "npm", "requirements.txt": "pip", "pom.xml": "maven", "Cargo.lock": "cargo",
	}
	listed, err := exec.CommandContext(t.Context(), "git", "-C", "..", "ls-files").Output()
	if err != nil {
		t.Fatal(err)
	}
	bot := read(t, ".github/dependabot.yml")

	found := 0
	for file := range strings.FieldsSeq(string(listed)) {
		ecosystem, isLock := ecosystems[path.Base(file)]
		if !isLock {
			continue
		}
		found++
		_, entry, _ := strings.Cut(bot, "package-ecosystem: "+ecosystem+"\n")
		entry, _, _ = strings.Cut(entry, "package-ecosystem")
		if !watches(entry, path.Join("/", path.Dir(file))) {
			t.Errorf(".github/dependabot.yml, %s: does not watch %s", ecosystem, file)
		}
	}
	if found == 0 {
		t.Error("the repository has no file that pins versions")
	}
}

// watches reports whether an entry of the bot's configuration names a folder, or a
// parent of it with everything below.
func watches(entry, dir string) bool {
	for parent := dir; parent != "/"; parent = path.Dir(parent) {
		if strings.Contains(entry, `"`+parent+`/**/*"`) {
			return true
		}
	}
	return strings.Contains(entry, `"`+dir+`"`)
}
