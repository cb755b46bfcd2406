# frozen_string_literal: true

module RunyardPipe
  # RBS signatures beside the adapter: `runner_adapter.rbs`, and all in `sig/`. Methods of the adapter are declared in
  # `class Object`, as RBS has it for methods outside of classes.
  class RbsSignatures
    # What a signature says of a method, in the form that YardTypes describes; `given` is what it yields.
    Signature = Struct.new(:arguments, :result, :given, :file, :line, keyword_init: true)

    # A file that cannot be read.
    class Unreadable < StandardError
      attr_reader :file, :line

      def initialize(message, file, line)
        super(message)
        @file = file
        @line = line
      end
    end

    # @return [Array<String>] files of signatures
    def self.files(project)
      Dir[File.join(project, "*.rbs"), File.join(project, "sig", "**", "*.rbs")].sort
    end

    # @return [RbsSignatures, nil] nil for a project without any
    def self.load(project)
      files = files(project)
      return if files.empty?

      require "rbs"
      require "runyard_pipe/types/rbs_types"
      new(files)
    end

    def initialize(files)
      @methods = {}
      @attributes = {}
      @aliases = {}
      files.each { |file| declarations_of(file).each { |one| note(one, [], file) } }
    end

    # @return [Signature, nil]
    def method_of(name)
      type, file = @methods[name]
      return unless type

      function = type.type
      Signature.new(arguments: arguments_of(function), result: read(function.return_type), given: given_by(type),
                    file: file, line: type.location&.start_line)
    end

    # @return [Hash{String => Array}, nil] types and words of a class's attributes
    def attributes_of(name)
      @attributes[name]&.transform_values { |type| [read(type), nil] }
    end

    private

    def declarations_of(file)
      parsed = RBS::Parser.parse_signature(RBS::Buffer.new(name: file, content: File.read(file, encoding: "UTF-8")))
      parsed.last.is_a?(Array) ? parsed.last : parsed
    rescue RBS::ParsingError => e
      raise Unreadable.new(e.message.lines.first.strip, file, e.location&.start_line)
    end

    def note(declaration, nesting, file)
      return note_alias(declaration) if declaration.class.name.match?(/Alias\z/)
      return unless declaration.respond_to?(:members)

      names = [*nesting, declaration.name.to_s.delete_prefix("::")]
      attributes = declaration.members.select { |member| member.class.name.match?(/Attr(Reader|Accessor)\z/) }
      @attributes[names.join("::")] = attributes.to_h { |one| [one.name.to_s, one.type] } unless attributes.empty?
      declaration.members.each do |member|
        member.respond_to?(:members) ? note(member, names, file) : note_method(member, file)
      end
    end

    def note_alias(declaration)
      @aliases[declaration.name.name.to_s] = declaration.type if declaration.respond_to?(:type)
    end

    def note_method(member, file)
      return unless member.is_a?(RBS::AST::Members::MethodDefinition)

      type = member.respond_to?(:overloads) ? member.overloads.first&.method_type : member.types.first
      @methods[member.name.to_s] ||= [type, file] if type
    end

    def arguments_of(function)
      positional = [*function.required_positionals, *function.optional_positionals, *function.trailing_positionals]
      named = { **function.required_keywords, **function.optional_keywords }
      positional.filter_map { |one| [one.name.to_s, lazily(one.type)] if one.name }.to_h
                .merge(named.to_h { |name, one| [name.to_s, lazily(one.type)] })
    end

    # Read when it is asked for: what is wrong with it belongs to the argument.
    def lazily(type)
      -> { read(type) }
    end

    def given_by(type)
      given = type.block&.type&.required_positionals&.first
      given && read(given.type)
    end

    def read(type)
      Types::RbsTypes.new(@aliases).read(type)
    end
  end
end
