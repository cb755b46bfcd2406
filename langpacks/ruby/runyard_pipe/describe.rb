# frozen_string_literal: true

require "runyard_pipe/adapter"

module RunyardPipe
  # What the describe command answers. The adapter is loaded, and nothing of it is called.
  module Describe
    module_function

    def project
      Bundle.use
      adapter = Adapter.load
      { algorithms: adapter.descriptors, limits: adapter.limits }
    rescue Adapter::Invalid => e
      { problems: e.problems.map { |problem| { **problem.to_h, file: relative(problem.file) } } }
    rescue RbsSignatures::Unreadable => e
      { problems: [{ file: relative(e.file), line: e.line, message: e.message }] }
    rescue SystemExit, StandardError, ScriptError => e
      { problems: [trouble(e)] }
    end

    # What the adapter raised when it was loaded, with the nearest line of the project.
    def trouble(error)
      place = %r{(#{Regexp.escape(File.realpath(Bundle.project))}/[^:]+):(\d+)}
      file, line = [error.message, *error.backtrace].filter_map { |text| text.match(place)&.captures }.first
      { file: relative(file || ENV.fetch("RUNYARD_ADAPTER")), line: line&.to_i,
        message: "it cannot be loaded: #{error.class}: #{Failures.message_of(error)}" }
    end

    def relative(path)
      [File.realpath(Bundle.project), Bundle.project].reduce(path) { |one, root| one.delete_prefix("#{root}/") }
    end
  end
end
