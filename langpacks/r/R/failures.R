# Conditions as the error documents of the pipe.

# Runs an expression. @return its value, or a "failure" with the error and its calls
attempt_run <- function(expr) {
  base <- sys.nframe()
  calls <- NULL
  tryCatch(
    withCallingHandlers(expr, error = function(e) calls <<- calls %||% sys.calls()),
    error = function(e) structure(list(error = e, calls = calls[-seq_len(base)]), class = "failure")
  )
}

is_failure <- function(value) inherits(value, "failure")

cancelled_error <- list(message = "The run was cancelled", error_type = "Cancelled")

describe_failure <- function(failure) describe_condition(failure$error, failure$calls)

describe_condition <- function(error, calls = NULL) {
  text <- conditionMessage(error)
  text <- substring(iconv(text, "UTF-8", "UTF-8", sub = "?"), 1, 20000)
  type <- class(error)[[1]]
  special <- intersect(c("InvalidInput", "RequestError", "InvalidOutput", "Cancelled"), class(error))
  if (length(special) > 0) type <- special[[1]]
  if (inherits(error, "CallError")) type <- error$error_type
  document <- list(message = if (nzchar(text)) text else type, error_type = type)
  if (type == "InvalidOutput") return(document)
  if (!is.null(error$errors)) document$errors <- error$errors
  if (type == "InvalidInput" && !is.null(error$path)) {
    path <- if (startsWith(error$path[[1]], "/")) error$path[[1]] else pointer(error$path)
    document$errors <- list(list(path = path, message = document$message))
  }
  if (!is.null(error$status)) document$status <- error$status
  c(document, stacktrace = format_calls(document$message, type, calls))
}

# The calls that led to it, the innermost first, each with its place.
format_calls <- function(text, type, calls) {
  own <- vapply(calls, function(one) is.call(one) && !is.function(one[[1]]) && !is_internal(one), TRUE)
  lines <- vapply(rev(calls[own]), function(one) {
    shown <- substring(paste(deparse(one, nlines = 1), collapse = ""), 1, 200)
    reference <- attr(one, "srcref") %||% definition_of(one[[1]])
    place <- if (is.null(reference)) "" else paste0(" at ", basename(attr(reference, "srcfile")$filename), ":", reference[[1]])
    paste0("    ", shown, place)
  }, "")
  paste(c(paste0(type, ": ", text), utils::head(lines, 100)), collapse = "\n")
}

internal_calls <- c(
  "eval", "attempt_run", "tryCatch", "tryCatchList", "tryCatchOne", "doTryCatch", "withCallingHandlers", "call_function",
  ".handleSimpleError", "h", "eval.parent", "run_request", "decode_arguments"
)

# The handler that notes the calls is among them, as a function without a name.
is_internal <- function(one) {
  if (is.symbol(one[[1]])) as.character(one[[1]]) %in% internal_calls else !identical(one[[1]][[1]], quote(`::`))
}

# Where a function of the project begins.
definition_of <- function(name) {
  name <- paste(as.character(name), collapse = "")
  if (exists(name, globalenv(), mode = "function", inherits = FALSE)) attr(get(name, globalenv()), "srcref")
}
