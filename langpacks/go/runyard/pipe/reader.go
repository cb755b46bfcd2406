package pipe

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const maxDepth = 2000

// reader walks over one JSON document.
type reader struct {
	data  []byte
	at    int
	depth int
}

func (r *reader) fail(what string) error {
	return fmt.Errorf("expected %s at byte %d", what, r.at)
}

func (r *reader) peek() byte {
	for r.at < len(r.data) {
		c := r.data[r.at]
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		r.at++
	}
	return 0
}

// take consumes c when it comes next.
func (r *reader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

func (r *reader) word(word string) bool {
	if r.peek() != word[0] || !strings.HasPrefix(string(r.data[r.at:min(len(r.data), r.at+len(word))]), word) {
		return false
	}
	r.at += len(word)
	return true
}

// text reads a string.
func (r *reader) text() (string, error) {
	if !r.take('"') {
		return "", r.fail("a string")
	}
	start := r.at
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case '"':
			r.at++
			return string(r.data[start : r.at-1]), nil
		case '\\':
			return r.escaped(start)
		}
		r.at++
	}
	return "", r.fail("the end of a string")
}

func (r *reader) escaped(start int) (string, error) {
	out := append([]byte(nil), r.data[start:r.at]...)
	for r.at < len(r.data) {
		c := r.data[r.at]
		r.at++
		switch {
		case c == '"':
			return string(out), nil
		case c != '\\':
			out = append(out, c)
		default:
			if r.at >= len(r.data) {
				return "", r.fail("an escape")
			}
			e := r.data[r.at]
			r.at++
			if e == 'u' {
				out = utf8.AppendRune(out, r.unicode())
			} else if i := strings.IndexByte(`"\/bfnrt`, e); i >= 0 {
				out = append(out, "\"\\/\b\f\n\r\t"[i])
			} else {
				return "", r.fail("an escape")
			}
		}
	}
	return "", r.fail("the end of a string")
}

func (r *reader) unicode() rune {
	first := r.hex()
	if utf16.IsSurrogate(first) && r.at+1 < len(r.data) && r.data[r.at] == '\\' && r.data[r.at+1] == 'u' {
		before := r.at
		r.at += 2
		if both := utf16.DecodeRune(first, r.hex()); both != utf8.RuneError {
			return both
		}
		r.at = before
	}
	return first
}

func (r *reader) hex() rune {
	end := min(len(r.data), r.at+4)
	value, err := strconv.ParseUint(string(r.data[r.at:end]), 16, 32)
	r.at = end
	if err != nil {
		return utf8.RuneError
	}
	return rune(value)
}

// number gives the text of a number.
func (r *reader) number() (string, error) {
	c := r.peek()
	if c != '-' && (c < '0' || c > '9') {
		return "", r.fail("a number")
	}
	start := r.at
	for r.at < len(r.data) && strings.IndexByte("+-.eE0123456789", r.data[r.at]) >= 0 {
		r.at++
	}
	return string(r.data[start:r.at]), nil
}

// object calls each for every key, which has to consume the value.
func (r *reader) object(each func(key string) error) error {
	if !r.take('{') {
		return r.fail("an object")
	}
	return r.list('}', func(int) error {
		key, err := r.text()
		if err != nil {
			return err
		}
		if !r.take(':') {
			return r.fail(":")
		}
		return each(key)
	})
}

// array calls each for every item, which has to consume it.
func (r *reader) array(each func(index int) error) error {
	if !r.take('[') {
		return r.fail("an array")
	}
	return r.list(']', each)
}

func (r *reader) list(end byte, each func(index int) error) error {
	if r.depth++; r.depth > maxDepth {
		return fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	defer func() { r.depth-- }()
	if r.take(end) {
		return nil
	}
	for index := 0; ; index++ {
		if err := each(index); err != nil {
			return err
		}
		if r.take(end) {
			return nil
		}
		if !r.take(',') {
			return r.fail(", or " + string(end))
		}
	}
}

// raw gives the text of the next value, whatever it is.
func (r *reader) raw() (json.RawMessage, error) {
	r.peek()
	start := r.at
	if err := r.skip(); err != nil {
		return nil, err
	}
	return json.RawMessage(r.data[start:r.at]), nil
}

func (r *reader) skip() error {
	switch c := r.peek(); c {
	case '{':
		return r.object(func(string) error { return r.skip() })
	case '[':
		return r.array(func(int) error { return r.skip() })
	case '"':
		return r.skipText()
	case 't', 'f', 'n':
		if r.word("true") || r.word("false") || r.word("null") {
			return nil
		}
		return r.fail("a value")
	default:
		_, err := r.number()
		return err
	}
}

func (r *reader) skipText() error {
	for r.at++; r.at < len(r.data); r.at++ {
		switch r.data[r.at] {
		case '\\':
			r.at++
		case '"':
			r.at++
			return nil
		}
	}
	return r.fail("the end of a string")
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}
