# frozen_string_literal: true

require "runyard_pipe/failures"
require "runyard_pipe/json_text"
require "runyard_pipe/stdio"

module RunyardPipe
  # Answers to the parent: whole lines on one descriptor.
  class Answers
    def initialize(io)
      @io = io
      @writing = Mutex.new
    end

    def result(id, value)
      write(%({"id":#{id.to_json},"result":#{JsonText.encode(value)}}\n))
    end

    def chunk(id, value)
      write(%({"id":#{id.to_json},"chunk":#{JsonText.encode(value)}}\n))
    end

    # @param results [Array<String>] each a JSON document with a result or an error
    def results(id, results)
      write(%({"id":#{id.to_json},"results":[#{results.join(',')}]}\n))
    end

    def error(id, document)
      tell({ id: id, error: document })
    end

    def tell(document)
      write("#{JsonText.encode(document)}\n")
    end

    private

    def write(line)
      # What a run printed is there before its answer.
      Stdio.flush
      @writing.synchronize { @io.write(line) }
    rescue Errno::EPIPE, Errno::ECONNRESET
      exit!(1) # the parent is gone, and nobody would read another word
    end
  end
end
