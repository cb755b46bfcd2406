package runyard

import (
	"context"
	"fmt"
)

// Channel is how a run reaches the yard; package pipe implements it.
type Channel interface {
	Progress(fraction float64, message string)
	Log(line string)
	Call(ctx context.Context, algorithm string, args, result any) error
}

// Context is the run that a function belongs to. It is a context.Context too, done when the run is cancelled.
type Context struct {
	context.Context
	channel Channel
}

// NewContext is for package pipe.
func NewContext(ctx context.Context, channel Channel) *Context {
	return &Context{Context: ctx, channel: channel}
}

// Progress tells how far the run is, from 0 to 1.
func (c *Context) Progress(fraction float64, message string) { c.channel.Progress(fraction, message) }

// Log writes a line of the task's log.
func (c *Context) Log(args ...any) { c.channel.Log(fmt.Sprint(args...)) }

// Logf writes a line of the task's log.
func (c *Context) Logf(format string, args ...any) { c.channel.Log(fmt.Sprintf(format, args...)) }

// Call runs another algorithm and stores its result in what result points to, unless that is nil. args is a struct or a
// map of arguments by name. How the other one failed is a *CallError.
func (c *Context) Call(algorithm string, args any, result any) error {
	return c.channel.Call(c.Context, algorithm, args, result)
}
