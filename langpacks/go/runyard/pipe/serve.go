package pipe

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync"

	"runyard"
)

// server takes requests off standard input and runs them in the order they came.
type server struct {
	algorithms map[string]*algorithm
	answers    *answers
	calls      *calls
	mu         sync.Mutex
	some       *sync.Cond
	waiting    []*message
	running    map[string]*run
	over       bool
}

// Serve serves an adapter until the input ends, and ends the process.
func Serve(adapter Adapter) {
	answers, err := openAnswers(target())
	exitOn(err)
	s := &server{algorithms: map[string]*algorithm{}, answers: answers, calls: newCalls(), running: map[string]*run{}}
	s.some = sync.NewCond(&s.mu)
	for _, one := range adapter.Algorithms {
		s.algorithms[one.Name] = newAlgorithm(one)
	}
	exitOn(callHook(adapter.Setup))
	fmt.Printf("PIPE_INIT_COMPLETE {\"protocol\":2,\"algorithms\":[],\"concurrency\":%d,\"answers\":\"plain\"}\n", adapter.Concurrency)
	var workers sync.WaitGroup
	for i := 0; i < adapter.Concurrency; i++ {
		workers.Add(1)
		go func() { defer workers.Done(); s.work() }()
	}
	s.read()
	workers.Wait()
	exitOn(callHook(adapter.Teardown))
	os.Exit(0)
}

func target() string {
	if named := os.Getenv("ALGOOUT"); named != "" {
		return named
	}
	return defaultTarget
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%+v\n", err)
		os.Exit(1)
	}
}

// eachLine calls take for every line of standard input, which may keep it.
func eachLine(take func(line []byte)) {
	input := bufio.NewReaderSize(os.Stdin, 64<<10)
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 1 {
			take(line)
		}
		if err != nil {
			if err != io.EOF {
				fmt.Fprintln(os.Stderr, "The input broke:", err)
			}
			return
		}
	}
}

func (s *server) read() {
	eachLine(s.take)
	s.calls.abandon()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.some.Broadcast()
}

func (s *server) take(line []byte) {
	message, err := parseMessage(line)
	switch {
	case err != nil && message.id != "":
		s.fail(message.id, invalidInput(err.Error(), "", "The request cannot be read: "+err.Error()))
	case err != nil:
		fmt.Fprintln(os.Stderr, "A line that is no request:", err)
	case message.called != "":
		s.calls.settle(message)
	case message.cancel != "":
		s.cancel(message.cancel)
	default:
		s.mu.Lock()
		s.waiting = append(s.waiting, message)
		s.mu.Unlock()
		s.some.Signal()
	}
}

func (s *server) cancel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if running, ok := s.running[id]; ok {
		running.cancel()
		return
	}
	for i, one := range s.waiting {
		if one.id == id {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			s.fail(id, failure{Message: runyard.Cancelled{}.Error(), Type: "Cancelled"})
			return
		}
	}
}

func (s *server) fail(id string, told failure) {
	s.answers.write(begin(id).member("error", told).end())
}

// work runs requests one after the other, until there will be no more.
func (s *server) work() {
	for {
		message, run := s.next()
		if message == nil {
			return
		}
		if run == nil {
			told := describe(&placed{message: "there is no algorithm " + message.algorithm + " here"}, reflect.Value{})
			s.fail(message.id, told)
			continue
		}
		run.perform(message)
		s.mu.Lock()
		delete(s.running, message.id)
		s.mu.Unlock()
	}
}

func (s *server) next() (*message, *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.waiting) == 0 {
		if s.over {
			return nil, nil
		}
		s.some.Wait()
	}
	message := s.waiting[0]
	s.waiting = s.waiting[1:]
	algorithm, ok := s.algorithms[message.algorithm]
	if !ok {
		return message, nil
	}
	run := newRun(message, algorithm, s.answers, s.calls)
	s.running[message.id] = run
	return message, run
}
