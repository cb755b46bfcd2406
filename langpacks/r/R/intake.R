# Requests from the parent, in their order. Whoever waits for something reads: the server between runs, and the context of
# a run that asks for its cancel or for the answer to a call.

# Where pipe.sh puts the parent's requests.
requests_descriptor <- 9L

# `on_line` is given every request, also one that cannot be read, where requests have no ids.
new_intake <- function(on_control, on_line = NULL) {
  list2env(list(
    connection = processx::conn_create_fd(requests_descriptor, encoding = "UTF-8", close = FALSE),
    pending = list(), partial = list(), ended = FALSE, on_control = on_control, on_line = on_line
  ))
}

# Waits for a request; NULL when there will be none.
next_request <- function(intake) {
  while (length(intake$pending) == 0 && !intake$ended) poll_requests(intake, -1)
  if (length(intake$pending) == 0) return(NULL)
  request <- intake$pending[[1]]
  intake$pending <- intake$pending[-1]
  request
}

# Takes in what has come, waiting no longer than that for it; less than 0 waits until something comes.
poll_requests <- function(intake, milliseconds) {
  if (intake$ended || processx::poll(list(intake$connection), milliseconds)[[1]] != "ready") return(invisible())
  text <- processx::conn_read_chars(intake$connection)
  if (nzchar(text)) take_text(intake, text) else if (!processx::conn_is_incomplete(intake$connection)) intake$ended <- TRUE
}

# Parts of a long line are put together once, when its end has come.
take_text <- function(intake, text) {
  intake$partial[[length(intake$partial) + 1]] <- text
  if (!grepl("\n", text, fixed = TRUE)) return(invisible())
  whole <- paste0(unlist(intake$partial), collapse = "")
  lines <- strsplit(whole, "\n", fixed = TRUE)[[1]]
  intake$partial <- list()
  if (!endsWith(whole, "\n")) {
    intake$partial <- list(lines[[length(lines)]])
    lines <- lines[-length(lines)]
  }
  for (line in lines) accept_line(intake, line)
}

accept_line <- function(intake, line) {
  Encoding(line) <- "UTF-8"
  if (!is.null(intake$on_line)) return(intake$on_line(tryCatch(parse_request(line), error = function(e) list(broken = e))))
  request <- tryCatch(parse_request(line), error = function(e) broken_request(line, e))
  if (is.null(request)) return(invisible())
  if (is.null(request$id)) intake$on_control(request) else intake$pending[[length(intake$pending) + 1]] <- request
}

# A line that cannot be read may still say whose it is.
broken_request <- function(line, error) {
  id <- sub('^\\{"id":"([^"\\\\]+)".*', "\\1", substring(line, 1, 500))
  if (id != substring(line, 1, 500)) return(list(id = id, broken = error))
  message("runyard: a line on stdin is no request (", conditionMessage(error), "): ", substring(line, 1, 200))
  NULL
}

# Takes a request back that was not begun. Says whether there was one.
remove_request <- function(intake, id) {
  waits <- vapply(intake$pending, function(one) identical(one$id, id), TRUE)
  intake$pending <- intake$pending[!as.logical(waits)]
  any(as.logical(waits))
}
