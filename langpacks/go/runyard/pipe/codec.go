package pipe

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"time"
)

// codec reads and writes values of one type. The program that describes adapters (describe/schema.go) makes schemas by
// the same rules.
type codec struct {
	decode func(r *reader, into reflect.Value) error
	encode func(w *writer, value reflect.Value) error
}

var (
	timeType            = reflect.TypeOf(time.Time{})
	rawType             = reflect.TypeOf(json.RawMessage(nil))
	tupleType           = reflect.TypeOf((*interface{ IsTuple() })(nil)).Elem()
	numberType          = reflect.TypeOf(json.Number(""))
	marshalerType       = reflect.TypeOf((*json.Marshaler)(nil)).Elem()
	unmarshalerType     = reflect.TypeOf((*json.Unmarshaler)(nil)).Elem()
	textMarshalerType   = reflect.TypeOf((*encoding.TextMarshaler)(nil)).Elem()
	textUnmarshalerType = reflect.TypeOf((*encoding.TextUnmarshaler)(nil)).Elem()

	codecs   = map[reflect.Type]*codec{}
	codecsMu sync.Mutex
)

// codecOf makes the codec of a type once. A type that contains itself finds its own, not yet filled in.
func codecOf(t reflect.Type) *codec {
	codecsMu.Lock()
	defer codecsMu.Unlock()
	return lockedCodecOf(t)
}

func lockedCodecOf(t reflect.Type) *codec {
	if known, ok := codecs[t]; ok {
		return known
	}
	made := &codec{}
	codecs[t] = made
	*made = newCodec(t)
	return made
}

func newCodec(t reflect.Type) codec {
	switch {
	case t.Kind() == reflect.Struct && t.PkgPath() == "runyard" && t.Implements(tupleType):
		return tupleCodec(t)
	case t == timeType:
		return timeCodec
	case t == rawType:
		return rawCodec
	case t == numberType:
		return jsonNumberCodec
	case reflect.PtrTo(t).Implements(unmarshalerType) || t.Implements(marshalerType):
		return jsonCodec
	case reflect.PtrTo(t).Implements(textUnmarshalerType) || t.Implements(textMarshalerType):
		return textCodec
	}
	switch t.Kind() {
	case reflect.String:
		return stringCodec(t)
	case reflect.Bool:
		return boolCodec
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intCodec
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return uintCodec
	case reflect.Float32, reflect.Float64:
		return floatCodec
	case reflect.Pointer:
		return pointerCodec(t)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return bytesCodec
		}
		return sliceCodec(t)
	case reflect.Array:
		return arrayCodec(t)
	case reflect.Map:
		return mapCodec(t)
	case reflect.Struct:
		return structCodec(t)
	case reflect.Interface:
		return interfaceCodec(t)
	}
	return unsendableCodec(t)
}
