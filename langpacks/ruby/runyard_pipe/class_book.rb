# frozen_string_literal: true

require "runyard_pipe/types/inexpressible"
require "runyard_pipe/types/yard_types"

module RunyardPipe
  # What the classes of a project are documented to hold.
  class ClassBook
    # `positional` names the arguments of `new` in their order; nil when it takes them by name.
    Described = Struct.new(:name, :type, :fields, :positional, :description, keyword_init: true)
    Field = Struct.new(:name, :type, :required, :text, keyword_init: true)

    # @param files [Array<SourceFile>]
    # @param signatures [RbsSignatures, nil]
    def initialize(files, signatures)
      @sources = files.map(&:classes).reduce({}, :merge)
      @signatures = signatures
      @found = {}
    end

    # @return [Described, nil] nil for what is no class of the project
    # @raise [Types::Inexpressible] for a class whose fields have no types
    def find(name)
      @found[name] ||= describe(name)
    end

    # Whether a name is that of an exception: a batch may hold some in place of results.
    def exception?(name)
      type = constant(name)
      type.is_a?(Class) && type <= Exception
    end

    private

    def describe(name)
      type = constant(name)
      source = @sources[name] || @sources.find { |known, _| known.end_with?("::#{name}") }&.last
      type ||= constant(source.name) if source
      signed = @signatures&.attributes_of(type.name) if type.is_a?(Class)
      return unless type.is_a?(Class) && (source || signed)

      known = { **documented(source), **(signed || {}) }
      described = Described.new(name: type.name, type: type, positional: positional_of(type),
                                description: text_of(source))
      described.fields = names_of(type, known).map { |field, required| field_of(type, field, required, known) }
      described
    end

    def constant(name)
      Object.const_get(name)
    rescue NameError
      nil
    end

    # Types and words by the name of the field: `[type, text]`.
    def documented(source)
      return {} unless source

      tags = [source.comment, source.initialize_comment].compact.flat_map do |one|
        one.all("attr", "attr_reader", "attr_accessor", "param")
      end
      attributes = source.attributes.filter_map do |name, comment|
        [name, comment.first("return")] if comment.first("return")
      end
      pairs = attributes + tags.map { |tag| [tag.name, tag] }
      pairs.to_h.transform_values { |tag| [tag.types && Types::YardTypes.parse(tag.types), tag.text] }
    end

    def text_of(source)
      source && !source.comment.text.empty? ? source.comment.text : nil
    end

    # Names of the fields with whether they are required; nil leaves it to the type.
    def names_of(type, known)
      return type.members.map { |name| [name.to_s, nil] } if type.respond_to?(:members) && !own_initialize?(type)

      parameters = type.instance_method(:initialize).parameters
      named = parameters.filter_map do |kind, name|
        [name.to_s, %i[req keyreq].include?(kind)] if %i[req opt key keyreq].include?(kind)
      end
      return named unless named.empty? && !known.empty?

      raise Types::Inexpressible, "#{type.name} takes no arguments by the names of its fields: make it a Struct, " \
                                  "or give it an initialize that does"
    end

    def own_initialize?(type)
      type.instance_method(:initialize).owner == type && !(type < Struct && type.superclass == Struct)
    end

    def field_of(type, name, required, known)
      stated, text = known[name]
      unless stated
        raise Types::Inexpressible,
              "#{type.name}##{name} has no type: say `@attr #{name} [Type]` in the comment above the class"
      end

      Field.new(name: name, type: stated, required: required.nil? ? !nilable?(stated) : required, text: text)
    end

    def nilable?(type)
      type == [:name, "nil", []] || (type.first == :union && type.last.any? { |one| nilable?(one) })
    end

    def positional_of(type)
      if type.respond_to?(:members) && !own_initialize?(type)
        by_name = !(type < Struct) || type.keyword_init?
        return by_name ? nil : type.members.map(&:to_s)
      end
      parameters = type.instance_method(:initialize).parameters
      return if parameters.any? { |kind, _| %i[key keyreq].include?(kind) }

      parameters.filter_map { |kind, name| name.to_s if %i[req opt].include?(kind) }
    end
  end
end
