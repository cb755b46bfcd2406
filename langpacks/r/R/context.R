# What a running function may use: the `ctx` argument.

new_signal <- function(intake) {
  signal <- list2env(list(is_aborted = FALSE))
  signal$aborted <- function() {
    if (!signal$is_aborted) poll_requests(intake, 0)
    signal$is_aborted
  }
  # Waits until the run is cancelled, or for some seconds. Says whether it was.
  signal$wait <- function(seconds = Inf) {
    end <- proc.time()[["elapsed"]] + seconds
    while (!signal$aborted()) {
      rest <- min(1, end - proc.time()[["elapsed"]])
      if (rest <= 0) return(FALSE)
      if (intake$ended) Sys.sleep(rest) else poll_requests(intake, ceiling(rest * 1000))
    }
    TRUE
  }
  signal$stop_if_aborted <- function() if (signal$aborted()) stop(errorCondition("The run was cancelled", class = "Cancelled"))
  signal
}

new_run_context <- function(id, answers, intake) {
  signal <- new_signal(intake)
  context <- list2env(list(signal = signal, calls = 0L, answer = NULL, waits_for = ""))
  # Tells whoever follows the task how far it is, from 0 to 1.
  context$progress <- function(fraction, message = NULL) {
    if (!is.numeric(fraction) || length(fraction) != 1 || is.na(fraction)) stop("progress must be a number from 0 to 1")
    told <- list(id = id, progress = min(1, max(0, fraction)))
    answers$tell(if (is.null(message)) told else c(told, message = as.character(message)))
  }
  # Adds lines to the log of this run.
  context$log <- function(...) {
    for (line in strsplit(paste0(...), "\n", fixed = TRUE)[[1]]) answers$tell(list(id = id, log = line))
  }
  # Runs another algorithm of the yard and gives its result.
  context$call <- function(algorithm, args = list(), ...) {
    signal$stop_if_aborted()
    context$calls <- context$calls + 1L
    context$waits_for <- paste0(id, "/", context$calls)
    args <- c(args, list(...))
    if (length(args) == 0) args <- empty_object
    answers$tell(list(id = id, call = context$waits_for, algorithm = algorithm, args = args))
    answer <- await_answer(context, signal, intake)
    if (is.null(answer$error)) return(decode_any(answer$result))
    error <- answer$error
    stop(errorCondition(
      paste0(algorithm, ": ", error$message), class = "CallError",
      error_type = error$error_type %||% "AlgorithmError", errors = error$errors, status = error$status
    ))
  }
  # The parent's answer to a call; the pipe calls this.
  context$settle <- function(answer) if (identical(answer$called, context$waits_for)) context$answer <- answer
  context
}

await_answer <- function(context, signal, intake) {
  while (is.null(context$answer)) {
    signal$stop_if_aborted()
    if (intake$ended) stop("the yard is gone; it cannot run another algorithm now")
    if (is.null(context$answer)) poll_requests(intake, -1)
  }
  answer <- context$answer
  context$answer <- NULL
  answer
}
