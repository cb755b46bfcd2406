package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// code is a package as the compiler sees it.
type code struct {
	fset     *token.FileSet
	files    []*ast.File
	pkg      *types.Package
	info     *types.Info
	problems *problems
	// comments finds the doc comment of a field or a constant by its position.
	comments map[token.Pos]*ast.CommentGroup
	// path is where the package is imported from.
	path string
}

// load parses and checks the package. What the compiler would refuse comes as problems.
func (p *project) load() (*code, []problem, error) {
	c := &code{fset: token.NewFileSet(), comments: map[token.Pos]*ast.CommentGroup{}}
	c.problems = &problems{dir: p.root, fset: c.fset, list: []problem{}}
	if err := p.parse(c); err != nil || len(c.problems.list) > 0 {
		return c, c.problems.list, err
	}
	if path, err := p.command("list", "-f", "{{.ImportPath}}", "-e", ".").Output(); err == nil {
		c.path = strings.TrimSpace(string(path))
	}
	exports, err := p.listExports(c)
	if err != nil || len(c.problems.list) > 0 {
		return c, c.problems.list, err
	}
	lookup := func(path string) (io.ReadCloser, error) {
		if file := exports[path]; file != "" {
			return os.Open(file)
		}
		return nil, fmt.Errorf("package %s was not compiled", path)
	}
	c.check(importer.ForCompiler(c.fset, "gc", lookup))
	c.collectComments()
	return c, c.problems.list, nil
}

func (p *project) parse(c *code) error {
	found, err := build.Default.ImportDir(p.dir, 0)
	var several *build.MultiplePackageError
	if errors.As(err, &several) {
		return err
	}
	for _, name := range append(found.GoFiles, found.CgoFiles...) {
		file, err := parser.ParseFile(c.fset, filepath.Join(p.dir, name), nil, parser.ParseComments)
		if err != nil {
			p.addSyntax(c, err)
			continue
		}
		c.files = append(c.files, file)
	}
	if len(c.files) == 0 && len(c.problems.list) == 0 {
		p.addSyntax(c, err)
	}
	return nil
}

// addSyntax tells of what the parser refuses, or of files that cannot be read.
func (p *project) addSyntax(c *code, err error) {
	var several scanner.ErrorList
	if !errors.As(err, &several) {
		file, _ := filepath.Rel(p.root, p.adapter)
		c.problems.list = append(c.problems.list, problem{File: file, Line: 1, Message: err.Error()})
	}
	for _, one := range several {
		file, _ := filepath.Rel(p.root, one.Pos.Filename)
		c.problems.list = append(c.problems.list, problem{File: file, Line: one.Pos.Line, Message: one.Msg})
	}
}

// exported is what `go list` says of one package.
type exported struct {
	ImportPath string
	Export     string
	Error      *struct{ Err string }
}

// listExports compiles what the package imports, and gives the files with its exported types by import path.
func (p *project) listExports(c *code) (map[string]string, error) {
	imported := map[string]*ast.ImportSpec{}
	args := []string{"-e", "-export", "-deps", "-json=ImportPath,Export,Error", "--"}
	for _, file := range c.files {
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if imported[path] == nil && path != "unsafe" && path != "C" {
				imported[path] = spec
				args = append(args, path)
			}
		}
	}
	exports := map[string]string{}
	if len(imported) == 0 {
		return exports, nil
	}
	list := p.command("list", args...)
	var output, trouble bytes.Buffer
	list.Stdout, list.Stderr = &output, &trouble
	if err := list.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, trouble.String())
	}
	for decoder := json.NewDecoder(&output); ; {
		var one exported
		if err := decoder.Decode(&one); err == io.EOF {
			return exports, nil
		} else if err != nil {
			return nil, err
		}
		exports[one.ImportPath] = one.Export
		if spec := imported[one.ImportPath]; spec != nil && one.Error != nil {
			c.problems.add(spec.Pos(), "", "", one.Error.Err)
		}
	}
}

func (c *code) check(importer types.Importer) {
	c.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}
	config := types.Config{Importer: importer, FakeImportC: true, Error: func(err error) {
		var wrong types.Error
		if errors.As(err, &wrong) && !wrong.Soft {
			c.problems.add(wrong.Pos, "", "", wrong.Msg)
		}
	}}
	// Everything that is wrong has gone to Error.
	c.pkg, _ = config.Check(moduleName, c.fset, c.files, c.info)
}

func (c *code) collectComments() {
	for _, file := range c.files {
		ast.Inspect(file, func(node ast.Node) bool {
			if field, ok := node.(*ast.Field); ok {
				doc := field.Doc
				if doc == nil {
					doc = field.Comment
				}
				for _, name := range field.Names {
					c.comments[name.Pos()] = doc
				}
			}
			return true
		})
	}
}
