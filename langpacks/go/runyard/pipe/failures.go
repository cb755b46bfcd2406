package pipe

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"runyard"
)

const maxStack = 60_000

// failure is an error as the pipe tells it.
type failure struct {
	Message    string          `json:"message"`
	Type       string          `json:"error_type"`
	Stacktrace string          `json:"stacktrace,omitempty"`
	Errors     json.RawMessage `json:"errors,omitempty"`
	Status     json.RawMessage `json:"status,omitempty"`
}

// panicked is what a function threw, with the stack at that point.
type panicked struct {
	value any
	stack string
}

func (p *panicked) Error() string { return fmt.Sprint(p.value) }

// unsendable is a result that JSON cannot hold.
type unsendable struct{ cause error }

func (u *unsendable) Error() string { return "The result cannot be sent: " + u.cause.Error() }

// describe tells of an error that function gave.
func describe(err error, function reflect.Value) failure {
	var unfit *placed
	var output *unsendable
	switch {
	case errors.As(err, &output):
		return failure{Message: err.Error(), Type: "InvalidOutput"}
	case errors.As(err, &unfit):
		return invalidInput(unfit.message, unfit.path, err.Error())
	}
	told := failure{Message: err.Error(), Stacktrace: stackOf(err, function)}
	var thrown *panicked
	if errors.As(err, &thrown) {
		told.Type = "Panic"
		inner, isError := thrown.value.(error)
		if _, isRuntime := thrown.value.(runtime.Error); !isError || isRuntime {
			return told
		}
		err = inner
	}
	told.classify(err)
	return told
}

func (told *failure) classify(err error) {
	var invalid runyard.InvalidInput
	var request runyard.RequestError
	var call *runyard.CallError
	told.Type = typeNameOf(err)
	switch {
	case errors.As(err, &invalid):
		told.Type = "InvalidInput"
		if invalid.Path != "" {
			told.Errors = places(invalid.Path, invalid.Message)
		}
	case errors.As(err, &request):
		told.Type = "RequestError"
		if request.Status != 0 {
			told.Status = encoded(request.Status)
		}
	case errors.As(err, &call):
		told.Type, told.Errors, told.Status = call.Type, call.Errors, call.Status
	}
}

func invalidInput(message, path, whole string) failure {
	return failure{Message: whole, Type: "InvalidInput", Errors: places(path, message)}
}

func places(path, message string) json.RawMessage {
	if path != "" && path[0] != '/' {
		path = "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(path)
	}
	return encoded([]map[string]string{{"path": path, "message": message}})
}

func encoded(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return text
}

// typeNameOf is the name of the first type in the chain of an error that its author gave it: errors of package errors
// and fmt have none.
func typeNameOf(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		t := reflect.TypeOf(err)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.PkgPath() != "fmt" && t.PkgPath() != "errors" && t.Name() != "" {
			return t.Name()
		}
	}
	return "error"
}

// stackOf tells where an error comes from: the stack of a panic, what %+v shows of an error that carries one, and the
// function that returned it, for errors in Go know no more.
func stackOf(err error, function reflect.Value) string {
	var thrown *panicked
	text := ""
	if errors.As(err, &thrown) {
		text = fmt.Sprintf("panic: %v\n%s", thrown.value, thrown.stack)
	} else {
		text = fmt.Sprintf("%+v", err)
		if function.IsValid() {
			known := runtime.FuncForPC(function.Pointer())
			file, line := known.FileLine(function.Pointer())
			text += fmt.Sprintf("\nreturned by\n%s\n\t%s:%d", known.Name(), file, line)
		}
	}
	if len(text) > maxStack {
		text = text[:maxStack] + "\n..."
	}
	return text
}

// trimStack leaves the frames between the panic and the pipe.
func trimStack(stack string) string {
	if at := strings.LastIndex(stack, "\npanic("); at >= 0 {
		if lines := strings.SplitN(stack[at+1:], "\n", 3); len(lines) == 3 {
			stack = lines[2]
		}
	}
	if at := strings.Index(stack, "\nreflect.Value.call("); at >= 0 {
		stack = stack[:at]
	}
	return stack
}
