# The algorithm: what it is given as text, JSON (as lists) or bytes (a raw vector), and what it gives back.
algorithm <- function(input) {
  paste(c("hello", unlist(input)), collapse = " ")
}
