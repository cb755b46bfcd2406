# frozen_string_literal: true

require "set"
require "runyard_pipe/types/class_codec"
require "runyard_pipe/types/scalars"

module RunyardPipe
  module Types
    # Makes codecs of types. One for each document: classes are defined once in it, and referred to.
    class Compiler
      LISTS = %w[Array Set Enumerable].freeze

      # @param classes [ClassBook] what the project's classes are documented to hold
      def initialize(classes)
        @classes = classes
        @definitions = {}
        @open = {}
      end

      # @return [Codec]
      # @raise [Inexpressible]
      def compile(type)
        case type
        in [:literal, value] then literals([value])
        in [:union, types] then union(types)
        in [:tuple, types] then tuple(types)
        in [:map, key, value] then map(key, value)
        in [:record, fields] then record(fields)
        in [:name, name, arguments] then named(name, arguments)
        end
      end

      # The schema with the classes it refers to.
      def document(schema)
        @definitions.empty? ? schema : { **schema, "$defs": @definitions }
      end

      # What a schema refers to, or itself.
      def resolve(schema)
        reference = schema[:$ref]
        reference ? @definitions.fetch(reference.delete_prefix("#/$defs/").to_sym) : schema
      end

      private

      def named(name, arguments)
        return Scalars::BY_NAME.fetch(name) if Scalars::BY_NAME.key?(name)
        return list(name, arguments.first) if LISTS.include?(name)
        return map(*arguments) if name == "Hash"

        described = @classes.find(name)
        raise Inexpressible, unknown(name) unless described

        class_codec(described)
      end

      def unknown(name)
        return "#{name} can only be what the method returns: it streams" if name.start_with?("Enumerator")

        "there is no type #{name}; expected String, Integer, Float, Boolean, Array<...>, Hash{String => ...}, " \
          "{ name: ... }, Time, Runyard::Bytes, or a Struct or class of the project"
      end

      def literals(values)
        symbols = values.grep(Symbol).to_h { |symbol| [symbol.name, symbol] }
        plain = values.map { |value| value.is_a?(Symbol) ? value.name : value }
        decode = ->(value) { symbols.fetch(value, value) } unless symbols.empty?
        Codec.new(schema: { enum: plain }, decode: decode, fits: ->(value) { plain.include?(value) })
      end

      def union(types)
        values, others = flatten(types).partition { |type| type.first == :literal }
        codecs = others.map { |type| compile(type) }
        codecs.unshift(literals(values.map(&:last).uniq)) unless values.empty?
        codecs.uniq!
        return codecs.first if codecs.size == 1

        Codec.new(schema: { anyOf: codecs.map(&:schema).uniq }, decode: decode_first(codecs),
                  fits: ->(value) { codecs.any? { |codec| codec.fits.call(value) } })
      end

      def flatten(types)
        types.flat_map { |type| type.first == :union ? flatten(type.last) : [type] }
      end

      def decode_first(codecs)
        return unless codecs.any?(&:decode)

        lambda do |value|
          codec = codecs.find { |one| one.fits.call(value) }
          codec ? codec.call(value) : value
        end
      end

      def list(name, item)
        codec = item ? compile(item) : Scalars::ANY
        each = codec.decode && ->(values) { values.map(&codec.decode) }
        each = each ? ->(values) { Set.new(values, &codec.decode) } : ->(values) { Set.new(values) } if name == "Set"
        schema = { type: "array", items: codec.schema }
        schema[:uniqueItems] = true if name == "Set"
        Codec.new(schema: schema, decode: each,
                  fits: ->(value) { value.is_a?(Array) && value.all?(&codec.fits) })
      end

      def tuple(types)
        codecs = types.map { |type| compile(type) }
        decode = ->(values) { values.each_with_index.map { |value, index| codecs[index].call(value) } }
        Codec.new(
          schema: { type: "array", prefixItems: codecs.map(&:schema), items: false,
                    minItems: codecs.size, maxItems: codecs.size },
          decode: (decode if codecs.any?(&:decode)),
          fits: lambda { |value|
            value.is_a?(Array) && value.size == codecs.size && codecs.zip(value).all? do |codec, one|
              codec.fits.call(one)
            end
          }
        )
      end

      def map(key = nil, value = nil)
        symbols = key == [:name, "Symbol", []]
        unless key.nil? || symbols || [%w[String], %w[Object], %w[untyped]].include?([key[1]])
          raise Inexpressible, "the keys of a Hash are String or Symbol; JSON has no others"
        end

        codec = value ? compile(value) : Scalars::ANY
        Codec.new(schema: { type: "object", additionalProperties: codec.schema }, decode: decode_map(symbols, codec),
                  fits: ->(values) { values.is_a?(Hash) && values.each_value.all?(&codec.fits) })
      end

      def decode_map(symbols, codec)
        if symbols then ->(values) { values.to_h { |key, one| [key.to_sym, codec.call(one)] } }
        elsif codec.decode then ->(values) { values.transform_values(&codec.decode) }
        end
      end

      # A Hash with names as Symbols.
      def record(fields)
        codecs = fields.to_h { |name, (type, _)| [name, compile(type)] }
        required = fields.filter_map { |name, (_, needed)| name if needed }
        symbols = codecs.to_h { |name, _| [name, name.to_sym] }
        Codec.new(
          schema: ClassCodec.schema_of(codecs.transform_values(&:schema), required),
          decode: ->(values) { values.to_h { |name, value| [symbols[name], codecs[name].call(value)] } },
          fits: ->(value) { ClassCodec.fits?(value, codecs, required) }
        )
      end

      # A class may hold itself: its codec is known before its fields are.
      def class_codec(described)
        name = described.name
        return @open[name] if @open.key?(name)

        key = name.gsub("::", ".")
        filled = Codec.new
        codec = @open[name] = Codec.new(schema: { "$ref": "#/$defs/#{key}" }, decode: lambda { |value|
                                                                                        filled.decode.call(value)
                                                                                      },
                                        fits: ->(value) { filled.fits.call(value) })
        @definitions[key.to_sym] = ClassCodec.new(described, self).fill(filled)
        codec
      end
    end
  end
end
