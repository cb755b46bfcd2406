# frozen_string_literal: true

# What an adapter may use of Runyard: errors that say whose fault a failure is, and a name for bytes.
module Runyard
  # The caller sent a value the algorithm cannot work with: the task ends at once and is not tried again.
  #
  #   raise Runyard::InvalidInput.new("is no image", "image_url")
  class InvalidInput < StandardError
    # The argument that is wrong, as `image_url`, `/items/3/name` or `["items", 3, "name"]`.
    attr_reader :path

    def initialize(message = nil, path = nil)
      super(message)
      @path = path
    end
  end

  # Something the input names, such as the address of an image, could not be fetched.
  #
  #   raise Runyard::RequestError, 404 # Error fetching request image, received 404
  class RequestError < StandardError
    # The HTTP status that came back, or a word such as `timeout`.
    attr_reader :status

    def initialize(status = nil, message = nil)
      @status = status
      super(message || "Error fetching request image, received #{status}")
    end
  end

  # The run was cancelled.
  class Cancelled < StandardError
    def initialize(message = "The run was cancelled")
      super
    end
  end

  # An algorithm run through `ctx.call` ended with an error.
  class CallError < StandardError
    attr_reader :error_type, :errors, :status

    def initialize(algorithm, error)
      super("#{algorithm}: #{error['message']}")
      @error_type = error["error_type"]
      @errors = error["errors"]
      @status = error["status"]
    end
  end

  # Names bytes in comments and signatures; the value itself is a String whose encoding is BINARY.
  Bytes = String
end
