# frozen_string_literal: true

require "json"
require "runyard_pipe/failures"
require "runyard_pipe/json_text"
require "runyard_pipe/stdio"

module RunyardPipe
  # Serves an `apply` by version 1 of the pipe.
  class ClassicServer
    DEFAULT_TARGET = "/tmp/algoout"

    def initialize(requests)
      @requests = requests
      @answers = Stdio.open_answers if ENV["ALGOOUT"]
      load_source(ENV.fetch("RUNYARD_ADAPTER"))
    end

    # Until the parent closes the pipe.
    def serve
      while (line = @requests.gets)
        write(answer(line))
      end
    end

    private

    def load_source(path)
      $LOAD_PATH.unshift(File.dirname(path))
      require path
      @apply = TOPLEVEL_BINDING.receiver.method(:apply)
    end

    def answer(line)
      request = JSON.parse(line.force_encoding(Encoding::UTF_8), max_nesting: JsonText::MAX_NESTING)
      reply(@apply.call(read(request)))
    rescue SystemExit, SignalException
      raise
    rescue Exception => e # rubocop:disable Lint/RescueException
      JSON.generate(error: Failures.describe(e))
    end

    def read(request)
      data = request["data"]
      case request["content_type"]
      when "binary" then data.unpack1("m")
      when "text", "json" then data
      else raise ArgumentError, "content_type must be text, json or binary, but is #{request['content_type'].inspect}"
      end
    end

    def reply(result)
      type, value =
        if !result.is_a?(String) then ["json", result]
        elsif result.encoding == Encoding::BINARY then ["binary", [result].pack("m0")]
        else
          ["text", result]
        end
      %({"result":#{JsonText.encode(value)},"metadata":{"content_type":"#{type}"}})
    end

    # The file of old is opened for each answer.
    def write(line)
      Stdio.flush
      @answers ? @answers.write(line, "\n") : File.open(DEFAULT_TARGET, "w") { |file| file.write(line, "\n") }
    rescue Errno::EPIPE, Errno::ECONNRESET
      exit!(1)
    end
  end
end
