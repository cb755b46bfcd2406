# Results as JSON text: what functions return beyond plain data, and where a value cannot be sent.

max_depth <- 500L

unsendable <- function(path, reason) {
  place <- if (length(path) == 0) "the result" else pointer(path)
  stop(errorCondition(paste0(place, ": ", reason), class = "InvalidOutput"))
}

pointer <- function(path) {
  paste0("/", gsub("/", "~1", gsub("~", "~0", path, fixed = TRUE), fixed = TRUE), collapse = "")
}

# Compact JSON. One value that is no list is a scalar; I() keeps it a list of one.
encode_json <- function(value, path = character()) {
  if (length(path) > max_depth) unsendable(path[1:3], "it is nested too deeply")
  if (is.null(value)) return("null")
  if (length(value) == 1 && is.null(attributes(value)) && is.atomic(value) && !is.raw(value)) return(encode_scalars(value, path))
  if (inherits(value, "runyard_json")) return(unclass(value))
  if (is.raw(value)) return(paste0('{"$binary":"', base64(value), '"}'))
  if (is.factor(value)) value <- stats::setNames(as.character(value), names(value))
  if (inherits(value, c("POSIXt", "Date"))) value <- stats::setNames(format_time(value), names(value))
  if (is.data.frame(value)) return(encode_rows(value, path))
  if (is.environment(value)) value <- as.list(value)
  if (is.symbol(value)) value <- as.character(value)
  if (is.list(value)) return(encode_list(value, path))
  if (is.atomic(value)) return(encode_vector(value, path))
  unsendable(path, paste0("a ", class(value)[[1]], " has no JSON form; return lists, vectors or data frames"))
}

encode_list <- function(value, path) {
  names <- names(value)
  if (length(value) == 0) return(if (is.null(names)) "[]" else "{}")
  keys <- if (is.null(names)) seq_along(value) - 1L else names
  if (!is.null(names) && any(!nzchar(names))) unsendable(path, "some of its values have names and some have none")
  inner <- vapply(seq_along(value), function(i) encode_json(value[[i]], c(path, keys[[i]])), "")
  if (is.null(names)) return(paste0("[", paste(inner, collapse = ","), "]"))
  paste0("{", paste0(quote_json(names, path), ":", inner, collapse = ","), "}")
}

encode_vector <- function(value, path) {
  if (!is.null(dim(value))) return(encode_matrix(value, path))
  if (length(value) == 0) return(if (is.null(names(value))) "[]" else "{}")
  scalars <- encode_scalars(unclass(value), path)
  if (!is.null(names(value))) return(paste0("{", paste0(quote_json(names(value), path), ":", scalars, collapse = ","), "}"))
  if (length(scalars) == 1 && !inherits(value, "AsIs")) return(scalars)
  paste0("[", paste(scalars, collapse = ","), "]")
}

encode_matrix <- function(value, path) {
  if (length(dim(value)) > 2) unsendable(path, "an array of more than two dimensions has no JSON form; return a list")
  rows <- lapply(seq_len(nrow(value)), function(i) I(as.vector(value[i, ])))
  encode_list(rows, path)
}

# Each row of a data frame is an object.
encode_rows <- function(value, path) {
  rows <- lapply(seq_len(nrow(value)), function(i) lapply(as.list(value), function(column) column[[i]]))
  encode_list(rows, path)
}

# Each value of a vector as JSON; NA is null.
encode_scalars <- function(value, path) {
  place <- function(i) if (length(value) == 1 && i == 1) path else c(path, i - 1L)
  text <- switch(typeof(value),
    character = quote_json(value, path),
    logical = ifelse(value, "true", "false"),
    integer = sprintf("%d", value),
    double = encode_numbers(value, place),
    unsendable(path, paste0("a ", typeof(value), " has no JSON form"))
  )
  text[is.na(value)] <- "null"
  text
}

# All digits that tell a number from its neighbours, and no more than it takes.
encode_numbers <- function(value, place) {
  wrong <- which(is.nan(value) | is.infinite(value))
  if (length(wrong) > 0) {
    path <- if (length(value) == 1) place(1) else place(wrong[[1]])
    unsendable(path, paste(value[[wrong[[1]]]], "is no JSON number; return NA or leave it out"))
  }
  text <- sprintf("%.15g", value)
  inexact <- which(!is.na(value) & as.numeric(text) != value)
  text[inexact] <- sprintf("%.17g", value[inexact])
  text
}

escapes <- c("\b" = "\\b", "\t" = "\\t", "\n" = "\\n", "\f" = "\\f", "\r" = "\\r")

quote_json <- function(text, path = character()) {
  if (length(text) == 0) return(character())
  # All other texts are UTF-8 already: pipe.sh sees to the locale.
  foreign <- Encoding(text) == "latin1"
  text[foreign] <- enc2utf8(text[foreign])
  if (!all(validUTF8(text[!is.na(text)]))) unsendable(path, "the text is no valid UTF-8; return bytes as a raw vector")
  special <- grep("[\"\\\\\x01-\x1f]", text, perl = TRUE, useBytes = TRUE)
  if (length(special) > 0) text[special] <- escape(text[special])
  paste0('"', text, '"')
}

escape <- function(text) {
  text <- gsub('"', '\\"', gsub("\\", "\\\\", text, fixed = TRUE), fixed = TRUE)
  for (char in names(escapes)) text <- gsub(char, escapes[[char]], text, fixed = TRUE)
  for (code in setdiff(1:31, 8:13)) {
    text <- gsub(intToUtf8(code), sprintf("\\u%04x", code), text, fixed = TRUE)
  }
  gsub("\v", "\\u000b", text, fixed = TRUE)
}

base64 <- function(bytes) gsub("\n", "", jsonlite::base64_enc(bytes), fixed = TRUE)

# ISO 8601, times in UTC.
format_time <- function(value) {
  if (inherits(value, "Date")) return(format(value, "%Y-%m-%d"))
  seconds <- as.numeric(as.POSIXct(value))
  fraction <- any(seconds %% 1 != 0, na.rm = TRUE)
  text <- format(as.POSIXct(value), if (fraction) "%Y-%m-%dT%H:%M:%OS3Z" else "%Y-%m-%dT%H:%M:%SZ", tz = "UTC")
  ifelse(is.na(seconds), NA_character_, text)
}

# RFC 3339; what has no offset is taken as UTC.
parse_time <- function(text) {
  pattern <- "^(\\d{4}-\\d\\d-\\d\\d)[Tt ](\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)(?:[Zz]|([+-])(\\d\\d):?(\\d\\d))?$"
  parts <- regmatches(text, regexec(pattern, text, perl = TRUE))[[1]]
  if (length(parts) == 0) stop_invalid_input(paste(text, "is no date and time such as 2026-01-31T12:00:00Z"))
  time <- as.POSIXct(paste(parts[[2]], parts[[3]]), format = "%Y-%m-%d %H:%M:%OS", tz = "UTC")
  if (!nzchar(parts[[4]])) return(time)
  offset <- as.integer(parts[[5]]) * 3600 + as.integer(parts[[6]]) * 60
  time - if (parts[[4]] == "+") offset else -offset
}

# Nothing is simplified: lists of JSON stay lists, so that one of one value is not a scalar.
parse_request <- function(line) {
  if (grepl("\\u0000", line, fixed = TRUE) && grepl("(?<!\\\\)(\\\\\\\\)*\\\\u0000", line, perl = TRUE)) {
    stop(errorCondition("a text in R cannot hold the character U+0000", class = "InvalidInput"))
  }
  jsonlite::parse_json(line)
}
