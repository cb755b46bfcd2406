package main

// Apply is the algorithm: it takes text, bytes or JSON, by the type of its parameter.
func Apply(input string) (string, error) {
	return "hello " + input, nil
}
