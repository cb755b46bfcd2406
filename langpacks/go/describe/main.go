// Command describe reads a project's Go code, tells of its algorithms, and builds the program that serves them. With the
// argument "setup" it fetches the modules that the project needs.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	isSetup := len(args) > 0 && args[0] == "setup"
	out := os.Getenv("RUNYARD_BUILD")
	if isSetup {
		out = filepath.Join(os.Getenv("RUNYARD_CACHE"), "setup") // nothing of it belongs to a build
	}
	p, err := openProject(out)
	if err != nil {
		return err
	}
	if isSetup {
		return p.setup()
	}
	told, err := p.describe()
	if err != nil {
		return err
	}
	return answer(told)
}

// description is what the yard is told of a project.
type description struct {
	Algorithms []*algorithm   `json:"algorithms,omitempty"`
	Limits     map[string]any `json:"limits,omitempty"`
	Problems   []problem      `json:"problems,omitempty"`
}

// describe builds the project when nothing is wrong with it.
func (p *project) describe() (*description, error) {
	code, problems, err := p.load()
	if err != nil || len(problems) > 0 {
		return &description{Problems: problems}, p.reject(err, problems)
	}
	if p.classic {
		if found := code.checkApply(); len(found) > 0 {
			return &description{Problems: found}, p.reject(nil, found)
		}
		return &description{}, p.build(code, generateClassic(p, code))
	}
	a := code.readAdapter()
	told := &description{Algorithms: a.algorithms, Limits: a.limits, Problems: code.problems.list}
	if len(told.Problems) > 0 {
		return told, nil
	}
	return told, p.build(code, generateAdapter(p, code, a))
}

// reject ends with what is wrong where nobody reads the answer: a classic project is not asked for its algorithms.
func (p *project) reject(err error, problems []problem) error {
	if err != nil || !p.classic {
		return err
	}
	var lines []string
	for _, one := range problems {
		lines = append(lines, fmt.Sprintf("%s:%d: %s", one.File, one.Line, one.Message))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// answer writes to what ALGOOUT names, a descriptor that is open.
func answer(told *description) error {
	text, err := json.Marshal(told)
	if err != nil {
		return err
	}
	fd, err := strconv.Atoi(strings.TrimPrefix(os.Getenv("ALGOOUT"), "/dev/fd/"))
	if err != nil {
		return fmt.Errorf("ALGOOUT must be /dev/fd/N, but is %q", os.Getenv("ALGOOUT"))
	}
	_, err = os.NewFile(uintptr(fd), "ALGOOUT").Write(text)
	return err
}
