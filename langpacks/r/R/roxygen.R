# Roxygen comments: words, then tags.

# The block right above a line. @return list(text, tags), each tag list(kind, name, type, text)
comment_above <- function(lines, line) {
  first <- line
  while (first > 1 && grepl("^\\s*#'", lines[[first - 1]])) first <- first - 1
  if (first == line) return(list(text = "", tags = list()))
  parse_comment(sub("^\\s*#' ?", "", lines[first:(line - 1)]))
}

parse_comment <- function(lines) {
  starts <- grepl("^\\s*@\\w", lines)
  group <- cumsum(starts)
  words <- lines[group == 0]
  tags <- lapply(seq_len(max(group, 0)), function(i) parse_tag(paste(trimws(lines[group == i]), collapse = " ")))
  described <- Filter(function(tag) tag$kind %in% c("title", "description"), tags)
  text <- c(paste(words, collapse = "\n"), vapply(described, `[[`, "", "text"))
  paragraphs <- gsub("(?<!\n)\n(?!\n)", " ", trimws(text[nzchar(trimws(text))]), perl = TRUE)
  list(text = paste(paragraphs, collapse = "\n\n"), tags = tags)
}

# `@param name (type) words`, `@return (type) words`, `@type Name type`.
parse_tag <- function(text) {
  kind <- sub("^@(\\w+).*", "\\1", text)
  rest <- trimws(sub("^@\\w+", "", text))
  name <- NULL
  if (kind %in% c("param", "type")) {
    name <- sub("^(\\S+).*", "\\1", rest)
    rest <- trimws(sub("^\\S+", "", rest))
  }
  if (kind == "type") return(list(kind = kind, name = name, type = rest, text = ""))
  type <- if (kind %in% c("param", "return", "returns") && startsWith(rest, "(")) leading_parentheses(rest)
  if (!is.null(type)) rest <- trimws(sub("^\\\\cr", "", trimws(substring(rest, nchar(type) + 1))))
  list(kind = kind, name = name, type = if (!is.null(type)) sub("^`(.*)`$", "\\1", substring(type, 2, nchar(type) - 1)), text = rest)
}

# What stands in the first parentheses, which may hold some; all of it when they do not end.
leading_parentheses <- function(text) {
  chars <- strsplit(text, "")[[1]]
  quoted <- cumsum(chars == '"') %% 2 == 1
  depth <- cumsum(ifelse(quoted, 0, (chars == "(") - (chars == ")")))
  end <- which(depth == 0)
  if (length(end) == 0) text else substring(text, 1, end[[1]])
}

find_tag <- function(comment, kinds, name = NULL) {
  Find(function(tag) tag$kind %in% kinds && (is.null(name) || identical(tag$name, name)), comment$tags)
}

# A type in R's own syntax, read and never evaluated.
parse_type <- function(text) {
  parsed <- tryCatch(parse(text = text, keep.source = FALSE), error = function(e) NULL)
  if (length(parsed) != 1) inexpressible("the type (", text, ") cannot be read")
  parsed[[1]]
}

# The types that `@type Name ...` gives anywhere in the project.
read_named_types <- function(files) {
  types <- list()
  for (file in files) {
    lines <- readLines(file, warn = FALSE, encoding = "UTF-8")
    comments <- which(grepl("^\\s*#'", lines))
    for (block in split(comments, cumsum(c(1, diff(comments) != 1)))) {
      for (tag in parse_comment(sub("^\\s*#' ?", "", lines[block]))$tags) {
        if (tag$kind == "type") types[[tag$name]] <- parse_type(tag$type)
      }
    }
  }
  types
}
