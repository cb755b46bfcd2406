# Serves an `algorithm(input)` by version 1 of the pipe.

serve_classic <- function() {
  connection <- if (nzchar(Sys.getenv("ALGOOUT"))) open_answers()
  load_adapter(Sys.getenv("RUNYARD_ADAPTER"))
  if (!exists("algorithm", globalenv(), mode = "function", inherits = FALSE)) {
    stop(Sys.getenv("RUNYARD_ADAPTER"), " has no function algorithm(input)")
  }
  intake <- new_intake(identity, function(request) answer_classic(request, connection))
  announce()
  while (!intake$ended) poll_requests(intake, -1)
}

answer_classic <- function(request, connection) {
  ended <- attempt_run(encode_classic(call_classic(read_classic(request))))
  text <- if (is_failure(ended)) paste0('{"error":', encode_json(describe_failure(ended)), "}") else ended
  if (!is.null(connection)) return(write_text(connection, paste0(text, "\n")))
  # The file of old is opened for each answer.
  answer <- file("/tmp/algoout", "wb", raw = TRUE)
  on.exit(close(answer))
  write_text(answer, paste0(text, "\n"))
}

call_classic <- function(input) eval(quote(algorithm(input)), list2env(list(input = input), parent = globalenv()))

read_classic <- function(request) {
  if (!is.null(request$broken)) stop(request$broken)
  switch(request$content_type %||% "",
    text = request$data,
    json = decode_any(request$data),
    binary = jsonlite::base64_dec(request$data),
    stop("content_type must be text, json or binary, but is ", encode_json(request$content_type))
  )
}

encode_classic <- function(result) {
  is_text <- is.character(result) && length(result) == 1 && is.null(names(result)) && !inherits(result, "AsIs")
  type <- if (is.raw(result)) "binary" else if (is_text && !is.na(result)) "text" else "json"
  value <- if (is.raw(result)) base64(result) else result
  paste0('{"result":', encode_json(value), ',"metadata":{"content_type":"', type, '"}}')
}
