# Serves one request at a time.

# A run that took longer than this may have been cancelled meanwhile, or others behind it.
long_seconds <- 0.005

serve <- function(algorithms, connection) {
  answers <- new_answers(connection)
  state <- list2env(list(current = NULL, context = NULL, cancelled = FALSE, polled_at = 0))
  intake <- new_intake(function(control) take_control(control, state, intake, answers))
  while (!is.null(request <- next_request(intake))) {
    begun <- proc.time()[["elapsed"]]
    serve_one(request, algorithms, state, intake, answers)
    if (proc.time()[["elapsed"]] - begun > long_seconds) poll_requests(intake, 0)
  }
}

serve_one <- function(request, algorithms, state, intake, answers) {
  state$current <- request$id
  state$cancelled <- FALSE
  ended <- attempt_run(run_request(request, algorithms, state, intake, answers))
  if (state$cancelled) answers$error(request$id, cancelled_error)
  else if (is_failure(ended)) answers$error(request$id, describe_failure(ended))
  else send_end(request, ended, answers)
  state$current <- state$context <- NULL
}

# A result that JSON cannot hold is an error.
send_end <- function(request, ended, answers) {
  sent <- attempt_run(ended())
  if (is_failure(sent)) answers$error(request$id, describe_failure(sent))
}

# @return a function that sends the end
run_request <- function(request, algorithms, state, intake, answers) {
  if (!is.null(request$broken)) stop(request$broken)
  algorithm <- algorithms[[request$algorithm]]
  if (is.null(algorithm)) stop("there is no algorithm ", request$algorithm, " in this process")
  if (algorithm$context) state$context <- new_run_context(request$id, answers, intake)
  id <- request$id
  if (!is.null(request$batch)) {
    results <- run_batch(algorithm, request$batch, state$context)
    return(function() answers$results(id, results))
  }
  args <- decode_arguments(algorithm, request$args)
  result <- call_function(algorithm, args, state$context)
  if (algorithm$mode == "stream") {
    send_chunks(result, function(chunk) send_chunk(id, algorithm$encode(chunk), state, intake, answers))
    return(function() answers$result(id, NULL))
  }
  function() answers$result(id, algorithm$encode(result))
}

decode_arguments <- function(algorithm, args) {
  decoded <- Map(function(name, value) algorithm$codecs[[name]]$decode(value), names(args), args)
  stats::setNames(decoded, names(args))
}

# By a call that shows the function's name, as an analyst would write it: match.arg() and missing() work.
call_function <- function(algorithm, args, context) {
  place <- new.env(parent = globalenv())
  if (algorithm$context) args <- c(args, list(ctx = context))
  symbols <- lapply(names(args), as.name)
  list2env(args, place)
  eval(as.call(c(as.name(algorithm$attribute), stats::setNames(symbols, names(args)))), place)
}

# What a function gives until it is exhausted, or the values of a list or vector.
send_chunks <- function(chunks, send) {
  if (!is.function(chunks)) return(invisible(lapply(chunks, send)))
  repeat {
    chunk <- chunks()
    if (is.symbol(chunk) && identical(as.character(chunk), ".__exhausted__.")) return(invisible())
    send(chunk)
  }
}

# A stream that goes on for ever ends by its cancel.
send_chunk <- function(id, chunk, state, intake, answers) {
  if (state$cancelled) stop(errorCondition("The run was cancelled", class = "Cancelled"))
  answers$chunk(id, chunk)
  now <- proc.time()[["elapsed"]]
  if (now - state$polled_at > long_seconds) {
    state$polled_at <- now
    poll_requests(intake, 0)
  }
}

run_batch <- function(algorithm, batch, context) {
  items <- lapply(batch, algorithm$item$decode)
  results <- call_function(algorithm, stats::setNames(list(items), algorithm$argument), context)
  if (length(results) != length(batch)) {
    stop(errorCondition(paste0(
      "batch_", algorithm$name, " returned ", length(results), " results for ", length(batch),
      " items; it must return a list with a result, or a condition, for each"
    ), class = "InvalidOutput"))
  }
  vapply(results, encode_item, "", algorithm)
}

encode_item <- function(result, algorithm) {
  error <- function(one) paste0('{"error":', encode_json(describe_condition(one)), "}")
  if (inherits(result, "condition")) return(error(result))
  tryCatch(paste0('{"result":', encode_json(algorithm$encode(result)), "}"), error = error)
}

# A cancel, or the answer to a call.
take_control <- function(control, state, intake, answers) {
  if (!is.null(control$called)) {
    if (!is.null(state$context)) state$context$settle(control)
  } else if (identical(control$cancel, state$current)) {
    state$cancelled <- TRUE
    if (!is.null(state$context)) state$context$signal$is_aborted <- TRUE
  } else if (remove_request(intake, control$cancel)) {
    answers$error(control$cancel, cancelled_error)
  }
}
