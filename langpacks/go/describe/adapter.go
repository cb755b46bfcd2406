package main

import (
	"go/ast"
	"go/constant"
	"go/types"
	"sort"
	"strings"
	"unicode"
)

// adapter is what a package says of itself as an adapter.
type adapter struct {
	algorithms  []*algorithm
	limits      map[string]any
	found       *found
	concurrency int64
	has         map[string]bool
}

// readAdapter finds the algorithms; what is wrong with them goes to the code's problems.
func (c *code) readAdapter() *adapter {
	a := &adapter{algorithms: []*algorithm{}, limits: map[string]any{}, concurrency: 1, has: map[string]bool{}}
	a.found = &found{
		map[*types.Named][]string{}, map[*types.Named][]*types.Named{}, map[[2]string]fieldConstant{},
	}
	taken := map[string]string{}
	for _, file := range c.files {
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil {
				c.readFunction(a, function, taken)
			}
		}
	}
	sort.SliceStable(a.algorithms, func(i, j int) bool { return a.algorithms[i].at < a.algorithms[j].at })
	c.readLimits(a)
	c.readConcurrency(a)
	if len(a.algorithms) == 0 && len(c.problems.list) == 0 {
		c.problems.add(c.files[0].Package, "", "", "there is no function RunName or run_name, so there is no algorithm")
	}
	return a
}

func (c *code) readFunction(a *adapter, function *ast.FuncDecl, taken map[string]string) {
	written := function.Name.Name
	switch written {
	case "Setup", "Teardown":
		a.has[written] = true
		c.checkHook(function)
		return
	}
	name, batch := algorithmName(written)
	if name == "" {
		return
	}
	if other := taken[name]; other != "" {
		c.problems.add(function.Pos(), written, "", "the algorithm "+name+" is there already, by "+other)
		return
	}
	taken[name] = written
	if described := c.describeFunction(function, name, batch, a.found); described != nil {
		a.algorithms = append(a.algorithms, described)
	}
}

// algorithmName is what callers say: everything after the first run_; RunMemeClassifier is meme_classifier.
func algorithmName(written string) (name string, batch bool) {
	for _, prefix := range []string{"run_", "Run_", "batch_", "Batch_"} {
		if rest := strings.TrimPrefix(written, prefix); rest != written && rest != "" {
			return rest, strings.EqualFold(prefix, "batch_")
		}
	}
	for _, prefix := range []string{"Run", "Batch"} {
		rest := strings.TrimPrefix(written, prefix)
		if rest != written && rest != "" && unicode.IsUpper([]rune(rest)[0]) {
			return snakeCase(rest), prefix == "Batch"
		}
	}
	return "", false
}

// snakeCase writes MemeClassifier as meme_classifier, and OCRText as ocr_text.
func snakeCase(words string) string {
	letters := []rune(words)
	var made strings.Builder
	for i, letter := range letters {
		begins := i > 0 && unicode.IsUpper(letter) && letters[i-1] != '_' &&
			(!unicode.IsUpper(letters[i-1]) || (i+1 < len(letters) && unicode.IsLower(letters[i+1])))
		if begins {
			made.WriteByte('_')
		}
		made.WriteRune(unicode.ToLower(letter))
	}
	return made.String()
}

func (c *code) checkHook(function *ast.FuncDecl) {
	signature := c.info.Defs[function.Name].Type().(*types.Signature)
	results := signature.Results()
	good := signature.Params().Len() == 0 &&
		(results.Len() == 0 || (results.Len() == 1 && isError(results.At(0).Type())))
	if !good {
		c.problems.add(function.Pos(), function.Name.Name, "", "expected func "+function.Name.Name+"() or func "+function.Name.Name+"() error")
	}
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

func (c *code) readConcurrency(a *adapter) {
	object := c.pkg.Scope().Lookup("Concurrency")
	if object == nil {
		return
	}
	if one, ok := object.(*types.Const); ok {
		if value, exact := constant.Int64Val(constant.ToInt(one.Val())); exact && value >= 1 && value <= 1000 {
			a.concurrency = value
			return
		}
	}
	c.problems.add(object.Pos(), "", "", "Concurrency must be a constant, a whole number from 1 to 1000")
}

// readLimits reads the literal of `var Limits = runyard.Limits{...}`.
func (c *code) readLimits(a *adapter) {
	object, ok := c.pkg.Scope().Lookup("Limits").(*types.Var)
	if !ok || qualified(object.Type()) != "runyard.Limits" {
		return
	}
	for _, file := range c.files {
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Names) != 1 || c.info.Defs[spec.Names[0]] != object || len(spec.Values) != 1 {
				return true
			}
			if limits, ok := c.literal(spec.Values[0]).(map[string]any); ok {
				a.limits = limits
			}
			return false
		})
	}
}

// literal gives the value of an expression that says it without anything being run.
func (c *code) literal(expression ast.Expr) any {
	if known := c.info.Types[expression].Value; known != nil {
		if value, exact := constant.Int64Val(constant.ToInt(known)); exact {
			return value
		}
		if known.Kind() == constant.String {
			return constant.StringVal(known)
		}
	}
	composite, ok := expression.(*ast.CompositeLit)
	if !ok {
		c.problems.add(expression.Pos(), "", "", "Limits must be written out: numbers and literals, nothing that has to be run")
		return nil
	}
	made := map[string]any{}
	for _, element := range composite.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			c.problems.add(element.Pos(), "", "", "Limits must be written out with the names of its fields")
			continue
		}
		if key := c.keyOf(pair.Key); key != "" {
			made[key] = c.literal(pair.Value)
		}
	}
	return made
}

func (c *code) keyOf(key ast.Expr) string {
	if name, ok := key.(*ast.Ident); ok {
		if field, ok := c.info.Uses[name].(*types.Var); ok && field.IsField() {
			return strings.ToLower(name.Name[:1]) + name.Name[1:]
		}
	}
	text, _ := c.literal(key).(string)
	return text
}
