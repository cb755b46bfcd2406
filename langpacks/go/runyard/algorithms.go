package runyard

// Result is what a batch function gives for one item: a value, or an error in its place.
type Result[T any] struct {
	Value T
	Err   error
}

// Limits says by algorithm what it needs. It has to be written out, as a variable named Limits.
type Limits map[string]Limit

// Limit is what one algorithm needs; 0 leaves it to the yard.
type Limit struct {
	TimeoutMs    int
	MaxAttempts  int
	BackoffMs    int
	MaxBackoffMs int
	Batch        Batch
}

// Batch says how inputs are collected for a batch function.
type Batch struct {
	MaxSize   int
	MaxWaitMs int
	MaxBytes  int
}
