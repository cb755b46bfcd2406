# frozen_string_literal: true

require "ripper"
require "set"
require "runyard_pipe/doc_comment"
require "runyard_pipe/literal"

module RunyardPipe
  # What reflection does not tell of a file: comments and default values.
  class SourceFile
    # A class, or a constant a Struct or Data was assigned to.
    ClassSource = Struct.new(:name, :line, :comment, :initialize_comment, :attributes, keyword_init: true)

    # @return [SourceFile]
    def self.read(path)
      @read ||= {}
      @read[path] ||= new(path)
    end

    # @return [Hash{String => ClassSource}] by qualified name
    attr_reader :classes

    # @return [Array<Array(String, Integer)>] methods outside of classes whose name was there before, with their line
    attr_reader :repeated

    def initialize(path)
      text = File.read(path, encoding: "UTF-8")
      @lines = text.lines(chomp: true)
      @defaults = {}
      @classes = {}
      @repeated = []
      @names = Set.new
      walk(Ripper.sexp(text) || [], [])
    end

    # The comment right above a line.
    def comment_above(line)
      lines = []
      (line - 2).downto(0) do |index|
        match = @lines[index].match(/\A\s*#(?!\s*(?:frozen_string_literal|encoding|typed):) ?(.*)/) || break
        lines.unshift(match[1])
      end
      DocComment.new(lines)
    end

    # Defaults of a method's arguments that are literals, by name.
    def defaults_at(line)
      @defaults.fetch(line, {})
    end

    private

    def walk(node, nesting)
      return unless node.is_a?(Array)

      case node
      in [:def, [:@ident, name, [line, _]], params, *]
        @defaults[line] = read_defaults(params)
        note_initialize(nesting, line) if name == "initialize"
        @repeated << [name, line] unless nesting.any? || @names.add?(name)
        node.drop(3).each { |child| walk(child, nesting) }
      in [:class | :module => kind, constant, *rest]
        name, line = constant_of(constant)
        inside = [*nesting, name]
        note_class(inside, line) if kind == :class && name
        rest.each { |child| walk(child, inside) }
      in [:assign, [:var_field, [:@const, name, [line, _]]], value]
        note_class([*nesting, name], line)
        walk(value, [*nesting, name])
      in [:command, [:@ident, /\Aattr_(?:reader|accessor)\z/, [line, _]], arguments]
        note_attributes(nesting, arguments, line)
      else node.each { |child| walk(child, nesting) }
      end
    end

    def note_class(names, line)
      @classes[names.join("::")] ||= ClassSource.new(name: names.join("::"), line: line, attributes: {},
                                                     comment: comment_above(line))
    end

    def note_initialize(nesting, line)
      found = @classes[nesting.join("::")]
      found.initialize_comment = comment_above(line) if found
    end

    def note_attributes(nesting, arguments, line)
      found = @classes[nesting.join("::")] || return
      comment = comment_above(line)
      symbols_in(arguments).each { |name| found.attributes[name] = comment }
    end

    def symbols_in(node)
      return [] unless node.is_a?(Array)
      return [node[1][1]] if node[0] == :symbol && node[1].is_a?(Array)

      node.flat_map { |child| symbols_in(child) }
    end

    def constant_of(node)
      found = node.flatten
      names = found.each_cons(2).filter_map { |kind, text| text if kind == :@const }
      line = found.find { |one| one.is_a?(Integer) }
      [names.join("::"), line]
    end

    def read_defaults(params)
      params = params[1] if params.is_a?(Array) && params[0] == :paren
      return {} unless params.is_a?(Array) && params[0] == :params

      pairs = [*params[2], *params[5]].reject { |_, default| default == false }
      pairs.to_h { |(_, name, _), default| [name.delete_suffix(":").to_sym, Literal.read(default)] }
    end
  end
end
