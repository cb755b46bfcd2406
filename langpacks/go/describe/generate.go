package main

import (
	"fmt"
	"go/types"
	"path/filepath"
	"sort"
	"strings"
)

// mainFolder is where the main package seems to be of an adapter that is no main package itself.
const mainFolder = "zz_runyard_main"

// generateAdapter makes the files that hand an adapter to package pipe, by the paths at which the compiler sees them.
func generateAdapter(p *project, c *code, a *adapter) map[string]string {
	g := &generator{pkg: c.pkg, imports: map[string]string{}}
	g.registrations(a.found)
	g.line("pipe.Serve(pipe.Adapter{")
	for _, name := range []string{"Setup", "Teardown"} {
		if a.has[name] {
			g.line("%s: %s,", name, name)
		}
	}
	g.line("Concurrency: %d,", a.concurrency)
	g.line("Algorithms: []pipe.Algorithm{")
	for _, one := range a.algorithms {
		g.line("{Name: %q, Mode: %q, Func: %s, Context: %t, Arguments: []pipe.Argument{", one.Name, one.Mode, one.function, one.context)
		for _, argument := range one.arguments {
			g.line("{Name: %q, Default: %q},", argument.name, argument.initial)
		}
		g.line("}},")
	}
	g.line("}})")
	return g.files(p, c)
}

func generateClassic(p *project, c *code) map[string]string {
	g := &generator{pkg: c.pkg, imports: map[string]string{}}
	g.line("pipe.ServeApply(Apply)")
	return g.files(p, c)
}

type generator struct {
	pkg     *types.Package
	imports map[string]string
	body    strings.Builder
}

func (g *generator) line(format string, args ...any) {
	fmt.Fprintf(&g.body, "\t"+format+"\n", args...)
}

// registrations tell package pipe what reflection cannot see: constants, and who implements an interface.
func (g *generator) registrations(found *found) {
	for t, values := range found.enums {
		if g.canName(t) {
			g.line("pipe.Enum[%s](%s)", g.name(t), strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", values), "[]string{"), "}"))
		}
	}
	for t, members := range found.unions {
		var names []string
		for _, member := range members {
			names = append(names, fmt.Sprintf("pipe.Type[%s]()", g.name(member)))
		}
		g.line("pipe.Union[%s](%s)", g.name(t), strings.Join(names, ", "))
	}
	for _, one := range found.constants {
		if g.canName(one.owner) {
			g.line("pipe.Constant[%s](%q, %q)", g.name(one.owner), one.field, one.value)
		}
	}
}

func (g *generator) canName(t *types.Named) bool {
	return t.Obj().Pkg() == g.pkg && t.Obj().Parent() == g.pkg.Scope() || (t.Obj().Exported() && !strings.Contains(t.Obj().Pkg().Path(), "internal"))
}

// name writes a type as the generated file has to, and sees to the import it takes.
func (g *generator) name(t types.Type) string {
	return types.TypeString(t, func(pkg *types.Package) string {
		if pkg == g.pkg {
			return ""
		}
		if g.imports[pkg.Path()] == "" {
			g.imports[pkg.Path()] = fmt.Sprintf("imported%d", len(g.imports))
		}
		return g.imports[pkg.Path()]
	})
}

// files puts the body into a function of the package itself, so that nothing need be exported.
func (g *generator) files(p *project, c *code) map[string]string {
	function, files := "RunyardServe", map[string]string{}
	if g.pkg.Name() == "main" {
		function = "main"
		if g.pkg.Scope().Lookup("main") != nil {
			function = "init" // before the main that people run by themselves
		}
	} else {
		path := filepath.Join(p.dir, mainFolder, "main.go")
		files[path] = fmt.Sprintf("package main\n\nimport adapter %q\n\nfunc main() { adapter.RunyardServe() }\n", c.path)
	}
	imports := []string{"\"runyard/pipe\""}
	for path, name := range g.imports {
		imports = append(imports, fmt.Sprintf("%s %q", name, path))
	}
	sort.Strings(imports)
	files[filepath.Join(p.dir, "zz_runyard.go")] = fmt.Sprintf(
		"package %s\n\nimport (\n\t%s\n)\n\nfunc %s() {\n%s}\n", g.pkg.Name(), strings.Join(imports, "\n\t"), function, g.body.String(),
	)
	return files
}
