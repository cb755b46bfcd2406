# frozen_string_literal: true

require "io/wait"
require "json"

module RunyardPipe
  # Requests from the parent, in their order. Whoever waits for something reads: the server between runs, and the
  # context of a run that asks for its cancel or for the answer to a call. No thread has to hand requests over.
  class Intake
    CHUNK = 1 << 18

    # Requests that were read and not begun.
    attr_reader :pending

    def initialize(io)
      @io = io
      @buffer = String.new(capacity: CHUNK, encoding: Encoding::BINARY)
      @searched = 0
      @pending = []
      @ended = false
      @reading = Mutex.new
    end

    # Who is told of cancels and of answers to calls.
    def on_control(&handler)
      @control = handler
    end

    # Waits for a request. @return [Hash, nil] nil when there will be none
    def next
      read while @pending.empty? && !@ended
      @pending.shift
    end

    # Takes in what has come, waiting no longer than that for it.
    #
    # @param seconds [Numeric, nil] nil waits until something comes
    # @return [Boolean] whether anything was read
    def poll(seconds = 0)
      return false if @ended || !@io.wait_readable(seconds)

      read
      true
    end

    def ended?
      @ended
    end

    # Takes a request back that was not begun. @return [Boolean] whether there was one
    def remove(id)
      !@pending.reject! { |request| request["id"] == id }.nil?
    end

    private

    def read
      @reading.synchronize { take(@io.readpartial(CHUNK)) }
    rescue EOFError, Errno::ECONNRESET
      @ended = true
    end

    def take(data)
      @buffer << data
      start = 0
      while (cut = @buffer.index("\n", @searched))
        accept(@buffer.byteslice(start, cut - start))
        @searched = start = cut + 1
      end
      @buffer = @buffer.byteslice(start..) if start.positive?
      @searched = @buffer.bytesize
    end

    def accept(line)
      request = JSON.parse(line.force_encoding(Encoding::UTF_8), max_nesting: JsonText::MAX_NESTING)
      request.is_a?(Hash) && request.key?("id") ? @pending << request : @control.call(request)
    rescue JSON::ParserError, SystemStackError => e
      accept_broken(line, e)
    end

    # A line that cannot be parsed, for instance because it is nested too deeply, may still say whose it is.
    def accept_broken(line, error)
      id = line[/\A\{"id":"([^"\\]+)"/, 1]
      return @pending << { "id" => id, "broken" => error.message } if id

      warn "runyard: a line on stdin is no request (#{error.message}): #{line[0, 200]}"
    end
  end
end
