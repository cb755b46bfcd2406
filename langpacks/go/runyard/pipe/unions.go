package pipe

import (
	"encoding/json"
	"fmt"
	"reflect"
)

type fieldKey struct {
	owner reflect.Type
	field string
}

var (
	enums     = map[reflect.Type]map[string]bool{}
	unions    = map[reflect.Type][]reflect.Type{}
	constants = map[fieldKey]string{}
)

// Enum says which constants a string type has. Generated code calls it before anything is served, and the next two.
func Enum[T ~string](values ...string) {
	allowed := map[string]bool{}
	for _, value := range values {
		allowed[value] = true
	}
	enums[typeOf[T]()] = allowed
}

// Union says which types implement an interface.
func Union[T any](members ...reflect.Type) { unions[typeOf[T]()] = members }

// Constant says which one value a field may have.
func Constant[T any](field, value string) { constants[fieldKey{typeOf[T](), field}] = value }

// Type is how generated code names a member of a union.
func Type[T any]() reflect.Type { return typeOf[T]() }

func typeOf[T any]() reflect.Type { return reflect.TypeOf((*T)(nil)).Elem() }

// interfaceCodec takes anything, or the first member of a union that fits.
func interfaceCodec(t reflect.Type) codec {
	decode := func(r *reader, into reflect.Value) error {
		value, err := r.any()
		if err != nil {
			return err
		}
		if value == nil {
			into.Set(reflect.Zero(t))
			return nil
		}
		if found := reflect.ValueOf(value); found.Type().AssignableTo(t) {
			into.Set(found)
			return nil
		}
		return fmt.Errorf("%s cannot be read from JSON", t)
	}
	if members, ok := unions[t]; ok {
		decode = func(r *reader, into reflect.Value) error { return decodeUnion(r, into, members) }
	}
	return codec{decode: decode, encode: encodeDynamic}
}

func decodeUnion(r *reader, into reflect.Value, members []reflect.Type) error {
	start, depth := r.at, r.depth
	var last error
	for _, t := range members {
		made := reflect.New(t).Elem()
		if last = codecOf(t).decode(r, made); last == nil {
			into.Set(made)
			return nil
		}
		r.at, r.depth = start, depth
	}
	return last
}

// encodeDynamic writes a value by the type it has at present.
func encodeDynamic(w *writer, value reflect.Value) error {
	if value.IsNil() {
		w.bytes = append(w.bytes, "null"...)
		return nil
	}
	if err := w.deeper(); err != nil {
		return err
	}
	defer func() { w.depth-- }()
	inner := value.Elem()
	return codecOf(inner.Type()).encode(w, inner)
}

// any reads a value as encoding/json does, but a number that is whole as an int64, so that it comes back as it was.
func (r *reader) any() (any, error) {
	switch r.peek() {
	case '{':
		object := map[string]any{}
		err := r.object(func(key string) (err error) {
			object[key], err = r.any()
			return err
		})
		return object, err
	case '[':
		array := []any{}
		err := r.array(func(int) error {
			item, err := r.any()
			array = append(array, item)
			return err
		})
		return array, err
	case '"':
		return r.text()
	}
	raw, err := r.raw()
	if err != nil {
		return nil, err
	}
	return scalar(raw)
}

func scalar(raw json.RawMessage) (any, error) {
	switch raw[0] {
	case 'n':
		return nil, nil
	case 't', 'f':
		return raw[0] == 't', nil
	}
	var whole int64
	if json.Unmarshal(raw, &whole) == nil {
		return whole, nil
	}
	var real float64
	err := json.Unmarshal(raw, &real)
	return real, err
}
