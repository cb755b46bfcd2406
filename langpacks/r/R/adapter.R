# The project's adapter: loads the file, finds its algorithms, runs its set-up and end.

project_dir <- function() normalizePath(".")

relative_path <- function(path) {
  path <- normalizePath(path, mustWork = FALSE)
  root <- paste0(project_dir(), "/")
  if (startsWith(path, root)) substring(path, nchar(root) + 1) else path
}

# Into the global environment, as an analyst runs it.
load_adapter <- function(path) {
  source(path, local = globalenv(), keep.source = TRUE, encoding = "UTF-8")
}

source_files <- function() {
  files <- list.files(c(".", "R"), pattern = "[.][rR]$", full.names = TRUE)
  sort(files[file.exists(files)])
}

# @return list(algorithms by name, problems)
read_adapter <- function() {
  problems <- list()
  types <- tryCatch(read_named_types(source_files()), inexpressible = function(e) {
    problems <<- list(project_problem(conditionMessage(e)))
    list()
  })
  attributes <- find_functions()
  read <- lapply(attributes, function(attribute) read_signature(attribute, get(attribute, globalenv()), types))
  problems <- c(problems, unlist(lapply(read, `[[`, "problems"), recursive = FALSE), check_names(attributes))
  algorithms <- lapply(read, `[[`, "algorithm")
  algorithms <- algorithms[!vapply(algorithms, is.null, TRUE)]
  names(algorithms) <- vapply(algorithms, `[[`, "", "name")
  list(algorithms = algorithms, problems = problems)
}

# run_<name> and batch_<name>, in the order they appear.
find_functions <- function() {
  names <- ls(globalenv(), pattern = "^(run|batch)_.", sorted = TRUE)
  names <- names[vapply(names, function(name) is.function(get(name, globalenv())), TRUE)]
  lines <- vapply(names, function(name) as.integer(place_of(get(name, globalenv()))$line), 0L)
  names[order(lines)]
}

check_names <- function(attributes) {
  if (length(attributes) == 0) return(list(project_problem("there is no function run_<name>, so there is no algorithm")))
  names <- sub("^[a-z]+_", "", attributes)
  problems <- lapply(unique(names[duplicated(names)]), function(name) {
    project_problem(paste0("run_", name, " and batch_", name, " are both there; an algorithm has one function"))
  })
  c(problems, check_repeated())
}

# R keeps the last of two functions of one name, without a word.
check_repeated <- function() {
  file <- Sys.getenv("RUNYARD_ADAPTER")
  lines <- readLines(file, warn = FALSE, encoding = "UTF-8")
  found <- grep("^(run|batch)_\\w+\\s*(<-|=)\\s*function", lines)
  names <- sub("\\s*(<-|=).*", "", lines[found])
  lapply(which(duplicated(names)), function(i) {
    project_problem(paste0(names[[i]], " is defined twice; an algorithm has one function"), line = found[[i]])
  })
}

project_problem <- function(message, file = Sys.getenv("RUNYARD_ADAPTER"), line = 1L) {
  list(file = relative_path(file), line = line, message = message)
}

# What the adapter says under `limits`, with names as the yard has them; the yard checks it.
read_limits <- function() {
  if (!exists("limits", globalenv(), inherits = FALSE)) return(empty_object)
  stated <- get("limits", globalenv())
  if (is.list(stated)) lapply(stated, camel_names) else stated
}

camel_names <- function(stated) {
  if (!is.list(stated)) return(stated)
  names(stated) <- gsub("[_.]([a-z])", "\\U\\1", names(stated), perl = TRUE)
  lapply(stated, camel_names)
}

run_hook <- function(name) {
  if (exists(name, globalenv(), mode = "function", inherits = FALSE)) get(name, globalenv())()
  invisible()
}
