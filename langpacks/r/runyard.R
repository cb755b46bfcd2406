# What an adapter may use of Runyard, without loading anything.

# Ends the run because the caller sent a value the algorithm cannot work with: it is not tried again.
# `path` is the argument that is wrong, as "image_url" or "/items/3/name".
stop_invalid_input <- function(message, path = NULL) {
  stop(errorCondition(message, class = "InvalidInput", path = path, call = sys.call(-1)))
}

# Ends the run because something the input names, such as the address of an image, could not be fetched.
# `status` is the HTTP status that came back, or a word such as "timeout".
stop_request_error <- function(status, message = NULL) {
  if (is.null(message)) message <- paste0("Error fetching request image, received ", status)
  stop(errorCondition(message, class = "RequestError", status = status, call = sys.call(-1)))
}

# What a function of a stream gives when there is nothing more; as generators of the package coro do.
exhausted <- function() as.symbol(".__exhausted__.")
