# Reads a function: its arguments and defaults from formals(), their types from its roxygen comment.

new_context <- function(types) list2env(list(types = types, begun = list(), made = list(), definitions = list()))

with_definitions <- function(schema, context) {
  if (length(context$definitions) > 0) schema[["$defs"]] <- context$definitions
  schema
}

# @return list(algorithm, problems); the algorithm is NULL when there are problems
read_signature <- function(attribute, fn, types) {
  place <- place_of(fn)
  problems <- list()
  complain <- function(argument, message) {
    problem <- list(file = place$file, line = place$line, "function" = attribute, argument = argument, message = message)
    problems[[length(problems) + 1]] <<- problem
    NULL
  }
  attempt <- function(argument, expr) tryCatch(expr, inexpressible = function(e) complain(argument, conditionMessage(e)))
  kind <- sub("_.*", "", attribute)
  name <- sub("^[a-z]+_", "", attribute)
  if (!grepl("^[A-Za-z0-9_]+$", name)) complain(NULL, "the name of an algorithm is made of the letters a to z, digits and _")
  comment <- comment_above(place$lines, place$line)
  arguments <- formals(fn)
  for (tag in Filter(function(tag) tag$kind == "param" && !tag$name %in% names(arguments), comment$tags)) {
    known <- if (length(arguments) == 0) "it takes none" else paste("there are", paste(names(arguments), collapse = ", "))
    complain(tag$name, paste0("there is a comment on it, but no argument of this name; ", known))
  }
  own <- arguments[setdiff(names(arguments), "ctx")]
  read <- if (kind == "batch") read_batch_input else read_input
  input <- read(own, comment, types, attempt, complain)
  output <- attempt("return", read_output(kind, comment, types))
  descriptor <- list(name = name, description = comment$text, mode = output$mode, input = input$schema, output = output$schema)
  if (!nzchar(comment$text)) descriptor$description <- NULL
  descriptor <- Filter(Negate(is.null), descriptor)
  algorithm <- list(
    name = name, attribute = attribute, mode = output$mode, descriptor = descriptor, context = "ctx" %in% names(arguments),
    codecs = input$codecs, item = input$item, argument = input$argument, encode = output$encode
  )
  list(algorithm = if (length(problems) == 0) algorithm, problems = problems)
}

place_of <- function(fn) {
  reference <- attr(fn, "srcref")
  if (is.null(reference)) return(list(file = basename(Sys.getenv("RUNYARD_ADAPTER")), line = 1L, lines = ""))
  file <- utils::getSrcFilename(fn, full.names = TRUE)
  list(file = relative_path(file), line = reference[[1]], lines = attr(reference, "srcfile")$lines %||% readLines(file, warn = FALSE))
}

`%||%` <- function(a, b) if (is.null(a)) b else a

read_input <- function(arguments, comment, types, attempt, complain) {
  context <- new_context(types)
  codecs <- list()
  required <- character()
  for (name in names(arguments)) {
    if (name == "...") {
      complain(name, "... has no names to call it by; take a list")
      next
    }
    default <- read_default(arguments[[name]])
    codec <- attempt(name, read_argument(name, default, comment, context))
    if (!is.null(codec)) codecs[[name]] <- codec
    if (default$required) required <- c(required, name)
  }
  list(schema = with_definitions(object_schema(codecs, required), context), codecs = codecs)
}

object_schema <- function(codecs, required) {
  properties <- if (length(codecs) == 0) empty_object else lapply(codecs, `[[`, "schema")
  schema <- list(type = "object", properties = properties)
  if (length(required) > 0) schema$required <- I(required)
  c(schema, additionalProperties = FALSE)
}

# Only values that stand there are read; nothing is evaluated.
read_default <- function(default) {
  if (is.symbol(default) && !nzchar(as.character(default))) return(list(required = TRUE))
  if (is.call(default) && identical(default[[1]], quote(`-`)) && length(default) == 2 && is.numeric(default[[2]])) {
    return(list(required = FALSE, known = TRUE, value = -default[[2]]))
  }
  if (is.null(default) || is.atomic(default)) return(list(required = FALSE, known = TRUE, value = default))
  choices <- if (is.call(default) && identical(default[[1]], quote(c))) as.list(default)[-1]
  if (length(choices) > 0 && all(vapply(choices, is.character, TRUE))) {
    return(list(required = FALSE, known = TRUE, value = choices[[1]], choices = choices))
  }
  list(required = FALSE, known = FALSE)
}

read_argument <- function(name, default, comment, context) {
  tag <- find_tag(comment, "param", name)
  type <- if (!is.null(tag$type)) parse_type(tag$type) else type_of_default(default)
  codec <- compile_type(type, context)
  codec$schema <- constrain(codec$schema, tag$text %||% "")
  if (default$required || !default$known) return(codec)
  if (is.null(default$value) && !codec$fits(NULL)) codec <- nullable(codec)
  codec$schema["default"] <- list(json_text(encode_json(codec$encode(default$value))))
  codec
}

json_text <- function(text) structure(text, class = "runyard_json")

# `c("red", "green")` is what match.arg() chooses from.
type_of_default <- function(default) {
  if (!is.null(default$choices)) return(Reduce(function(a, b) call("|", a, b), default$choices))
  if (default$required || !default$known || length(default$value) != 1) return(quote(any))
  switch(typeof(default$value),
    character = quote(character(1)), integer = quote(integer(1)), double = quote(numeric(1)),
    logical = quote(logical(1)), quote(any)
  )
}

nullable <- function(codec) {
  outside <- codec$schema[names(codec$schema) == "description"]
  inside <- codec$schema[names(codec$schema) != "description"]
  members <- if (identical(names(inside), "anyOf")) inside$anyOf else list(inside)
  decode <- codec$decode
  fits <- codec$fits
  codec$schema <- c(list(anyOf = c(members, list(list(type = "null")))), outside)
  codec$decode <- function(x) if (is.null(x)) NULL else decode(x)
  codec$fits <- function(x) is.null(x) || fits(x)
  codec
}

# batch_<name>(items): the fields of an item are the arguments of one caller.
read_batch_input <- function(arguments, comment, types, attempt, complain) {
  if (length(arguments) != 1) return(complain(NULL, "a batch function takes one argument, a list of items (and ctx when it wants)"))
  context <- new_context(types)
  name <- names(arguments)
  tag <- find_tag(comment, "param", name)
  item <- attempt(name, compile_type(item_type(tag$type), context))
  schema <- if (is.null(item$schema[["$ref"]])) item$schema else context$definitions[[sub("#/$defs/", "", item$schema[["$ref"]], fixed = TRUE)]]
  if (!is.null(item) && !identical(schema$type, "object")) {
    complain(name, "the items of a batch are objects: list_of(list(name = T))")
  }
  list(schema = with_definitions(schema, context), item = item, argument = name)
}

item_type <- function(text) {
  if (is.null(text)) return(quote(map_of(any)))
  type <- parse_type(text)
  if (is.call(type) && identical(type[[1]], quote(list_of)) && length(type) == 2) return(type[[2]])
  inexpressible("a batch function takes list_of(T) and returns one, not ", text)
}

read_output <- function(kind, comment, types) {
  tag <- find_tag(comment, c("return", "returns"))
  mode <- if (kind == "batch") "batch" else "unary"
  if (is.null(tag$type)) return(list(mode = mode, encode = identity))
  type <- parse_type(tag$type)
  if (is_stream(type)) {
    mode <- "stream"
    type <- if (length(type) == 2) type[[2]] else quote(any)
  }
  if (mode == "batch") type <- without_conditions(item_type(tag$type))
  context <- new_context(types)
  codec <- compile_type(type, context)
  list(mode = mode, encode = codec$encode, schema = with_definitions(constrain(codec$schema, tag$text), context))
}

is_stream <- function(type) {
  (is.call(type) && identical(type[[1]], quote(stream_of))) || identical(type, quote(stream))
}

# Conditions in place of results are errors, not part of the schema.
without_conditions <- function(type) {
  kept <- Filter(function(one) !identical(one, quote(condition)), flatten_union(type))
  Reduce(function(a, b) call("|", a, b), kept)
}
