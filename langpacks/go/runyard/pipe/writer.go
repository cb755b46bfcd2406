package pipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// writer makes one JSON document, without a space or a newline in it.
type writer struct {
	bytes []byte
	depth int
}

// deeper guards against values that contain themselves.
func (w *writer) deeper() error {
	if w.depth++; w.depth > maxDepth {
		return fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	return nil
}

func (w *writer) raw(text []byte) error {
	if len(text) == 0 {
		w.bytes = append(w.bytes, "null"...)
		return nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return err
	}
	w.bytes = append(w.bytes, compact.Bytes()...)
	return nil
}

func (w *writer) number(value float64, bits int) {
	format := byte('f')
	if abs := math.Abs(value); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	w.bytes = strconv.AppendFloat(w.bytes, value, format, -1, bits)
}

const hexDigits = "0123456789abcdef"

func (w *writer) text(text string) {
	out := append(w.bytes, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			out = append(out, text[start:i]...)
			out = appendEscape(out, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			out = append(out, text[start:i]...)
			out = append(out, "\uFFFD"...)
			start = i + 1
		}
		i += size
	}
	out = append(out, text[start:]...)
	w.bytes = append(out, '"')
}

func appendEscape(out []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(out, '\\', c)
	case '\n':
		return append(out, '\\', 'n')
	case '\r':
		return append(out, '\\', 'r')
	case '\t':
		return append(out, '\\', 't')
	}
	return append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
