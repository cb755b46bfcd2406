# frozen_string_literal: true

require "runyard_pipe/json_text"

module RunyardPipe
  # Says that a run was cancelled.
  class Signal
    def initialize(intake)
      @intake = intake
      @aborted = false
    end

    # True once somebody asked for an end.
    def aborted?
      @intake.poll unless @aborted
      @aborted
    end
    alias aborted aborted?

    # Waits until the run is cancelled, or for some seconds. Says whether it was.
    def wait(seconds = nil)
      deadline = seconds && (Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds)
      until aborted?
        rest = deadline && (deadline - Process.clock_gettime(Process::CLOCK_MONOTONIC))
        return false if rest && rest <= 0

        @intake.ended? ? sleep([rest || 1, 1].min) : @intake.poll(rest)
      end
      true
    end

    # @raise [Runyard::Cancelled] when the run was cancelled
    def throw_if_aborted
      raise Runyard::Cancelled if aborted?
    end

    # Asks for an end. The pipe calls this.
    def abort
      @aborted = true
    end
  end

  # What a running method may use: the `ctx` argument.
  class Context
    attr_reader :signal

    def initialize(id, answers, intake)
      @id = id
      @answers = answers
      @intake = intake
      @signal = Signal.new(intake)
      @calls = 0
      @answered = {}
    end

    # Tells whoever follows the task how far it is, from 0 to 1.
    def progress(fraction, message = nil)
      value = Float(fraction)
      raise ArgumentError, "progress must be a number from 0 to 1, got NaN" if value.nan?

      @answers.tell({ id: @id, progress: value.clamp(0.0, 1.0), message: message&.to_s }.compact)
    end

    # Adds a line to the log of this run.
    def log(message)
      lines = JsonText.clean(message.to_s).lines(chomp: true)
      (lines.empty? ? [""] : lines).each { |line| @answers.tell({ id: @id, log: line }) }
    end

    # Runs another algorithm of the yard and returns its result.
    #
    # @raise [Runyard::CallError] when it ended with an error
    # @raise [Runyard::Cancelled] when this run was cancelled meanwhile
    def call(algorithm, args = {}, **named)
      signal.throw_if_aborted
      name = "#{@id}/#{@calls += 1}"
      @answered[name] = nil
      ask(name, algorithm.to_s, args.merge(named))
      answer = await(name)
      raise Runyard::CallError.new(algorithm, answer["error"]) if answer.key?("error")

      answer["result"]
    end

    # The parent's answer to a call. The pipe calls this.
    def settle(answer)
      @answered[answer["called"]] = answer if @answered.key?(answer["called"])
    end

    private

    def ask(name, algorithm, args)
      @answers.tell({ id: @id, call: name, algorithm: algorithm, args: args })
    rescue JsonText::Unsendable => e
      raise ArgumentError, "the arguments of ctx.call(#{algorithm.inspect}) cannot be sent: #{e.message}"
    end

    def await(name)
      until @answered[name]
        signal.throw_if_aborted
        raise IOError, "the yard is gone; it cannot run another algorithm now" if @intake.ended?

        @intake.poll(nil) unless @answered[name]
      end
      @answered.delete(name)
    end
  end
end
