package pipe

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
)

// ServeApply serves a function of one parameter by version 1 of the pipe until the input ends, and ends the process.
func ServeApply(apply any) {
	function := reflect.ValueOf(apply)
	write, err := classicAnswers()
	exitOn(err)
	fmt.Println("PIPE_INIT_COMPLETE")
	eachLine(func(line []byte) {
		document, err := classicAnswer(function, line)
		if err != nil {
			document = (&writer{bytes: []byte{'{'}}).member("error", describe(err, function))
		}
		write(document.end())
	})
	os.Exit(0)
}

// classicAnswers keeps what ALGOOUT names open; without it each answer opens and closes the FIFO of old.
func classicAnswers() (func([]byte), error) {
	if named := os.Getenv("ALGOOUT"); named != "" {
		kept, err := openAnswers(named)
		return kept.write, err
	}
	return func(document []byte) {
		file, err := openAnswers(defaultTarget)
		exitOn(err)
		file.write(document)
		file.file.Close()
	}, nil
}

func classicAnswer(function reflect.Value, line []byte) (document *writer, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = &panicked{thrown, trimStack(string(debug.Stack()))}
		}
	}()
	var request struct {
		ContentType string          `json:"content_type"`
		Data        json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		return nil, &placed{message: "the request cannot be read: " + err.Error()}
	}
	input, err := classicInput(function.Type().In(0), request.ContentType, request.Data)
	if err != nil {
		return nil, err
	}
	value, err := split(function.Call([]reflect.Value{input}))
	if err != nil {
		return nil, err
	}
	return classicResult(value)
}

// classicInput makes the parameter out of text, bytes or JSON.
func classicInput(t reflect.Type, contentType string, data json.RawMessage) (reflect.Value, error) {
	into := reflect.New(t).Elem()
	isBytes := t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
	if contentType == "binary" || (contentType == "text" && isBytes) {
		text, err := (&reader{data: data}).text()
		if err != nil {
			return into, err
		}
		raw := []byte(text)
		if contentType == "binary" {
			if raw, err = base64.StdEncoding.DecodeString(text); err != nil {
				return into, &placed{message: "the data is no base64: " + err.Error()}
			}
		}
		if value := reflect.ValueOf(raw); value.Type().ConvertibleTo(t) && (isBytes || t.Kind() == reflect.Interface) {
			into.Set(value.Convert(t))
			return into, nil
		}
		return into, &placed{message: fmt.Sprintf("the algorithm takes %s, not bytes", t)}
	}
	if err := codecOf(t).decode(&reader{data: data}, into); err != nil {
		return into, &placed{message: "the input does not fit: " + err.Error()}
	}
	return into, nil
}

func classicResult(value reflect.Value) (*writer, error) {
	for value.IsValid() && value.Kind() == reflect.Interface && !value.IsNil() {
		value = value.Elem()
	}
	document := &writer{bytes: []byte(`{"result":`)}
	contentType := "json"
	switch {
	case !value.IsValid():
		document.bytes = append(document.bytes, "null"...)
	case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Uint8 && value.Type() != rawType:
		contentType = "binary"
		document.text(base64.StdEncoding.EncodeToString(value.Bytes()))
	default:
		if value.Kind() == reflect.String {
			contentType = "text"
		}
		if err := codecOf(value.Type()).encode(document, value); err != nil {
			return nil, &unsendable{err}
		}
	}
	return document.member("metadata", map[string]string{"content_type": contentType}), nil
}
