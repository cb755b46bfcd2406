package pipe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"runyard"
)

const maxLogBytes = 4 << 20

// run is one request from the moment it begins to its answer; functions see it as their context.
type run struct {
	id        string
	algorithm *algorithm
	answers   *answers
	calls     *calls
	context   context.Context
	cancel    context.CancelFunc
	mu        sync.Mutex
	ended     bool
	logged    atomic.Int64
}

func newRun(message *message, algorithm *algorithm, answers *answers, calls *calls) *run {
	made := &run{id: message.id, algorithm: algorithm, answers: answers, calls: calls}
	made.context, made.cancel = context.WithCancel(context.Background())
	return made
}

// perform runs the function and writes the answer.
func (r *run) perform(message *message) {
	defer r.cancel()
	document, err := r.answer(message)
	if r.context.Err() != nil {
		err = runyard.Cancelled{}
	}
	if err != nil {
		document = begin(r.id).member("error", describe(err, r.algorithm.function))
	}
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.answers.write(document.end())
}

func (r *run) answer(message *message) (document *writer, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = &panicked{thrown, trimStack(string(debug.Stack()))}
		}
	}()
	switch {
	case message.batch != nil && r.algorithm.Mode != Batch:
		return nil, &placed{message: fmt.Sprintf("%s takes one input at a time, not a batch", r.algorithm.Name)}
	case message.batch == nil && r.algorithm.Mode == Batch:
		return r.single(message)
	case r.algorithm.Mode == Batch:
		return r.batch(message)
	}
	values, err := r.algorithm.bind(message.args)
	if err != nil {
		return nil, err
	}
	value, err := split(r.call(values))
	if err == nil && r.algorithm.Mode == Stream {
		err = r.stream(value)
		value = reflect.Value{}
	}
	if err != nil {
		return nil, err
	}
	return r.encode(begin(r.id), "result", value)
}

func (r *run) call(values []reflect.Value) []reflect.Value {
	if r.algorithm.Context {
		values = append(values, reflect.ValueOf(runyard.NewContext(r.context, r)))
	}
	return r.algorithm.function.Call(values)
}

func (r *run) encode(document *writer, key string, value reflect.Value) (*writer, error) {
	document.bytes = append(document.bytes, '"')
	document.bytes = append(document.bytes, key...)
	document.bytes = append(document.bytes, '"', ':')
	if !value.IsValid() {
		document.bytes = append(document.bytes, "null"...)
		return document, nil
	}
	if err := codecOf(value.Type()).encode(document, value); err != nil {
		return nil, &unsendable{err}
	}
	return document, nil
}

// stream sends what a function's stream yields, until it ends or the run is cancelled.
func (r *run) stream(source reflect.Value) error {
	var failed error
	send := func(chunk reflect.Value) bool {
		if failed = r.context.Err(); failed != nil {
			return false
		}
		document, err := r.encode(begin(r.id), "chunk", chunk)
		if err != nil {
			failed = err
			return false
		}
		r.answers.write(document.end())
		return true
	}
	if source.Kind() == reflect.Chan {
		return r.drain(source, send, &failed)
	}
	yield := reflect.MakeFunc(source.Type().In(0), func(args []reflect.Value) []reflect.Value {
		if len(args) == 2 && !args[1].IsNil() {
			failed = args[1].Interface().(error)
			return []reflect.Value{reflect.ValueOf(false)}
		}
		return []reflect.Value{reflect.ValueOf(send(args[0]))}
	})
	_, err := split(source.Call([]reflect.Value{yield}))
	if failed != nil {
		return failed
	}
	return err
}

func (r *run) drain(source reflect.Value, send func(reflect.Value) bool, failed *error) error {
	cases := []reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: source},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(r.context.Done())},
	}
	for {
		chosen, chunk, open := reflect.Select(cases)
		if chosen == 1 {
			return r.context.Err()
		}
		if !open || !send(chunk) {
			return *failed
		}
	}
}

// Progress implements runyard.Channel.
func (r *run) Progress(fraction float64, message string) {
	if math.IsNaN(fraction) || math.IsInf(fraction, 0) {
		panic(fmt.Sprintf("Progress takes a number from 0 to 1, but got %v", fraction))
	}
	document := begin(r.id).member("progress", fraction)
	if message != "" {
		document.member("message", message)
	}
	r.send(document)
}

// Log implements runyard.Channel.
func (r *run) Log(text string) {
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		before := r.logged.Add(int64(len(line)+1)) - int64(len(line)+1)
		if before > maxLogBytes {
			return
		}
		if before+int64(len(line)) >= maxLogBytes {
			line = "(the log of this run is full; further lines are dropped)"
		}
		r.send(begin(r.id).member("log", line))
	}
}

// Call implements runyard.Channel.
func (r *run) Call(ctx context.Context, algorithm string, args, result any) error {
	document := &writer{}
	if args == nil {
		args = map[string]any{}
	}
	if err := codecOf(reflect.TypeOf(args)).encode(document, reflect.ValueOf(args)); err != nil {
		return fmt.Errorf("the arguments of %s cannot be sent: %w", algorithm, err)
	}
	question, answer := r.calls.open(r.id)
	defer r.calls.close(question)
	asked := begin(r.id).member("call", question).member("algorithm", algorithm)
	asked.bytes = append(append(asked.bytes, `,"args":`...), document.bytes...)
	r.send(asked)
	select {
	case <-ctx.Done():
		return runyard.Cancelled{}
	case got := <-answer:
		if got.err != nil || result == nil {
			return got.err
		}
		return storeResult(got.result, result)
	}
}

func storeResult(text []byte, result any) error {
	into := reflect.ValueOf(result)
	if into.Kind() != reflect.Pointer || into.IsNil() {
		return errors.New("Call takes a pointer to what the result is stored in")
	}
	return codecOf(into.Type().Elem()).decode(&reader{data: text}, into.Elem())
}

// send writes something about a run, unless its answer has been written: then nobody wants to hear it.
func (r *run) send(document *writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.answers.write(document.end())
	}
}
