//go:build !go1.22

package main

import "go/types"

// unalias does nothing where aliases are no types of their own.
func unalias(t types.Type) types.Type { return t }
