package pipe

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// isoTime writes a time in UTC, with as much of a second as there is.
const isoTime = "2006-01-02T15:04:05.999999999Z07:00"

func stringCodec(t reflect.Type) codec {
	return codec{
		decode: func(r *reader, into reflect.Value) error {
			text, err := r.text()
			if err != nil {
				return err
			}
			if allowed, ok := enums[t]; ok && !allowed[text] {
				return fmt.Errorf("%q is none of the values of %s", text, t.Name())
			}
			into.SetString(text)
			return nil
		},
		encode: func(w *writer, value reflect.Value) error {
			w.text(value.String())
			return nil
		},
	}
}

var boolCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		value := r.word("true")
		if !value && !r.word("false") {
			return r.fail("true or false")
		}
		into.SetBool(value)
		return nil
	},
	encode: func(w *writer, value reflect.Value) error {
		w.bytes = strconv.AppendBool(w.bytes, value.Bool())
		return nil
	},
}

var intCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		text, err := r.number()
		if err != nil {
			return err
		}
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			real, wrong := strconv.ParseFloat(text, 64)
			if wrong != nil || real != math.Trunc(real) || math.Abs(real) >= 1<<63 {
				return fmt.Errorf("%s is no whole number of 64 bits", text)
			}
			value = int64(real)
		}
		if into.OverflowInt(value) {
			return fmt.Errorf("%s does not fit into %s", text, into.Type())
		}
		into.SetInt(value)
		return nil
	},
	encode: func(w *writer, value reflect.Value) error {
		w.bytes = strconv.AppendInt(w.bytes, value.Int(), 10)
		return nil
	},
}

var uintCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		text, err := r.number()
		if err != nil {
			return err
		}
		value, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			real, wrong := strconv.ParseFloat(text, 64)
			if wrong != nil || real != math.Trunc(real) || real < 0 || real >= 1<<64 {
				return fmt.Errorf("%s is no whole number from 0 of 64 bits", text)
			}
			value = uint64(real)
		}
		if into.OverflowUint(value) {
			return fmt.Errorf("%s does not fit into %s", text, into.Type())
		}
		into.SetUint(value)
		return nil
	},
	encode: func(w *writer, value reflect.Value) error {
		w.bytes = strconv.AppendUint(w.bytes, value.Uint(), 10)
		return nil
	},
}

var floatCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		text, err := r.number()
		if err != nil {
			return err
		}
		value, err := strconv.ParseFloat(text, into.Type().Bits())
		if err != nil {
			return fmt.Errorf("%s is no number of %d bits", text, into.Type().Bits())
		}
		into.SetFloat(value)
		return nil
	},
	encode: func(w *writer, value reflect.Value) error {
		number := value.Float()
		if math.IsNaN(number) || math.IsInf(number, 0) {
			return fmt.Errorf("%v is no number in JSON", number)
		}
		w.number(number, value.Type().Bits())
		return nil
	},
}

var timeCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		text, err := r.text()
		if err != nil {
			return err
		}
		value, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
		if err != nil {
			return fmt.Errorf("%q is no date and time", text)
		}
		into.Set(reflect.ValueOf(value))
		return nil
	},
	encode: func(w *writer, value reflect.Value) error {
		w.bytes = append(w.bytes, '"')
		w.bytes = value.Interface().(time.Time).UTC().AppendFormat(w.bytes, isoTime)
		w.bytes = append(w.bytes, '"')
		return nil
	},
}

var bytesCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		found := false
		err := r.object(func(key string) error {
			if key != "$binary" {
				return errors.New("expected bytes as {\"$binary\": base64}")
			}
			text, err := r.text()
			if err != nil {
				return err
			}
			value, err := base64.StdEncoding.DecodeString(text)
			into.SetBytes(value)
			found = true
			return err
		})
		if err == nil && !found {
			err = errors.New("expected bytes as {\"$binary\": base64}")
		}
		return err
	},
	encode: func(w *writer, value reflect.Value) error {
		w.bytes = append(w.bytes, `{"$binary":"`...)
		w.bytes = append(w.bytes, base64.StdEncoding.EncodeToString(value.Bytes())...)
		w.bytes = append(w.bytes, `"}`...)
		return nil
	},
}

var rawCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		raw, err := r.raw()
		into.SetBytes(append([]byte(nil), raw...))
		return err
	},
	encode: func(w *writer, value reflect.Value) error { return w.raw(value.Bytes()) },
}

var jsonNumberCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		text, err := r.number()
		into.SetString(text)
		return err
	},
	encode: func(w *writer, value reflect.Value) error { return w.raw([]byte(value.String())) },
}

// jsonCodec leaves a type to its own methods.
var jsonCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		raw, err := r.raw()
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, into.Addr().Interface())
	},
	encode: func(w *writer, value reflect.Value) error {
		text, err := json.Marshal(value.Interface())
		if err != nil {
			return err
		}
		return w.raw(text)
	},
}

var textCodec = codec{
	decode: func(r *reader, into reflect.Value) error {
		text, err := r.text()
		if err != nil {
			return err
		}
		if target, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
			return target.UnmarshalText([]byte(text))
		}
		return fmt.Errorf("%s cannot be read from a text", into.Type())
	},
	encode: func(w *writer, value reflect.Value) error {
		source, ok := value.Interface().(encoding.TextMarshaler)
		if !ok && value.CanAddr() {
			source, ok = value.Addr().Interface().(encoding.TextMarshaler)
		}
		if !ok {
			return fmt.Errorf("%s cannot be written as a text", value.Type())
		}
		text, err := source.MarshalText()
		if err == nil {
			w.text(string(text))
		}
		return err
	},
}

func unsendableCodec(t reflect.Type) codec {
	err := fmt.Errorf("a value of type %s has no form in JSON", t)
	return codec{
		decode: func(*reader, reflect.Value) error { return err },
		encode: func(*writer, reflect.Value) error { return err },
	}
}
