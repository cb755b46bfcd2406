package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// algorithm is a function as the yard is told of it, and as package pipe is.
type algorithm struct {
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Mode        string     `json:"mode"`
	Input       jsonSchema `json:"input"`
	Output      jsonSchema `json:"output,omitempty"`

	function  string
	arguments []argument
	context   bool
	at        token.Pos
}

type argument struct {
	name string
	// initial is the default as JSON; empty for an argument that must be given.
	initial string
}

// reading is one function on its way to an algorithm.
type reading struct {
	*code
	*algorithm
	comment comment
	found   *found
}

// describeFunction is nil when something is wrong with the function; what, goes to the problems.
func (c *code) describeFunction(function *ast.FuncDecl, name string, batch bool, found *found) *algorithm {
	before := len(c.problems.list)
	made := &algorithm{Name: name, Mode: "unary", function: function.Name.Name, at: function.Pos()}
	r := &reading{c, made, parseComment(function.Doc.Text(), function.Name.Name), found}
	made.Description = r.comment.text
	signature := c.info.Defs[function.Name].Type().(*types.Signature)
	if signature.TypeParams().Len() > 0 || signature.Variadic() {
		r.complain(function.Pos(), "", errors.New("an algorithm has no type parameters and no variable number of arguments; take a slice"))
		return nil
	}
	parameters := r.takeContext(signature.Params())
	if batch {
		r.readBatch(function, parameters, signature.Results())
	} else {
		r.readArguments(parameters)
		r.readResult(function, signature.Results())
	}
	for argument := range r.comment.arguments {
		if argument != returned && !hasParameter(signature.Params(), argument) {
			r.complain(function.Pos(), argument, errors.New("the comment tells of it, but the function has no such argument"))
		}
	}
	if len(c.problems.list) > before {
		return nil
	}
	return made
}

func hasParameter(parameters *types.Tuple, name string) bool {
	for i := 0; i < parameters.Len(); i++ {
		if parameters.At(i).Name() == name {
			return true
		}
	}
	return false
}

func (r *reading) complain(at token.Pos, argument string, err error) {
	r.problems.add(at, r.function, argument, err.Error())
}

// takeContext takes a context off the end of the parameters.
func (r *reading) takeContext(all *types.Tuple) []*types.Var {
	var parameters []*types.Var
	for i := 0; i < all.Len(); i++ {
		parameter := all.At(i)
		if !isContext(parameter.Type()) {
			parameters = append(parameters, parameter)
		} else if r.context = true; i != all.Len()-1 {
			r.complain(parameter.Pos(), parameter.Name(), errors.New("the context must be the last argument"))
		}
	}
	return parameters
}

func isContext(t types.Type) bool {
	if pointer, ok := unalias(t).(*types.Pointer); ok {
		return qualified(pointer.Elem()) == "runyard.Context"
	}
	return qualified(t) == "context.Context"
}

func (r *reading) readArguments(parameters []*types.Var) {
	schemas := newSchemas(r.code, r.found)
	properties, required := jsonSchema{}, []string{}
	for _, parameter := range parameters {
		name := parameter.Name()
		if name == "" || name == "_" {
			r.complain(parameter.Pos(), name, errors.New("an argument needs a name: callers give it by that"))
			continue
		}
		schema, err := schemas.of(parameter.Type())
		if err == nil {
			schema, err = constrain(schema, r.comment.arguments[name])
		}
		if err != nil {
			r.complain(parameter.Pos(), name, err)
			continue
		}
		one := argument{name: name}
		if _, optional := unalias(parameter.Type()).(*types.Pointer); optional && schema["default"] == nil {
			schema["default"] = nil
		}
		if value, ok := schema["default"]; ok {
			one.initial = textOf(value)
		} else {
			required = append(required, name)
		}
		properties[name] = schema
		r.arguments = append(r.arguments, one)
	}
	r.Input = schemas.document(jsonSchema{
		"type": "object", "properties": properties, "required": required, "additionalProperties": false,
	})
}

func textOf(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "null"
	}
	return string(text)
}

// resultOf gives the type of a function's result, without its error: nil when there is none.
func (r *reading) resultOf(function *ast.FuncDecl, results *types.Tuple) types.Type {
	var values []types.Type
	for i := 0; i < results.Len(); i++ {
		if t := results.At(i).Type(); !isError(t) || i != results.Len()-1 {
			values = append(values, t)
		}
	}
	switch len(values) {
	case 0:
		return nil
	case 1:
		return values[0]
	}
	r.complain(function.Type.Results.Pos(), returned, errors.New("expected one result, and an error after it where need be; put several into a struct"))
	return nil
}

func (r *reading) readResult(function *ast.FuncDecl, results *types.Tuple) {
	t := r.resultOf(function, results)
	if t == nil {
		r.Output = jsonSchema{"type": "null"}
		return
	}
	if chunk := chunkOf(t); chunk != nil {
		r.Mode, t = "stream", chunk
	}
	r.describeOutput(function, t)
}

func (r *reading) describeOutput(function *ast.FuncDecl, t types.Type) {
	schemas := newSchemas(r.code, r.found)
	schema, err := schemas.of(t)
	if err == nil {
		schema, err = constrain(schema, r.comment.arguments[returned])
	}
	if err != nil {
		r.complain(function.Type.Results.Pos(), returned, err)
		return
	}
	r.Output = schemas.document(schema)
}

// chunkOf gives T of a channel of T, of func(yield func(T) bool), with or without an error as its result, and of
// func(yield func(T, error) bool); nil for everything else.
func chunkOf(t types.Type) types.Type {
	if channel, ok := t.Underlying().(*types.Chan); ok && channel.Dir() != types.SendOnly {
		return channel.Elem()
	}
	sequence, ok := t.Underlying().(*types.Signature)
	if !ok || sequence.Params().Len() != 1 || sequence.Results().Len() > 1 {
		return nil
	}
	if sequence.Results().Len() == 1 && !isError(sequence.Results().At(0).Type()) {
		return nil
	}
	yield, ok := sequence.Params().At(0).Type().Underlying().(*types.Signature)
	if !ok || yield.Results().Len() != 1 || !types.Identical(yield.Results().At(0).Type(), types.Typ[types.Bool]) {
		return nil
	}
	switch taken := yield.Params(); {
	case taken.Len() == 1, taken.Len() == 2 && isError(taken.At(1).Type()):
		return taken.At(0).Type()
	}
	return nil
}

// readBatch reads func([]Item) ([]Result, error): the fields of an item are the arguments of one caller.
func (r *reading) readBatch(function *ast.FuncDecl, parameters []*types.Var, results *types.Tuple) {
	r.Mode = "batch"
	result := r.resultOf(function, results)
	if len(parameters) != 1 {
		r.complain(function.Pos(), "", errors.New("a batch function takes one argument, a slice of items, and a context when it wants"))
		return
	}
	list, ok := parameters[0].Type().Underlying().(*types.Slice)
	if !ok {
		r.complain(parameters[0].Pos(), parameters[0].Name(), errors.New("a batch function takes a slice of items"))
		return
	}
	schemas := newSchemas(r.code, r.found)
	schema, err := schemas.of(list.Elem())
	if named, ok := unalias(list.Elem()).(*types.Named); ok && schemas.recursive[named] {
		schema, _ = schemas.definitions[named.Obj().Name()].(jsonSchema)
	}
	if err == nil && schema["type"] != "object" {
		err = fmt.Errorf("the items of a batch are structs, not %s", schemas.show(list.Elem()))
	}
	if err != nil {
		r.complain(parameters[0].Pos(), parameters[0].Name(), err)
		return
	}
	r.Input = schemas.document(schema)
	if given, ok := underlyingSlice(result); ok {
		r.describeOutput(function, valueOfResult(given.Elem()))
	} else {
		r.complain(function.Pos(), returned, errors.New("a batch function gives a slice with one result for each item"))
	}
}

func underlyingSlice(t types.Type) (*types.Slice, bool) {
	if t == nil {
		return nil, false
	}
	slice, ok := t.Underlying().(*types.Slice)
	return slice, ok
}

// valueOfResult gives T of runyard.Result[T].
func valueOfResult(t types.Type) types.Type {
	if named, ok := unalias(t).(*types.Named); ok && qualified(t) == "runyard.Result" && named.TypeArgs().Len() == 1 {
		return named.TypeArgs().At(0)
	}
	return t
}
