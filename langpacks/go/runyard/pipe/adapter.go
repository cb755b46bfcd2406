// Package pipe serves an adapter by version 2 of Runyard's pipe, and an Apply by version 1. Code that describing a project
// generates calls it; adapters import package runyard.
package pipe

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Modes of algorithms.
const (
	Unary  = "unary"
	Stream = "stream"
	Batch  = "batch"
)

// Argument is one that callers give by name.
type Argument struct {
	Name string
	// Default is JSON; empty for an argument that must be given.
	Default string
}

// Algorithm is a function of the adapter.
type Algorithm struct {
	Name      string
	Mode      string
	Func      any
	Arguments []Argument
	// Context says that the last parameter is a context.
	Context bool
}

// Adapter is all of an adapter.
type Adapter struct {
	Algorithms  []Algorithm
	Setup       any
	Teardown    any
	Concurrency int
}

// algorithm is one with what its types take to be read and written.
type algorithm struct {
	Algorithm
	function   reflect.Value
	parameters []parameter
	byName     map[string]int
	// item is the type of a batch's items.
	item reflect.Type
}

type parameter struct {
	Argument
	t     reflect.Type
	codec *codec
}

func newAlgorithm(from Algorithm) *algorithm {
	made := &algorithm{Algorithm: from, function: reflect.ValueOf(from.Func), byName: map[string]int{}}
	t := made.function.Type()
	if from.Mode == Batch {
		made.item = t.In(0).Elem()
		codecOf(made.item)
		return made
	}
	for i, argument := range from.Arguments {
		made.parameters = append(made.parameters, parameter{argument, t.In(i), codecOf(t.In(i))})
		made.byName[argument.Name] = i
	}
	return made
}

// bind reads the arguments of one call.
func (a *algorithm) bind(args json.RawMessage) ([]reflect.Value, error) {
	values := make([]reflect.Value, len(a.parameters), len(a.parameters)+1)
	r := reader{data: args}
	err := r.object(func(name string) error {
		i, ok := a.byName[name]
		if !ok {
			return within(errors.New("unknown argument"), name)
		}
		value, err := a.parameters[i].decode(&r)
		values[i] = value
		return err
	})
	for i := range a.parameters {
		if err != nil {
			return nil, err
		}
		if !values[i].IsValid() {
			values[i], err = a.parameters[i].missing()
		}
	}
	return values, err
}

func (p *parameter) decode(r *reader) (reflect.Value, error) {
	value := reflect.New(p.t).Elem()
	if err := p.codec.decode(r, value); err != nil {
		return value, within(err, p.Name)
	}
	return value, nil
}

func (p *parameter) missing() (reflect.Value, error) {
	if p.Default == "" {
		return reflect.Value{}, within(errors.New("missing"), p.Name)
	}
	return p.decode(&reader{data: []byte(p.Default)})
}

// bindBatch reads the items of one call; those that do not fit come as errors.
func (a *algorithm) bindBatch(batch json.RawMessage) (items reflect.Value, refused []error, err error) {
	items = reflect.MakeSlice(reflect.SliceOf(a.item), 0, 8)
	item := codecOf(a.item)
	r := reader{data: batch}
	err = r.array(func(int) error {
		raw, err := r.raw()
		if err != nil {
			return err
		}
		value := reflect.New(a.item).Elem()
		wrong := item.decode(&reader{data: raw}, value)
		if wrong == nil {
			items = reflect.Append(items, value)
		}
		refused = append(refused, wrong)
		return nil
	})
	return items, refused, err
}

// split takes the error off a function's results.
func split(results []reflect.Value) (reflect.Value, error) {
	var value reflect.Value
	for _, one := range results {
		if one.Type() == errorType {
			if err, _ := one.Interface().(error); err != nil {
				return reflect.Value{}, err
			}
		} else {
			value = one
		}
	}
	return value, nil
}

var errorType = reflect.TypeOf((*error)(nil)).Elem()

// callHook runs Setup or Teardown, which may be missing.
func callHook(hook any) error {
	if hook == nil {
		return nil
	}
	_, err := split(reflect.ValueOf(hook).Call(nil))
	if err != nil {
		return fmt.Errorf("%w", err)
	}
	return nil
}
