# The program: describes the project in the working directory, or serves it.

main <- function(arguments) {
  if (!identical(arguments, character()) && !identical(arguments, "--describe")) {
    message("usage: Rscript pipe.R [--describe], got ", paste(arguments, collapse = " "))
    return(78L)
  }
  is_classic <- Sys.getenv("RUNYARD_KIND") == "classic"
  if (length(arguments) == 0) {
    if (is_classic) serve_classic() else return(serve_adapter())
  } else if (!is_classic) {
    describe_adapter()
  }
  0L
}

# The line that says the pipe is ready. Before a document it begins a line, whatever the adapter printed.
announce <- function(ready = NULL) {
  cat(if (is.null(ready)) "PIPE_INIT_COMPLETE\n" else paste0("\nPIPE_INIT_COMPLETE ", ready, "\n"))
  flush(stdout())
}

serve_adapter <- function() {
  connection <- open_answers()
  load_adapter(Sys.getenv("RUNYARD_ADAPTER"))
  adapter <- read_adapter()
  if (length(adapter$problems) > 0) {
    for (problem in adapter$problems) message(problem$file, ":", problem$line, ": ", problem$message)
    return(78L)
  }
  run_hook("setup")
  algorithms <- unname(lapply(names(adapter$algorithms), function(name) list(name = name)))
  announce(encode_json(list(protocol = 2L, algorithms = algorithms, concurrency = 1L, answers = "plain")))
  serve(adapter$algorithms, connection)
  run_hook("teardown")
  0L
}

describe_adapter <- function() {
  connection <- open_answers()
  trouble <- tryCatch(load_adapter(Sys.getenv("RUNYARD_ADAPTER")), error = function(e) e)
  if (inherits(trouble, "error")) return(write_text(connection, encode_json(list(problems = list(load_problem(trouble))))))
  adapter <- read_adapter()
  document <- if (length(adapter$problems) > 0) {
    list(problems = adapter$problems)
  } else {
    list(algorithms = unname(lapply(adapter$algorithms, `[[`, "descriptor")), limits = read_limits())
  }
  write_text(connection, encode_json(document))
}

# An error of the parser says its line: "<path>:3:5: unexpected symbol".
load_problem <- function(error) {
  text <- conditionMessage(error)
  place <- regmatches(text, regexec("^(.*?):(\\d+):\\d+: ", text, perl = TRUE))[[1]]
  if (length(place) == 0) return(project_problem(paste("it cannot be loaded:", text)))
  project_problem(paste("it cannot be loaded:", sub(place[[1]], "", text, fixed = TRUE)), place[[2]], as.integer(place[[3]]))
}
