# Installs the project's packages into .runyard/library.

for (package in c("jsonlite", "processx")) {
  if (!requireNamespace(package, quietly = TRUE)) {
    stop("Runyard needs the package ", package, " (Debian: apt-get install r-cran-", package, ")")
  }
}

library_dir <- file.path(getwd(), ".runyard", "library")

if (file.exists("renv.lock")) {
  dir.create(library_dir, recursive = TRUE, showWarnings = FALSE)
  renv::restore(library = library_dir, prompt = FALSE)
} else if (file.exists("DESCRIPTION")) {
  stated <- read.dcf("DESCRIPTION", fields = c("Depends", "Imports"))
  packages <- trimws(sub("\\(.*", "", unlist(strsplit(stated[!is.na(stated)], ","))))
  wanted <- setdiff(packages, c("R", "", rownames(installed.packages())))
  if (length(wanted) > 0) {
    dir.create(library_dir, recursive = TRUE, showWarnings = FALSE)
    repositories <- getOption("repos")
    repositories[repositories == "@CRAN@"] <- "https://cloud.r-project.org"
    install.packages(wanted, lib = library_dir, repos = repositories)
    missing <- wanted[!vapply(wanted, requireNamespace, TRUE, quietly = TRUE, lib.loc = c(library_dir, .libPaths()))]
    if (length(missing) > 0) stop("these packages could not be installed: ", paste(missing, collapse = ", "))
  }
}
