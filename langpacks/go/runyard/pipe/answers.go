package pipe

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

const defaultTarget = "/tmp/algoout"

// answers is the way back to the parent. A document is written whole, by one write.
type answers struct {
	mu   sync.Mutex
	file *os.File
}

// openAnswers opens what ALGOOUT names; /dev/fd/N is a descriptor that is open already.
func openAnswers(target string) (*answers, error) {
	if strings.HasPrefix(target, "/dev/fd/") {
		fd, err := strconv.Atoi(strings.TrimPrefix(target, "/dev/fd/"))
		if err != nil {
			return nil, fmt.Errorf("ALGOOUT must be a path, but is %q", target)
		}
		return &answers{file: os.NewFile(uintptr(fd), target)}, nil
	}
	file, err := os.OpenFile(target, os.O_WRONLY, 0)
	return &answers{file: file}, err
}

func (a *answers) write(document []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.file.Write(document); err != nil {
		fmt.Fprintln(os.Stderr, "The answer pipe broke:", err)
		os.Exit(1)
	}
}

// begin starts a document about a run.
func begin(id string) *writer {
	w := &writer{bytes: make([]byte, 0, 128)}
	w.bytes = append(w.bytes, `{"id":`...)
	w.text(id)
	w.bytes = append(w.bytes, ',')
	return w
}

func (w *writer) end() []byte { return append(w.bytes, '}', '\n') }

// member adds a key and a value by the value's own type, which must be one that can be sent.
func (w *writer) member(key string, value any) *writer {
	if last := w.bytes[len(w.bytes)-1]; last != ',' && last != '{' {
		w.bytes = append(w.bytes, ',')
	}
	w.text(key)
	w.bytes = append(w.bytes, ':')
	w.bytes = append(w.bytes, encoded(value)...)
	return w
}
