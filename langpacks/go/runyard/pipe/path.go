package pipe

import (
	"errors"
	"strconv"
	"strings"
)

// placed is an error at a place in a value, as a JSON pointer.
type placed struct {
	path    string
	message string
}

func (e *placed) Error() string {
	if e.path == "" {
		return e.message
	}
	return e.path + ": " + e.message
}

// within puts the place of an error inside a member or item.
func within(err error, segment string) error {
	var inner *placed
	if !errors.As(err, &inner) {
		inner = &placed{message: err.Error()}
	}
	escaped := strings.NewReplacer("~", "~0", "/", "~1").Replace(segment)
	return &placed{path: "/" + escaped + inner.path, message: inner.message}
}

func withinItem(err error, index int) error { return within(err, strconv.Itoa(index)) }
