# Answers to the parent: whole lines on what ALGOOUT names.

# Opening a descriptor again is refused for sockets.
open_answers <- function() {
  target <- Sys.getenv("ALGOOUT")
  Sys.unsetenv(c("ALGOOUT", "RUNYARD_PIPE"))
  if (!nzchar(target)) {
    message("runyard: this program is started by Runyard, which says in ALGOOUT where answers go")
    quit(save = "no", status = 78)
  }
  descriptor <- sub("^/(dev|proc/self)/fd/([0-9]+)$", "\\2", target)
  if (descriptor == target) return(file(target, "wb", raw = TRUE))
  connection <- processx::conn_create_fd(as.integer(descriptor), close = FALSE)
  processx::conn_disable_inheritance()
  connection
}

# What a run printed is there before its answer.
write_text <- function(connection, text) {
  flush(stdout())
  rest <- charToRaw(text)
  if (!inherits(connection, "processx_connection")) {
    writeBin(rest, connection)
    return(flush(connection))
  }
  written <- 0
  while (written < length(rest)) {
    part <- rest[(written + 1):min(length(rest), written + part_bytes)]
    left <- tryCatch(processx::conn_write(connection, part), error = function(e) quit(save = "no", status = 1))
    written <- written + length(part) - length(left)
    if (length(left) > 0) Sys.sleep(0.0005)
  }
}

# A large answer is handed over in parts: what a write leaves is copied.
part_bytes <- 65536

new_answers <- function(connection) {
  write <- function(...) write_text(connection, paste0(...))
  id_text <- function(id) paste0('{"id":', quote_json(id))
  list(
    result = function(id, value) write(id_text(id), ',"result":', encode_json(value), "}\n"),
    chunk = function(id, value) write(id_text(id), ',"chunk":', encode_json(value), "}\n"),
    results = function(id, texts) write(id_text(id), ',"results":[', paste(texts, collapse = ","), "]}\n"),
    error = function(id, document) write(id_text(id), ',"error":', encode_json(document), "}\n"),
    tell = function(document) write(encode_json(document), "\n")
  )
}
