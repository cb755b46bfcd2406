package main

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"reflect"
	"sort"
	"strings"
)

type jsonSchema map[string]any

// schemas makes the schemas of one document. package pipe (codec.go) reads and writes values by the same rules.
type schemas struct {
	code        *code
	definitions jsonSchema
	// inside are the named types that are being described; one that comes up again contains itself.
	inside    map[*types.Named]bool
	recursive map[*types.Named]bool
	found     *found
}

// found is what generated code has to tell package pipe about types.
type found struct {
	enums     map[*types.Named][]string
	unions    map[*types.Named][]*types.Named
	constants map[[2]string]fieldConstant
}

type fieldConstant struct {
	owner *types.Named
	field string
	value string
}

func newSchemas(code *code, found *found) *schemas {
	return &schemas{code, jsonSchema{}, map[*types.Named]bool{}, map[*types.Named]bool{}, found}
}

// document adds the definitions that a schema refers to.
func (s *schemas) document(schema jsonSchema) jsonSchema {
	if len(s.definitions) > 0 {
		schema["$defs"] = s.definitions
	}
	return schema
}

// of gives the schema of a type, or says why there is none.
func (s *schemas) of(t types.Type) (jsonSchema, error) {
	switch t := unalias(t).(type) {
	case *types.Named:
		return s.named(t)
	case *types.Basic:
		return basic(t)
	case *types.Pointer:
		inner, err := s.of(t.Elem())
		return nullable(inner), err
	case *types.Slice:
		if isByte(t.Elem()) {
			return bytesSchema(), nil
		}
		items, err := s.of(t.Elem())
		return jsonSchema{"type": "array", "items": items}, err
	case *types.Array:
		items, err := s.of(t.Elem())
		return jsonSchema{"type": "array", "items": items, "minItems": t.Len(), "maxItems": t.Len()}, err
	case *types.Map:
		if key, ok := t.Key().Underlying().(*types.Basic); !ok || key.Info()&types.IsString == 0 {
			return nil, fmt.Errorf("the keys of a map must be strings, but are %s", s.show(t.Key()))
		}
		values, err := s.of(t.Elem())
		return jsonSchema{"type": "object", "additionalProperties": values}, err
	case *types.Struct:
		return s.object(t, nil)
	case *types.Interface:
		if t.Empty() {
			return jsonSchema{}, nil
		}
	}
	return nil, fmt.Errorf("%s has no form in JSON", s.show(t))
}

func (s *schemas) show(t types.Type) string {
	return types.TypeString(t, types.RelativeTo(s.code.pkg))
}

func (s *schemas) named(t *types.Named) (jsonSchema, error) {
	switch qualified(t) {
	case "time.Time":
		return jsonSchema{"type": "string", "format": "date-time"}, nil
	case "encoding/json.RawMessage":
		return jsonSchema{}, nil
	case "encoding/json.Number":
		return jsonSchema{"type": "number"}, nil
	case "runyard.Pair", "runyard.Triple":
		return s.tuple(t)
	}
	switch {
	case hasMethod(t, "UnmarshalJSON") || hasMethod(t, "MarshalJSON"):
		return jsonSchema{}, nil
	case hasMethod(t, "UnmarshalText") || hasMethod(t, "MarshalText"):
		return jsonSchema{"type": "string"}, nil
	}
	if union, ok := t.Underlying().(*types.Interface); ok && !union.Empty() {
		return s.define(t, func() (jsonSchema, error) { return s.union(t, union) })
	}
	if structure, ok := t.Underlying().(*types.Struct); ok {
		return s.define(t, func() (jsonSchema, error) { return s.object(structure, t) })
	}
	if text, ok := t.Underlying().(*types.Basic); ok {
		if values := constantsOf(t); text.Kind() == types.String && len(values) > 0 {
			s.found.enums[t] = values
			return jsonSchema{"type": "string", "enum": values}, nil
		}
		return basic(text)
	}
	return s.define(t, func() (jsonSchema, error) { return s.of(t.Underlying()) })
}

func (s *schemas) tuple(t *types.Named) (jsonSchema, error) {
	var items []jsonSchema
	for i := 0; i < t.TypeArgs().Len(); i++ {
		item, err := s.of(t.TypeArgs().At(i))
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return jsonSchema{"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}, nil
}

// define describes a named type in place, or by reference when it contains itself.
func (s *schemas) define(t *types.Named, describe func() (jsonSchema, error)) (jsonSchema, error) {
	reference := jsonSchema{"$ref": "#/$defs/" + t.Obj().Name()}
	if s.inside[t] {
		s.recursive[t] = true
		return reference, nil
	}
	if s.recursive[t] {
		return reference, nil
	}
	s.inside[t] = true
	schema, err := describe()
	delete(s.inside, t)
	if s.recursive[t] {
		s.definitions[t.Obj().Name()] = schema
		return reference, err
	}
	return schema, err
}

func (s *schemas) object(t *types.Struct, owner *types.Named) (jsonSchema, error) {
	properties, required := jsonSchema{}, []string{}
	if err := s.fields(t, owner, properties, &required); err != nil {
		return nil, err
	}
	sort.Strings(required)
	return jsonSchema{
		"type": "object", "properties": properties, "required": required, "additionalProperties": false,
	}, nil
}

// fields adds those of a struct and of the structs embedded in it.
func (s *schemas) fields(t *types.Struct, owner *types.Named, properties jsonSchema, required *[]string) error {
	for i := 0; i < t.NumFields(); i++ {
		field := t.Field(i)
		name, options, _ := strings.Cut(reflect.StructTag(t.Tag(i)).Get("json"), ",")
		if inner, ok := unalias(field.Type()).Underlying().(*types.Struct); ok && field.Embedded() && name == "" {
			embedded, _ := unalias(field.Type()).(*types.Named)
			if err := s.fields(inner, embedded, properties, required); err != nil {
				return err
			}
			continue
		}
		if !field.Exported() || name == "-" {
			continue
		}
		if name == "" {
			name = field.Name()
		}
		schema, optional, err := s.field(field, owner, options)
		if err != nil {
			return fmt.Errorf("%s: %w", field.Name(), err)
		}
		properties[name] = schema
		if !optional {
			*required = append(*required, name)
		}
	}
	return nil
}

func (s *schemas) field(field *types.Var, owner *types.Named, options string) (jsonSchema, bool, error) {
	if strings.Contains(","+options+",", ",string,") {
		return nil, false, fmt.Errorf("the json option string is not supported")
	}
	omit := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
	pointer, isPointer := unalias(field.Type()).(*types.Pointer)
	t := field.Type()
	if omit && isPointer {
		t = pointer.Elem() // left out where there is none, never null
	}
	schema, err := s.of(t)
	if err != nil {
		return nil, false, err
	}
	schema, err = constrain(schema, s.code.comments[field.Pos()].Text())
	if value, ok := schema["const"].(string); ok && owner != nil {
		s.found.constants[[2]string{owner.String(), field.Name()}] = fieldConstant{owner, field.Name(), value}
	}
	return schema, omit || isPointer, err
}

// union describes an interface by the types of its package that implement it: a method that is not exported keeps
// others from doing so.
func (s *schemas) union(t *types.Named, methods *types.Interface) (jsonSchema, error) {
	if !isSealed(methods) || t.Obj().Pkg() != s.code.pkg {
		return nil, fmt.Errorf("an interface must have a method that is not exported, so that only types of its package implement it; %s has none", s.show(t))
	}
	var members []*types.Named
	var schemas []any
	scope := t.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		object, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || object.IsAlias() {
			continue
		}
		member, ok := object.Type().(*types.Named)
		if !ok || types.IsInterface(member) || !types.Implements(member, methods) {
			continue
		}
		schema, err := s.of(member)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		members, schemas = append(members, member), append(schemas, schema)
	}
	if len(members) == 0 {
		return nil, fmt.Errorf("no type implements %s", s.show(t))
	}
	s.found.unions[t] = members
	return discriminated(schemas), nil
}

// discriminated lets messages speak of the alternative that was meant, where a property tells them apart.
func discriminated(members []any) jsonSchema {
	first, _ := members[0].(jsonSchema)["properties"].(jsonSchema)
	names := make([]string, 0, len(first))
	for name := range first {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if tells(members, name) {
			return jsonSchema{
				"type": "object", "discriminator": jsonSchema{"propertyName": name}, "required": []string{name}, "oneOf": members,
			}
		}
	}
	return jsonSchema{"anyOf": members}
}

func tells(members []any, name string) bool {
	seen := map[any]bool{}
	for _, member := range members {
		properties, _ := member.(jsonSchema)["properties"].(jsonSchema)
		property, _ := properties[name].(jsonSchema)
		value, ok := property["const"].(string)
		if !ok || seen[value] {
			return false
		}
		seen[value] = true
	}
	return len(members) > 1
}

func basic(t *types.Basic) (jsonSchema, error) {
	ranges := map[types.BasicKind][2]int64{
		types.Int8: {-1 << 7, 1<<7 - 1}, types.Int16: {-1 << 15, 1<<15 - 1}, types.Int32: {-1 << 31, 1<<31 - 1},
		types.Uint8: {0, 1<<8 - 1}, types.Uint16: {0, 1<<16 - 1}, types.Uint32: {0, 1<<32 - 1},
	}
	if limits, ok := ranges[t.Kind()]; ok {
		return jsonSchema{"type": "integer", "minimum": limits[0], "maximum": limits[1]}, nil
	}
	switch {
	case t.Kind() == types.Uintptr || t.Kind() == types.UnsafePointer:
	case t.Info()&types.IsString != 0:
		return jsonSchema{"type": "string"}, nil
	case t.Info()&types.IsBoolean != 0:
		return jsonSchema{"type": "boolean"}, nil
	case t.Info()&types.IsUnsigned != 0:
		return jsonSchema{"type": "integer", "minimum": 0}, nil
	case t.Info()&types.IsInteger != 0:
		return jsonSchema{"type": "integer"}, nil
	case t.Info()&types.IsFloat != 0:
		return jsonSchema{"type": "number"}, nil
	}
	return nil, fmt.Errorf("%s has no form in JSON", t)
}

func bytesSchema() jsonSchema {
	return jsonSchema{
		"type": "object", "properties": jsonSchema{"$binary": jsonSchema{"type": "string"}},
		"required": []string{"$binary"}, "additionalProperties": false, "x-type": "bytes",
	}
}

func nullable(schema jsonSchema) jsonSchema {
	return jsonSchema{"anyOf": []any{schema, jsonSchema{"type": "null"}}}
}

func isByte(t types.Type) bool {
	kind, ok := t.Underlying().(*types.Basic)
	return ok && kind.Kind() == types.Byte
}

func isSealed(methods *types.Interface) bool {
	for i := 0; i < methods.NumMethods(); i++ {
		if !methods.Method(i).Exported() {
			return true
		}
	}
	return false
}

func hasMethod(t *types.Named, name string) bool {
	method, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, t.Obj().Pkg(), name)
	_, ok := method.(*types.Func)
	return ok
}

// qualified is a type's name with the path of its package.
func qualified(t types.Type) string {
	named, ok := unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return ""
	}
	return named.Obj().Pkg().Path() + "." + named.Obj().Name()
}

// constantsOf are the values of the constants of a type in its package, in the order they are written.
func constantsOf(t *types.Named) []string {
	if t.Obj().Pkg() == nil {
		return nil
	}
	type value struct {
		at   token.Pos
		text string
	}
	var found []value
	scope := t.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		one, ok := scope.Lookup(name).(*types.Const)
		if ok && types.Identical(one.Type(), t) && one.Val().Kind() == constant.String {
			found = append(found, value{one.Pos(), constant.StringVal(one.Val())})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].at < found[j].at })
	var texts []string
	for _, one := range found {
		texts = append(texts, one.text)
	}
	return texts
}
