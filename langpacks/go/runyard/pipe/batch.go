package pipe

import (
	"fmt"
	"reflect"
)

// invalidCount is a batch function that gave too few results, or too many.
func invalidCount(name string, got, wanted int) error {
	return &unsendable{fmt.Errorf("batch_%s gave %d results for %d items; it must give one for each", name, got, wanted)}
}

func (r *run) batch(message *message) (*writer, error) {
	outcomes, err := r.outcomes(message.batch)
	if err != nil {
		return nil, err
	}
	document := begin(r.id)
	document.bytes = append(document.bytes, `"results":[`...)
	for i, outcome := range outcomes {
		if i > 0 {
			document.bytes = append(document.bytes, ',')
		}
		document.bytes = append(document.bytes, '{')
		document.bytes = append(document.bytes, outcome...)
		document.bytes = append(document.bytes, '}')
	}
	document.bytes = append(document.bytes, ']')
	return document, nil
}

// single serves one input of a batch function by itself.
func (r *run) single(message *message) (*writer, error) {
	outcomes, err := r.outcomes(append(append([]byte{'['}, message.args...), ']'))
	if err != nil {
		return nil, err
	}
	document := begin(r.id)
	document.bytes = append(document.bytes, outcomes[0]...)
	return document, nil
}

// outcomes gives `"result":...` or `"error":...` for each item.
func (r *run) outcomes(batch []byte) ([][]byte, error) {
	items, refused, err := r.algorithm.bindBatch(batch)
	if err != nil {
		return nil, err
	}
	results := reflect.Value{}
	if items.Len() > 0 {
		if results, err = split(r.call([]reflect.Value{items})); err != nil {
			return nil, err
		}
		if results.Len() != items.Len() {
			return nil, invalidCount(r.algorithm.Name, results.Len(), items.Len())
		}
	}
	outcomes := make([][]byte, 0, len(refused))
	next := 0
	for _, wrong := range refused {
		if wrong != nil {
			outcomes = append(outcomes, r.failed(wrong))
			continue
		}
		outcomes = append(outcomes, r.outcome(results.Index(next)))
		next++
	}
	return outcomes, nil
}

func (r *run) outcome(value reflect.Value) []byte {
	if isResult(value.Type()) {
		if err, _ := value.Field(1).Interface().(error); err != nil {
			return r.failed(err)
		}
		value = value.Field(0)
	}
	document, err := r.encode(&writer{}, "result", value)
	if err != nil {
		return r.failed(err)
	}
	return document.bytes
}

func (r *run) failed(err error) []byte {
	return append([]byte(`"error":`), encoded(describe(err, r.algorithm.function))...)
}

// isResult says whether a type is runyard.Result of something.
func isResult(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == "runyard" && t.NumField() == 2 && t.Field(1).Type == errorType
}
