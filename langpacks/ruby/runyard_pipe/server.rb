# frozen_string_literal: true

require "runyard_pipe/adapter"
require "runyard_pipe/answers"
require "runyard_pipe/context"
require "runyard_pipe/intake"

module RunyardPipe
  # Serves one request at a time, on the main thread.
  class Server
    # A run that took longer than this may have been cancelled meanwhile, or others behind it.
    LONG_SECONDS = 0.001

    def initialize(adapter, requests, answers)
      @adapter = adapter
      @answers = Answers.new(answers)
      @intake = Intake.new(requests)
      @intake.on_control { |control| take(control) }
    end

    # Until the parent closes the pipe.
    def serve
      while (request = @intake.next)
        begun = now
        serve_one(request)
        @intake.poll if now - begun > LONG_SECONDS
      end
    end

    private

    def serve_one(request)
      @current = request["id"]
      @cancelled = false
      run(request)
    rescue SystemExit, SignalException
      raise
    rescue Exception => e # rubocop:disable Lint/RescueException
      @answers.error(@current, describe(e))
    ensure
      @current = @context = nil
    end

    def run(request)
      id, name, args, batch = request.values_at("id", "algorithm", "args", "batch")
      raise ArgumentError, "the request cannot be read: #{request['broken']}" if request["broken"]

      algorithm = @adapter.algorithms[name] || raise(NameError, "there is no algorithm #{name} in this process")
      context = @context = Context.new(id, @answers, @intake) if algorithm.context?
      return run_batch(id, algorithm, batch, context) if batch
      return stream(id, algorithm, args, context) if algorithm.mode == "stream"

      result = algorithm.call(args, context)
      raise Runyard::Cancelled if @cancelled

      @answers.result(id, result)
    end

    def stream(id, algorithm, args, context)
      @polled = now
      algorithm.each_chunk(args, context) do |chunk|
        raise Runyard::Cancelled if @cancelled

        @answers.chunk(id, chunk)
        poll_at_times
      end
      @answers.result(id, nil)
    end

    # A stream that goes on for ever ends by its cancel.
    def poll_at_times
      return if now - @polled < LONG_SECONDS

      @polled = now
      @intake.poll
    end

    def run_batch(id, algorithm, items, context)
      results = algorithm.call_batch(items, context)
      unless results.is_a?(Array) && results.size == items.size
        came = results.is_a?(Array) ? "#{results.size} results" : "a #{results.class}"
        raise JsonText::Unsendable, "batch_#{algorithm.name} returned #{came} for #{items.size} items; " \
                                    "it must return an Array with a result, or an exception, for each"
      end
      @answers.results(id, results.map { |result| item(result) })
    end

    def item(result)
      return %({"error":#{JsonText.encode(describe(result))}}) if result.is_a?(Exception)

      %({"result":#{JsonText.encode(result)}})
    rescue JsonText::Unsendable => e
      %({"error":#{JsonText.encode(describe(e))}})
    end

    def describe(error)
      return { message: error.message, error_type: "InvalidOutput" } if error.is_a?(JsonText::Unsendable)

      Failures.describe(@cancelled ? Runyard::Cancelled.new : error)
    end

    # A cancel, or the answer to a call.
    def take(control)
      return @context&.settle(control) if control["called"]

      id = control["cancel"]
      if id == @current
        @cancelled = true
        @context&.signal&.abort
      elsif @intake.remove(id)
        @answers.error(id, { message: "The run was cancelled", error_type: "Cancelled" })
      end
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
