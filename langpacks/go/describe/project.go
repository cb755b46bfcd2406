package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// project is the folder that is described, and where things are made of it.
type project struct {
	root string
	// dir is the folder of the package: root, or src of a classic project.
	dir      string
	out      string
	langpack string
	adapter  string
	classic  bool
	// flags make the go command use the module file and the overlay made here.
	flags   []string
	overlay map[string]string
}

func openProject(out string) (*project, error) {
	p := &project{
		root:     os.Getenv("RUNYARD_PROJECT"),
		out:      out,
		langpack: os.Getenv("RUNYARD_LANGPACK"),
		adapter:  os.Getenv("RUNYARD_ADAPTER"),
		classic:  os.Getenv("RUNYARD_KIND") == "classic",
		overlay:  map[string]string{},
	}
	p.dir = filepath.Dir(p.adapter)
	if err := os.MkdirAll(p.out, 0o755); err != nil {
		return nil, err
	}
	if err := p.writeModule(); err != nil {
		return nil, err
	}
	return p, p.writeOverlay()
}

const moduleName = "adapter"

// requires matches a module file that brings a package runyard of its own.
var requires = regexp.MustCompile(`(?m)^\s*(replace\s+)?runyard\s.*=>`)

// writeModule makes a module file that has package runyard too. The project's own is left as it is.
func (p *project) writeModule() error {
	own := filepath.Join(p.root, "go.mod")
	text, err := os.ReadFile(own)
	if os.IsNotExist(err) {
		text = []byte("module " + moduleName + "\n\ngo 1.19\n")
		p.overlay[own] = filepath.Join(p.out, "go.mod")
	} else if err != nil {
		return err
	}
	if !requires.Match(text) {
		source := filepath.Join(p.langpack, "runyard")
		text = append(text, fmt.Sprintf("\nrequire runyard v0.0.0\n\nreplace runyard v0.0.0 => %s\n", quoted(source))...)
	}
	if sums, err := os.ReadFile(filepath.Join(p.root, "go.sum")); err == nil {
		if err := os.WriteFile(filepath.Join(p.out, "go.sum"), sums, 0o644); err != nil {
			return err
		}
	}
	module := filepath.Join(p.out, "go.mod")
	p.flags = []string{"-modfile=" + module, "-overlay=" + filepath.Join(p.out, "overlay.json")}
	if _, err := os.Stat(filepath.Join(p.root, "vendor")); err == nil {
		p.flags = append(p.flags, "-mod=readonly") // package runyard is not among what is vendored
	}
	return os.WriteFile(module, text, 0o644)
}

func quoted(text string) string {
	if strings.ContainsAny(text, " \"`'()[],") {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// addFile puts a file before the compiler's eyes that the project's folder does not hold.
func (p *project) addFile(path, name, content string) error {
	made := filepath.Join(p.out, name)
	p.overlay[path] = made
	return os.WriteFile(made, []byte(content), 0o644)
}

func (p *project) writeOverlay() error {
	text, err := json.Marshal(map[string]any{"Replace": p.overlay})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.out, "overlay.json"), text, 0o644)
}

// command is the go command in the package's folder.
func (p *project) command(subcommand string, args ...string) *exec.Cmd {
	words := append([]string{subcommand}, p.flags...)
	made := exec.Command("go", append(words, args...)...)
	made.Dir = p.dir
	made.Env = append(os.Environ(), "GOWORK=off", "GO111MODULE=on")
	return made
}

// setup fetches modules; package runyard has none.
func (p *project) setup() error {
	if _, err := os.Stat(filepath.Join(p.root, "go.mod")); os.IsNotExist(err) {
		return nil
	}
	download := p.command("mod", "download")
	// Among the flags of `go mod download` only -modfile is known.
	download.Args = []string{"go", "mod", "download", p.flags[0]}
	download.Dir = p.root
	download.Stdout, download.Stderr = os.Stdout, os.Stderr
	return download.Run()
}

// build compiles the package with a generated file to build/pipe.
func (p *project) build(code *code, generated map[string]string) error {
	number := 0
	for path, content := range generated {
		number++
		if err := p.addFile(path, fmt.Sprintf("generated%d.go", number), content); err != nil {
			return err
		}
	}
	if err := p.writeOverlay(); err != nil {
		return err
	}
	target := "."
	if code.pkg.Name() != "main" {
		target = "./" + mainFolder
	}
	compile := p.command("build", "-ldflags=-s -w", "-buildvcs=false", "-o", filepath.Join(p.out, "pipe"), target)
	var output bytes.Buffer
	compile.Stdout, compile.Stderr = &output, &output
	if err := compile.Run(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, output.String())
	}
	return nil
}
