# frozen_string_literal: true

require "json"
require "runyard"
require "runyard_pipe/bundle"
require "runyard_pipe/failures"
require "runyard_pipe/stdio"

module RunyardPipe
  # The program: describes the project in the working directory, or serves it.
  class Main
    REFUSED = 78

    def initialize(arguments)
      @describes = arguments == ["--describe"]
      return if @describes || arguments.empty?

      warn "usage: ruby pipe.rb [--describe], got #{arguments.join(' ')}"
      exit REFUSED
    end

    # @return [Integer] the exit code
    def run
      classic = ENV["RUNYARD_KIND"] == "classic"
      return describe(classic) if @describes

      classic ? serve_classic : serve
    end

    private

    def describe(classic)
      answers = Stdio.open_answers
      require "runyard_pipe/describe"
      require "runyard_pipe/rbs_signatures"
      description = classic ? {} : Describe.project
      answers.write("#{JSON.generate(description)}\n")
      answers.flush
      exit!(0) # threads that the adapter left running could hold the end up
    end

    def serve
      answers = Stdio.open_answers
      requests = Stdio.take_requests
      require "runyard_pipe/server"
      Bundle.use
      adapter = Adapter.load
      adapter.setup
      Stdio.announce({ protocol: 2, algorithms: adapter.names, concurrency: 1, answers: "plain" })
      Server.new(adapter, requests, answers).serve
      adapter.teardown
      0
    rescue Adapter::Invalid => e
      warn e.message
      REFUSED
    end

    def serve_classic
      requests = Stdio.take_requests
      require "runyard_pipe/classic_server"
      Bundle.use
      server = ClassicServer.new(requests)
      Stdio.announce
      server.serve
      0
    end
  end
end
