package pipe

import (
	"encoding/json"
	"errors"
	"strconv"
	"sync"

	"runyard"
)

type callAnswer struct {
	result json.RawMessage
	err    error
}

// calls are the questions to other algorithms that wait for their answers.
type calls struct {
	mu      sync.Mutex
	waiting map[string]chan callAnswer
	count   int
	gone    bool
}

func newCalls() *calls { return &calls{waiting: map[string]chan callAnswer{}} }

var errGone = errors.New("the yard is gone; it cannot run another algorithm now")

func (c *calls) open(run string) (string, <-chan callAnswer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	question := run + "/" + strconv.Itoa(c.count)
	answer := make(chan callAnswer, 1)
	if c.gone {
		answer <- callAnswer{err: errGone}
	}
	c.waiting[question] = answer
	return question, answer
}

func (c *calls) close(question string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, question)
}

func (c *calls) settle(message *message) {
	answer := callAnswer{result: message.result}
	if message.err != nil {
		told := &runyard.CallError{}
		if err := json.Unmarshal(message.err, told); err != nil {
			told.Message, told.Type = string(message.err), "Error"
		}
		answer.err = told
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if waiting, ok := c.waiting[message.called]; ok {
		delete(c.waiting, message.called)
		waiting <- answer
	}
}

// abandon ends all of them: the parent has gone, nobody will answer.
func (c *calls) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	for question, waiting := range c.waiting {
		delete(c.waiting, question)
		waiting <- callAnswer{err: errGone}
	}
}
