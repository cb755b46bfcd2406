package pipe

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// member is a field of a struct as JSON sees it.
type member struct {
	name      string
	index     []int
	optional  bool
	omitEmpty bool
	// constant is the one value the field may have; a union is told apart by it.
	constant *string
	codec    *codec
	key      []byte
}

func structCodec(t reflect.Type) codec {
	members := membersOf(t, t, nil)
	byName := map[string]int{}
	for i, one := range members {
		byName[one.name] = i
	}
	return codec{
		decode: func(r *reader, into reflect.Value) error { return decodeStruct(r, into, members, byName) },
		encode: func(w *writer, value reflect.Value) error { return encodeStruct(w, value, members) },
	}
}

func decodeStruct(r *reader, into reflect.Value, members []member, byName map[string]int) error {
	seen := make([]bool, len(members))
	err := r.object(func(key string) error {
		i, ok := byName[key]
		if !ok {
			return within(errors.New("unknown property"), key)
		}
		seen[i] = true
		one := &members[i]
		field := into.FieldByIndex(one.index)
		if err := one.codec.decode(r, field); err != nil {
			return within(err, key)
		}
		if one.constant != nil && field.String() != *one.constant {
			return within(fmt.Errorf("expected %q", *one.constant), key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, given := range seen {
		if !given && !members[i].optional {
			return within(errors.New("missing"), members[i].name)
		}
	}
	return nil
}

func encodeStruct(w *writer, value reflect.Value, members []member) error {
	if err := w.deeper(); err != nil {
		return err
	}
	w.bytes = append(w.bytes, '{')
	first := true
	for i := range members {
		one := &members[i]
		field := value.FieldByIndex(one.index)
		if one.omitEmpty && isEmpty(field) {
			continue
		}
		if !first {
			w.bytes = append(w.bytes, ',')
		}
		first = false
		w.bytes = append(w.bytes, one.key...)
		if err := one.codec.encode(w, field); err != nil {
			return within(err, one.name)
		}
	}
	w.bytes = append(w.bytes, '}')
	w.depth--
	return nil
}

// membersOf lists the fields with those of embedded structs, by the rules of encoding/json.
func membersOf(root, t reflect.Type, index []int) []member {
	var members []member
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		path := append(append([]int(nil), index...), i)
		if field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct {
			members = append(members, membersOf(root, field.Type, path)...)
			continue
		}
		if !field.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		omitEmpty := strings.Contains(","+options+",", ",omitempty,") || strings.Contains(","+options+",", ",omitzero,")
		one := member{name: name, index: path, omitEmpty: omitEmpty, codec: lockedCodecOf(field.Type)}
		one.optional = omitEmpty || field.Type.Kind() == reflect.Pointer
		if value, ok := constants[fieldKey{t, field.Name}]; ok {
			one.constant = &value
		}
		key := writer{}
		key.text(name)
		one.key = append(key.bytes, ':')
		members = append(members, one)
	}
	return members
}

func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Slice, reflect.Map:
		return value.Len() == 0
	}
	return value.IsZero()
}

// tupleCodec writes the fields of a struct as the items of an array.
func tupleCodec(t reflect.Type) codec {
	items := make([]*codec, t.NumField())
	for i := range items {
		items[i] = lockedCodecOf(t.Field(i).Type)
	}
	return codec{
		decode: func(r *reader, into reflect.Value) error {
			count := 0
			err := r.array(func(index int) error {
				if count++; count > len(items) {
					return fmt.Errorf("expected %d items", len(items))
				}
				if err := items[index].decode(r, into.Field(index)); err != nil {
					return withinItem(err, index)
				}
				return nil
			})
			if err == nil && count < len(items) {
				err = fmt.Errorf("expected %d items, but there are %d", len(items), count)
			}
			return err
		},
		encode: func(w *writer, value reflect.Value) error {
			if err := w.deeper(); err != nil {
				return err
			}
			for i, item := range items {
				w.bytes = append(w.bytes, "[,"[min(i, 1)])
				if err := item.encode(w, value.Field(i)); err != nil {
					return withinItem(err, i)
				}
			}
			w.bytes = append(w.bytes, ']')
			w.depth--
			return nil
		},
	}
}
