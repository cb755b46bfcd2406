# Constraints within a description: how many to give {@minimum 1} {@maximum 100}.

constraint_pattern <- "\\{@(\\w+)((?:[^{}]|\\{[^{}]*\\})*)\\}"

constraint_types <- c(
  stats::setNames(rep(list(c("integer", "number")), 5), c("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
  stats::setNames(rep(list("string"), 4), c("minLength", "maxLength", "pattern", "format")),
  stats::setNames(rep(list("array"), 3), c("minItems", "maxItems", "uniqueItems")),
  stats::setNames(rep(list("object"), 2), c("minProperties", "maxProperties"))
)

# The schema with the description and the constraints that a text states.
constrain <- function(schema, text) {
  found <- regmatches(text, gregexpr(constraint_pattern, text, perl = TRUE))[[1]]
  for (one in found) {
    parts <- regmatches(one, regexec(constraint_pattern, one, perl = TRUE))[[1]]
    schema <- add_constraint(schema, parts[[2]], trimws(parts[[3]]))
  }
  description <- trimws(gsub("\\s+", " ", gsub(constraint_pattern, "", text, perl = TRUE)))
  if (nzchar(description)) schema$description <- description
  schema
}

add_constraint <- function(schema, word, text) {
  if (word == "integer") return(utils::modifyList(schema, list(type = "integer")))
  types <- constraint_types[[word]]
  if (is.null(types)) {
    near <- names(constraint_types)[[which.min(utils::adist(word, names(constraint_types)))]]
    inexpressible("{@", word, "} is no constraint; did you mean {@", near, "}?")
  }
  value <- constraint_value(word, text)
  changed <- add_to_fitting(schema, word, value, types)
  if (is.null(changed)) inexpressible("{@", word, "} is for ", paste(types, collapse = " and "), ", not for ", encode_json(schema))
  changed
}

constraint_value <- function(word, text) {
  if (word %in% c("pattern", "format")) return(text)
  if (word == "uniqueItems") return(!identical(text, "false"))
  value <- suppressWarnings(as.numeric(text))
  if (is.na(value)) inexpressible("{@", word, " ", text, "}: expected a number")
  value
}

# On the members of a union that it fits.
add_to_fitting <- function(schema, word, value, types) {
  if (!is.null(schema$type) && schema$type %in% types) {
    schema[[word]] <- value
    return(schema)
  }
  members <- lapply(schema$anyOf, add_to_fitting, word, value, types)
  fitting <- !vapply(members, is.null, TRUE)
  if (!any(as.logical(fitting))) return(NULL)
  schema$anyOf[fitting] <- members[fitting]
  schema
}
