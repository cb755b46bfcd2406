# frozen_string_literal: true

require "runyard_pipe/algorithm"
require "runyard_pipe/source_file"
require "runyard_pipe/types/compiler"
require "runyard_pipe/types/yard_types"

module RunyardPipe
  # Reads a method: its arguments by reflection, their types from its comment or its RBS signature.
  class Signature
    Problem = Struct.new(:file, :line, :function, :argument, :message, keyword_init: true)
    STREAMS = %w[Enumerator Enumerator::Lazy Enumerator::Yielder Generator].freeze
    BY_CLASS = { Integer => "Integer", Float => "Float", String => "String", TrueClass => "Boolean",
                 FalseClass => "Boolean" }.freeze

    # @return [Array<Problem>] everything that is wrong with it
    attr_reader :problems

    def initialize(method, book, signatures)
      @method = method
      @kind, @name = method.name.name.split("_", 2)
      @book = book
      @file, @line = method.source_location
      source = SourceFile.read(@file)
      @comment = source.comment_above(@line)
      @defaults = source.defaults_at(@line)
      @signed = signatures&.method_of(method.name.name)
      @problems = []
    end

    # @return [Algorithm, nil] nil when there are problems
    def read
      unless @name.match?(/\A\w+\z/) && @name.ascii_only?
        complain(nil,
                 "the name of an algorithm is made of the letters a to z, digits and _")
      end
      check_tags
      @kind == "batch" ? read_batch : read_single
    rescue Types::Inexpressible => e
      complain(nil, e.message)
      nil
    end

    private

    def parameters
      @parameters ||= @method.parameters.reject { |_, name| name == :ctx }
    end

    def context
      kind, = @method.parameters.find { |_, name| name == :ctx }
      return unless kind

      last = @method.parameters.reverse.find { |one, _| %i[req opt rest].include?(one) }
      complain("ctx", "ctx comes after the other arguments") if %i[req opt].include?(kind) && last&.last != :ctx
      %i[key keyreq].include?(kind) ? :named : :positional
    end

    def read_single
      compiler = Types::Compiler.new(@book)
      arguments = parameters.filter_map { |kind, name| read_argument(compiler, kind, name) }
      streams = yielded || streamed
      finish(
        input: compiler.document(Types::ClassCodec.schema_of(
                                   arguments.to_h do |one|
                                     [one.name, one.codec.schema]
                                   end, arguments.select(&:required).map do |one|
                                          one.name.name
                                        end
                                 )),
        output: streams ? part(streams) : result(returned), mode: streams ? "stream" : "unary",
        arguments: arguments, yields: !yielded.nil?
      )
    end

    def finish(input:, output:, mode:, **rest)
      context = self.context
      return unless @problems.empty?

      descriptor = { name: @name, description: @comment.text, mode: mode, input: input, output: output }
      descriptor.delete(:description) if @comment.text.empty?
      Algorithm.new(method: @method, descriptor: descriptor.compact, context: context, **rest)
    end

    def read_argument(compiler, kind, name)
      case kind
      when :block, :nokey then nil
      when :rest then complain(name, "*#{name} has no names to call it by; take an Array")
      when :keyrest then complain(name, "**#{name} has no schema; name the arguments, or take a Hash")
      else describe_argument(compiler, kind, name)
      end
    end

    def describe_argument(compiler, kind, name)
      return complain(nil, "takes an argument apart; give it a name") unless name

      default = @defaults.fetch(name, Literal::UNKNOWN)
      optional = %i[opt key].include?(kind)
      codec = Types::Constraints.apply(compiler.compile(type_of(name, default)), tag_of(name)&.text)
      check_default(kind, name, default)
      Algorithm::Argument.new(name: name, codec: with_default(codec, optional, default), default: default,
                              required: !optional, positional: %i[req opt].include?(kind))
    rescue Types::Inexpressible => e
      complain(name, e.message)
    end

    # Where a later one is given, an earlier one that is left out needs a value.
    def check_default(kind, name, default)
      return unless kind == :opt && default == Literal::UNKNOWN && parameters.count { |one, _| one == :opt } > 1

      complain(name, "its default is known only when the method runs: make it a keyword argument")
    end

    def type_of(name, default)
      signed = @signed&.arguments&.fetch(name.name, nil)
      return signed.call if signed

      tag = tag_of(name)
      return options_of(name) if @comment.all("option").any? { |one| one.name.to_s.start_with?("#{name} ") }
      return Types::YardTypes.parse(tag.types) if tag&.types

      [:name, BY_CLASS.fetch(default.class, "untyped"), []]
    end

    # `@option person [String] :name text`.
    def options_of(name)
      tags = @comment.all("option").select { |one| one.name.start_with?("#{name} ") }
      [:record, tags.to_h do |tag|
                  [tag.name.split[1].to_s.delete(":\"'"), [Types::YardTypes.parse(tag.types || "untyped"), false]]
                end]
    end

    def tag_of(name)
      @comment.all("param").find { |tag| tag.name == name.name }
    end

    def check_tags
      names = @method.parameters.map { |_, name| name.to_s }
      @comment.all("param").each do |tag|
        next if names.include?(tag.name)

        complain(tag.name, "there is a comment on it, but no argument of this name; there are #{names.join(', ')}")
      end
    end

    def with_default(codec, optional, default)
      return codec if !optional || default == Literal::UNKNOWN

      codec = nullable(codec) if default.nil?
      codec.with(schema: { **codec.schema, default: JsonText.plain(default, []) })
    end

    def nullable(codec)
      return codec if codec.fits.nil? ? false : codec.fits.call(nil)

      outside, inside = codec.schema.partition { |word, _| word == :description }.map(&:to_h)
      members = inside.keys == [:anyOf] ? inside[:anyOf] : [inside]
      Types::Codec.new(schema: { anyOf: [*members, { type: "null" }], **outside },
                       decode: ->(value) { value.nil? ? nil : codec.call(value) }, fits: codec.fits)
    end

    # The type of what a block is given.
    def yielded
      return @yielded if defined?(@yielded)

      tag = @comment.first("yieldparam")
      @yielded = @signed&.given || (tag && Types::YardTypes.parse(tag.types || "untyped"))
    end

    def returned
      return @signed.result if @signed

      types = @comment.first("return")&.types
      types && Types::YardTypes.parse(types)
    rescue Types::Inexpressible => e
      complain("return", e.message)
    end

    # The type of the parts of an Enumerator.
    def streamed
      case returned
      in [:name, name, arguments] if STREAMS.include?(name) then arguments.first || [:name, "untyped", []]
      else nil
      end
    end

    def part(type)
      type == [:name, "untyped", []] ? nil : result(type)
    end

    def result(type)
      return unless type

      compiler = Types::Compiler.new(@book)
      codec = Types::Constraints.apply(compiler.compile(type), @comment.first("return")&.text)
      compiler.document(codec.schema)
    rescue Types::Inexpressible => e
      complain("return", e.message)
    end

    # `batch_<name>(items)`: the fields of an item are the arguments of one caller.
    def read_batch
      unless parameters.size == 1
        return complain(nil,
                        "a batch method takes one argument, an Array of items (and ctx when it wants)")
      end

      compiler = Types::Compiler.new(@book)
      item = read_item(compiler)
      part = returned && part_of_list("return", returned)
      result = part && result(without_exceptions(part))
      schema = item && object_schema(compiler, item)
      finish(input: schema && compiler.document(schema), output: result, mode: "batch", arguments: [], item: item)
    end

    def read_item(compiler)
      name = parameters.first.last
      type = type_of(name, Literal::UNKNOWN)
      part = type == [:name, "untyped", []] ? [:name, "Hash", []] : part_of_list(name, type)
      part && compiler.compile(part)
    rescue Types::Inexpressible => e
      complain(name, e.message)
    end

    def object_schema(compiler, item)
      schema = compiler.resolve(item.schema)
      return schema if schema[:type] == "object"

      complain(parameters.first.last,
               "the items of a batch are objects: Array<{ name: Type }>, or an Array of a Struct")
    end

    def part_of_list(argument, type)
      case type
      in [:name, "Array", [item]] then item
      else complain(argument, "a batch method takes an Array<...> and returns one")
      end
    end

    # They are errors, not part of the schema.
    def without_exceptions(type)
      return type unless type.first == :union

      kept = type.last.reject { |one| one.first == :name && @book.exception?(one[1]) }
      kept.size == 1 ? kept.first : [:union, kept]
    end

    def complain(argument, message)
      @problems << Problem.new(file: @file, line: @line, function: @method.name.name, argument: argument&.to_s,
                               message: message)
      nil
    end
  end
end
