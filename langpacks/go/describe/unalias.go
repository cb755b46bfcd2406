//go:build go1.22

package main

import "go/types"

// unalias gives the type that an alias stands for.
func unalias(t types.Type) types.Type { return types.Unalias(t) }
