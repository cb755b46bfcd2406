# frozen_string_literal: true

require "runyard_pipe/bundle"
require "runyard_pipe/class_book"
require "runyard_pipe/failures"
require "runyard_pipe/rbs_signatures"
require "runyard_pipe/signature"

module RunyardPipe
  # The project's adapter: loads the file, finds its algorithms, runs its set-up and end.
  class Adapter
    # There is something wrong with it.
    class Invalid < StandardError
      # @return [Array<Signature::Problem>]
      attr_reader :problems

      def initialize(problems)
        @problems = problems
        super(problems.map { |one| "#{one.file}:#{one.line}: #{one.function} #{one.message}" }.join("\n"))
      end
    end

    # Loads the adapter and reads its methods. @raise [Invalid] with all problems of all methods
    def self.load
      project = File.realpath(Bundle.project)
      signatures = RbsSignatures.load(project)
      require File.realpath(ENV.fetch("RUNYARD_ADAPTER"))
      new(project, signatures)
    end

    # @return [Hash{String => Algorithm}]
    attr_reader :algorithms

    def initialize(project, signatures)
      @project = project
      @problems = []
      book = ClassBook.new(sources.map { |path| SourceFile.read(path) }, signatures)
      @algorithms = methods.filter_map { |method| read(method, book, signatures) }.to_h { |one| [one.name, one] }
      check_names
      raise Invalid, @problems unless @problems.empty?
    end

    # What the ready line says: all the rest is known from the description.
    def names
      @algorithms.keys.map { |name| { name: name } }
    end

    def descriptors
      @algorithms.values.map(&:descriptor)
    end

    # What the adapter says under LIMITS, with names as the yard has them; the yard checks it.
    def limits
      Object.const_defined?(:LIMITS) ? camelize(Object.const_get(:LIMITS)) : {}
    end

    def setup
      hook(:setup)
    end

    def teardown
      hook(:teardown)
    end

    private

    def main
      TOPLEVEL_BINDING.receiver
    end

    def read(method, book, signatures)
      signature = Signature.new(method, book, signatures)
      signature.read.tap { @problems.concat(signature.problems) }
    end

    # run_<name> and batch_<name>, in the order they appear.
    def methods
      names = Object.private_instance_methods(false).grep(/\A(run|batch)_./)
      names.map { |name| main.method(name) }.select { |method| own?(method) }.sort_by(&:source_location)
    end

    def own?(method)
      file, = method.source_location
      file && inside?(file)
    end

    def inside?(path)
      path.start_with?("#{@project}/") && !path.start_with?("#{@project}/vendor/", "#{@project}/.")
    end

    def sources
      $LOADED_FEATURES.select { |path| path.end_with?(".rb") && inside?(path) }
    end

    def check_names
      complain("there is no method run_<name>, so there is no algorithm") if @algorithms.empty? && @problems.empty?
      methods.group_by { |method| method.name.name.split("_", 2).last }.each do |name, same|
        next if same.one?

        complain("run_#{name} and batch_#{name} are both there; an algorithm has one method", same.last.source_location)
      end
      sources.each { |path| check_repeated(path) }
    end

    # Ruby keeps the last of two methods of one name, without a word.
    def check_repeated(path)
      SourceFile.read(path).repeated.each do |name, line|
        complain("#{name} is defined twice; an algorithm has one method", [path, line]) if name.match?(/\A(run|batch)_/)
      end
    end

    def complain(message, place = [ENV.fetch("RUNYARD_ADAPTER"), 1])
      @problems << Signature::Problem.new(file: place.first, line: place.last, message: message)
    end

    def hook(name)
      return unless Object.private_method_defined?(name, false)

      method = main.method(name)
      method.call if own?(method)
    end

    def camelize(stated)
      return stated unless stated.is_a?(Hash)

      stated.to_h { |name, value| [name.to_s, limit(value)] }
    end

    def limit(stated)
      return stated unless stated.is_a?(Hash)

      stated.to_h { |key, value| [key.to_s.gsub(/_([a-z])/) { ::Regexp.last_match(1).upcase }, limit(value)] }
    end
  end
end
