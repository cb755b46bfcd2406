package pipe

import (
	"encoding"
	"fmt"
	"reflect"
	"sort"
)

func pointerCodec(t reflect.Type) codec {
	inner := lockedCodecOf(t.Elem())
	return codec{
		decode: func(r *reader, into reflect.Value) error {
			if r.word("null") {
				into.Set(reflect.Zero(t))
				return nil
			}
			made := reflect.New(t.Elem())
			into.Set(made)
			return inner.decode(r, made.Elem())
		},
		encode: func(w *writer, value reflect.Value) error {
			if value.IsNil() {
				w.bytes = append(w.bytes, "null"...)
				return nil
			}
			if err := w.deeper(); err != nil {
				return err
			}
			defer func() { w.depth-- }()
			return inner.encode(w, value.Elem())
		},
	}
}

func sliceCodec(t reflect.Type) codec {
	item := lockedCodecOf(t.Elem())
	return codec{
		decode: func(r *reader, into reflect.Value) error {
			into.Set(reflect.MakeSlice(t, 0, 4))
			return r.array(func(index int) error {
				if index == into.Cap() {
					grown := reflect.MakeSlice(t, index, 2*index)
					reflect.Copy(grown, into)
					into.Set(grown)
				}
				into.SetLen(index + 1)
				if err := item.decode(r, into.Index(index)); err != nil {
					return withinItem(err, index)
				}
				return nil
			})
		},
		encode: encodeItems(item),
	}
}

func arrayCodec(t reflect.Type) codec {
	item := lockedCodecOf(t.Elem())
	return codec{
		decode: func(r *reader, into reflect.Value) error {
			count := 0
			err := r.array(func(index int) error {
				if count++; count > t.Len() {
					return fmt.Errorf("expected %d items", t.Len())
				}
				if err := item.decode(r, into.Index(index)); err != nil {
					return withinItem(err, index)
				}
				return nil
			})
			if err == nil && count != t.Len() {
				err = fmt.Errorf("expected %d items, but there are %d", t.Len(), count)
			}
			return err
		},
		encode: encodeItems(item),
	}
}

func encodeItems(item *codec) func(w *writer, value reflect.Value) error {
	return func(w *writer, value reflect.Value) error {
		if err := w.deeper(); err != nil {
			return err
		}
		w.bytes = append(w.bytes, '[')
		for i, length := 0, value.Len(); i < length; i++ {
			if i > 0 {
				w.bytes = append(w.bytes, ',')
			}
			if err := item.encode(w, value.Index(i)); err != nil {
				return withinItem(err, i)
			}
		}
		w.bytes = append(w.bytes, ']')
		w.depth--
		return nil
	}
}

func mapCodec(t reflect.Type) codec {
	if t.Key().Kind() != reflect.String {
		return unsendableCodec(t)
	}
	item := lockedCodecOf(t.Elem())
	return codec{
		decode: func(r *reader, into reflect.Value) error {
			into.Set(reflect.MakeMap(t))
			return r.object(func(key string) error {
				value := reflect.New(t.Elem()).Elem()
				if err := item.decode(r, value); err != nil {
					return within(err, key)
				}
				into.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), value)
				return nil
			})
		},
		encode: func(w *writer, value reflect.Value) error { return encodeMap(w, value, item) },
	}
}

// encodeMap writes the keys in order, so that the same map gives the same text.
func encodeMap(w *writer, value reflect.Value, item *codec) error {
	if err := w.deeper(); err != nil {
		return err
	}
	keys := value.MapKeys()
	sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
	w.bytes = append(w.bytes, '{')
	for i, key := range keys {
		if i > 0 {
			w.bytes = append(w.bytes, ',')
		}
		w.text(keyText(key))
		w.bytes = append(w.bytes, ':')
		if err := item.encode(w, value.MapIndex(key)); err != nil {
			return within(err, key.String())
		}
	}
	w.bytes = append(w.bytes, '}')
	w.depth--
	return nil
}

func keyText(key reflect.Value) string {
	if source, ok := key.Interface().(encoding.TextMarshaler); ok {
		if text, err := source.MarshalText(); err == nil {
			return string(text)
		}
	}
	return key.String()
}
