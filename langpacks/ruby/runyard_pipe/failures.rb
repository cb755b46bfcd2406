# frozen_string_literal: true

require "runyard_pipe/json_text"

module RunyardPipe
  # Exceptions as the error documents of the pipe.
  module Failures
    FOLDER = File.dirname(__dir__) + File::SEPARATOR
    MAX_MESSAGE = 20_000
    MAX_STACK = 60_000
    MAX_CAUSES = 5

    module_function

    # What the parent is told of an exception that a run raised.
    def describe(error)
      document = { message: message_of(error), error_type: type_of(error) }
      document.update(details_of(error))
      document[:stacktrace] = stack_of(error)
      document
    end

    # The backtrace with its causes, without the pipe's own frames.
    def stack_of(error)
      stacks = []
      while error && stacks.size < MAX_CAUSES
        frames = (error.backtrace || []).reject { |frame| frame.start_with?(FOLDER, "<internal:") }
        stacks << ["#{error.class}: #{message_of(error)}", *frames.map { |frame| "\tfrom #{frame}" }].join("\n")
        error = error.cause
      end
      JsonText.clean(stacks.join("\nCaused by ")[0, MAX_STACK])
    end

    def type_of(error)
      return error.error_type.to_s if error.is_a?(Runyard::CallError)

      names = error.class.ancestors.filter_map { |one| one.name&.split("::")&.last }
      (names & %w[InvalidInput RequestError]).first || names.first || "StandardError"
    end

    def message_of(error)
      text = JsonText.clean(error.message.to_s)[0, MAX_MESSAGE]
      text.empty? ? error.class.name.to_s : text
    rescue StandardError # a broken `message` must not hide the error itself
      error.class.name.to_s
    end

    def details_of(error)
      case type_of(error)
      when "InvalidInput" then wrong_places(error)
      else { status: (error.status if error.respond_to?(:status)) }.compact
      end
    end

    def wrong_places(error)
      stated = error.errors if error.respond_to?(:errors)
      return { errors: stated } if stated.is_a?(Array) && !stated.empty?

      path = error.path if error.respond_to?(:path)
      path ? { errors: [{ path: pointer(path), message: message_of(error) }] } : {}
    end

    def pointer(path)
      return path if path.is_a?(String) && (path.empty? || path.start_with?("/"))

      JsonText.pointer(Array(path))
    end
  end
end
