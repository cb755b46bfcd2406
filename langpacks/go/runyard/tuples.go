package runyard

// Pair is a JSON array of two items, each of a type of its own.
type Pair[A, B any] struct {
	First  A
	Second B
}

// Triple is a JSON array of three items.
type Triple[A, B, C any] struct {
	First  A
	Second B
	Third  C
}

// IsTuple tells package pipe that the fields are items of an array.
func (Pair[A, B]) IsTuple() {}

// IsTuple tells package pipe that the fields are items of an array.
func (Triple[A, B, C]) IsTuple() {}
