# Entry of the R pipe: serves the project in the working directory, or describes it with --describe.

options(keep.source = TRUE, warn = 1)

local({
  folder <- Sys.getenv("RUNYARD_LANGPACK")
  # What adapters may use: found by its name like what is in a package.
  offered <- attach(NULL, name = "runyard")
  sys.source(file.path(folder, "runyard.R"), envir = offered, keep.source = FALSE)
  # The pipe's own functions are out of the adapter's sight.
  pipe <- new.env(parent = asNamespace("utils"))
  for (file in list.files(file.path(folder, "R"), pattern = "[.]R$", full.names = TRUE)) {
    sys.source(file, envir = pipe, keep.source = FALSE)
  }
  quit(save = "no", status = pipe$main(commandArgs(trailingOnly = TRUE)))
})
