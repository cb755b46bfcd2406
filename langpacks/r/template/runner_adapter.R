# Each function whose name begins with run_ is an algorithm: described, validated, queued and served.

#' Counts words and characters.
#'
#' @param text (character(1)) what to count
#' @param times (integer(1)) how often the text counts {@minimum 1}
#' @return (map_of(integer(1)))
run___ALGO__ <- function(text, times = 1L) {
  words <- Filter(nzchar, strsplit(text, "\\s+")[[1]])
  list(words = length(words) * times, characters = nchar(text) * times)
}
