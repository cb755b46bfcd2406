# Types as roxygen comments state them, in R's own notation: character(1), numeric(), list_of(T), list(name = T), "a" | "b".
# A codec holds the schema, `decode` from what JSON gave, `encode` for what the type alone tells of how a result is written,
# and `fits`, which tells it from the others of a union.

inexpressible <- function(...) stop(errorCondition(paste0(...), class = "inexpressible"))

codec <- function(schema, fits, decode = identity, encode = identity) {
  list(schema = schema, fits = fits, decode = decode, encode = encode)
}

empty_object <- structure(list(), names = character())

bytes_schema <- list(
  type = "object", properties = list("$binary" = list(type = "string")), required = I("$binary"),
  additionalProperties = FALSE, "x-type" = "bytes"
)

is_one <- function(value, test) length(value) == 1 && !is.list(value) && test(value)
is_object <- function(value) is.list(value) && !is.null(names(value))
is_array <- function(value) is.list(value) && is.null(names(value))

# An integer of R has 32 bits; a larger whole number is a double.
to_integer <- function(value) if (all(abs(value) < 2^31)) as.integer(value) else as.double(value)

# What holds many of one kind, by name: schema of one, test of one, the way from JSON to a vector.
vectors <- list(
  character = list(list(type = "string"), is.character, function(x) as.character(unlist(x))),
  integer = list(list(type = "integer"), function(x) is.numeric(x) && x == floor(x), function(x) {
    if (length(x) == 0) integer() else to_integer(unlist(x))
  }),
  numeric = list(list(type = "number"), is.numeric, function(x) as.double(unlist(x))),
  logical = list(list(type = "boolean"), is.logical, function(x) as.logical(unlist(x))),
  POSIXct = list(list(type = "string", format = "date-time"), function(x) is.character(x) && is_time(x), function(x) {
    as.POSIXct(vapply(x, function(one) as.numeric(parse_time(one)), 0, USE.NAMES = FALSE), origin = "1970-01-01", tz = "UTC")
  }),
  Date = list(list(type = "string", format = "date"), is.character, function(x) as.Date(as.character(unlist(x))))
)
vectors$double <- vectors$numeric

is_time <- function(text) !inherits(try(parse_time(text), silent = TRUE), "try-error")

# Makes the codec of a type. `context` holds the project's named types and collects the definitions that are referred to.
compile_type <- function(type, context) {
  if (is.character(type) || is.numeric(type) || is.logical(type)) return(compile_literals(list(type)))
  if (is.null(type)) return(compile_null())
  if (is.symbol(type)) return(compile_name(as.character(type), context))
  compile_call(type, context)
}

compile_call <- function(type, context) {
  name <- paste(deparse(type[[1]]), collapse = "")
  arguments <- as.list(type)[-1]
  if (name == "|") return(compile_union(flatten_union(type), context))
  if (name == "(") return(compile_type(arguments[[1]], context))
  if (name %in% names(vectors)) return(compile_vector(name, arguments, type))
  switch(name,
    raw = compile_bytes(),
    list_of = compile_list(arguments, context),
    map_of = compile_map(arguments, context),
    list = compile_record(arguments, context),
    data.frame = compile_data_frame(arguments, context),
    factor = compile_factor(arguments),
    stream_of = inexpressible("stream_of() can only be what the function returns"),
    unknown_type(name)
  )
}

unknown_type <- function(name) {
  inexpressible(
    "there is no type ", name, "; expected character(1), numeric(1), integer(1), logical(1), the same without 1 for vectors, ",
    "list_of(T), map_of(T), list(name = T), POSIXct(1), raw(), NULL, any, or a name that `@type` gives"
  )
}

compile_vector <- function(name, arguments, type) {
  parts <- vectors[[name]]
  if (length(arguments) == 1 && identical(as.numeric(arguments[[1]]), 1)) {
    return(codec(parts[[1]], function(x) is_one(x, parts[[2]]), parts[[3]]))
  }
  if (length(arguments) > 0) inexpressible("`", deparse(type), "`: expected ", name, "(1) for one value or ", name, "() for many")
  codec(
    list(type = "array", items = parts[[1]]),
    function(x) is_array(x) && all(vapply(x, is_one, TRUE, parts[[2]])),
    parts[[3]],
    function(x) if (is.atomic(x) && is.null(dim(x))) I(unname(x)) else if (is.list(x)) unname(x) else x
  )
}

compile_name <- function(name, context) {
  if (name %in% c("any", "list")) return(codec(empty_object, function(x) TRUE, decode_any))
  if (name == "NULL") return(compile_null())
  if (name %in% c("string", "character")) return(compile_vector("character", list(1), NULL))
  if (name %in% c("flag", "logical")) return(compile_vector("logical", list(1), NULL))
  if (name %in% c("number", "numeric")) return(compile_vector("numeric", list(1), NULL))
  if (name %in% c("count", "integer")) return(compile_vector("integer", list(1), NULL))
  if (is.null(context$types[[name]])) unknown_type(name)
  refer_to(name, context)
}

# A type may hold itself: it is referred to while it is read.
refer_to <- function(name, context) {
  reference <- codec(
    list("$ref" = paste0("#/$defs/", name)),
    function(x) context$made[[name]]$fits(x),
    function(x) context$made[[name]]$decode(x),
    function(x) context$made[[name]]$encode(x)
  )
  if (is.null(context$begun[[name]])) {
    context$begun[[name]] <- TRUE
    made <- compile_type(context$types[[name]], context)
    context$made[[name]] <- made
    context$definitions[[name]] <- made$schema
  }
  reference
}

compile_null <- function() codec(list(type = "null"), is.null)

# Bytes may be anywhere in what may be anything.
decode_any <- function(value) {
  if (!is.list(value)) return(value)
  if (identical(names(value), "$binary") && is.character(value[[1]])) return(jsonlite::base64_dec(value[[1]]))
  value[] <- lapply(value, decode_any)
  value
}

compile_bytes <- function() {
  codec(bytes_schema, function(x) is_object(x) && identical(names(x), "$binary"), function(x) jsonlite::base64_dec(x[["$binary"]]))
}

compile_literals <- function(values) {
  codec(list(enum = I(unlist(values))), function(x) is_one(x, function(one) any(vapply(values, identical, TRUE, one))))
}

compile_factor <- function(arguments) {
  levels <- as.character(unlist(arguments))
  codec(list(enum = I(levels)), function(x) is_one(x, function(one) one %in% levels), function(x) factor(x, levels = levels))
}

flatten_union <- function(type) {
  if (is.call(type) && identical(type[[1]], quote(`|`))) c(flatten_union(type[[2]]), flatten_union(type[[3]])) else list(type)
}

compile_union <- function(members, context) {
  literal <- vapply(members, function(one) is.character(one) || is.numeric(one), TRUE)
  codecs <- lapply(members[!literal], compile_type, context)
  if (any(literal)) codecs <- c(list(compile_literals(members[literal])), codecs)
  if (length(codecs) == 1) return(codecs[[1]])
  find <- function(x) Find(function(one) one$fits(x), codecs)
  others <- Filter(function(one) !identical(one$schema, list(type = "null")), codecs)
  codec(
    list(anyOf = lapply(codecs, `[[`, "schema")),
    function(x) !is.null(find(x)),
    function(x) {
      found <- find(x)
      if (is.null(found)) x else found$decode(x)
    },
    if (length(others) == 1) function(x) if (is.null(x)) NULL else others[[1]]$encode(x) else identity
  )
}

compile_list <- function(arguments, context) {
  if (length(arguments) != 1) inexpressible("list_of(T) takes one type")
  item <- compile_type(arguments[[1]], context)
  each <- function(way) function(x) if (is.list(x)) lapply(unname(x), item[[way]]) else x
  encode <- function(x) if (is.data.frame(x)) x else if (is.list(x)) lapply(unname(x), item$encode) else I(x)
  codec(list(type = "array", items = item$schema), function(x) is_array(x) && all(vapply(x, item$fits, TRUE)), each("decode"), encode)
}

compile_map <- function(arguments, context) {
  if (length(arguments) != 1) inexpressible("map_of(T) takes one type")
  item <- compile_type(arguments[[1]], context)
  codec(
    list(type = "object", additionalProperties = item$schema),
    function(x) is_object(x) && all(vapply(x, item$fits, TRUE)),
    function(x) lapply(x, item$decode),
    function(x) if (length(x) == 0) empty_object else if (is.list(x)) lapply(x, item$encode) else x
  )
}

# list(name = T, other = optional(T)) is an object; list(A, B) holds just those.
compile_record <- function(arguments, context) {
  if (is.null(names(arguments))) return(compile_tuple(arguments, context))
  if (any(!nzchar(names(arguments)))) inexpressible("some values of list() have names and some have none")
  optional <- vapply(arguments, function(one) is.call(one) && identical(one[[1]], quote(optional)), TRUE)
  codecs <- Map(function(one, skip) compile_type(if (skip) one[[2]] else one, context), arguments, optional)
  names <- names(arguments)
  required <- names[!optional]
  schema <- list(type = "object", properties = lapply(codecs, `[[`, "schema"))
  if (length(required) > 0) schema$required <- I(required)
  each <- function(way) function(x) {
    if (!is.list(x)) return(x)
    x[] <- Map(function(name, value) if (name %in% names) codecs[[name]][[way]](value) else value, names(x), x)
    x
  }
  fits <- function(x) {
    is_object(x) && all(required %in% names(x)) && all(names(x) %in% names) &&
      all(unlist(Map(function(name, value) codecs[[name]]$fits(value), names(x), x)))
  }
  codec(c(schema, additionalProperties = FALSE), fits, each("decode"), each("encode"))
}

compile_tuple <- function(arguments, context) {
  if (length(arguments) == 0) return(compile_name("any", context))
  codecs <- lapply(arguments, compile_type, context)
  count <- length(codecs)
  each <- function(way) function(x) if (is.list(x)) Map(function(one, value) one[[way]](value), codecs, unname(x)) else x
  schema <- list(type = "array", prefixItems = lapply(codecs, `[[`, "schema"), items = FALSE, minItems = count, maxItems = count)
  codec(schema, function(x) is_array(x) && length(x) == count, each("decode"), each("encode"))
}

# A list of rows, each an object with the columns' values.
compile_data_frame <- function(arguments, context) {
  scalars <- lapply(arguments, function(column) if (is.call(column) && length(column) == 1) as.call(list(column[[1]], 1)) else column)
  row <- compile_record(scalars, context)
  decode <- function(x) {
    columns <- Map(function(name, column) compile_type(column, context)$decode(lapply(x, `[[`, name)), names(arguments), arguments)
    as.data.frame(columns, stringsAsFactors = FALSE, check.names = FALSE)
  }
  codec(list(type = "array", items = row$schema), function(x) is_array(x) && all(vapply(x, row$fits, TRUE)), decode)
}
