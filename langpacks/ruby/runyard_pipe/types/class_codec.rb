# frozen_string_literal: true

require "runyard_pipe/json_text"
require "runyard_pipe/types/codec"
require "runyard_pipe/types/constraints"

module RunyardPipe
  module Types
    # Objects of a Struct, a Data or a class with documented fields.
    class ClassCodec
      def self.schema_of(properties, required)
        schema = { type: "object", properties: properties }
        schema[:required] = required unless required.empty?
        { **schema, additionalProperties: false }
      end

      def self.fits?(value, codecs, required)
        value.is_a?(Hash) && required.all? { |name| value.key?(name) } &&
          value.all? { |name, one| codecs[name]&.fits&.call(one) }
      end

      def initialize(described, compiler)
        @described = described
        @compiler = compiler
      end

      # Completes a codec that others may refer to already. @return [Hash] the schema
      def fill(codec)
        fields = @described.fields
        codecs = fields.to_h { |field| [field.name, compile(field)] }
        required = fields.select(&:required).map(&:name)
        codec.fits = ->(value) { ClassCodec.fits?(value, codecs, required) }
        codec.decode = decoder(codecs)
        ObjectFields.note(@described.type, fields.map { |field| field.name.to_sym }) if readable?(fields)
        schema = ClassCodec.schema_of(codecs.transform_values(&:schema), required)
        @described.description ? { **schema, description: @described.description } : schema
      end

      private

      def compile(field)
        Constraints.apply(@compiler.compile(field.type), field.text)
      rescue Inexpressible => e
        raise Inexpressible, "#{@described.name}##{field.name}: #{e.message}"
      end

      def readable?(fields)
        fields.all? { |field| @described.type.public_method_defined?(field.name) }
      end

      def decoder(codecs)
        type = @described.type
        symbols = codecs.to_h { |name, _| [name, name.to_sym] }
        positions = @described.positional
        unless positions
          return lambda { |values|
                   type.new(**values.to_h do |name, one|
                                [symbols[name], codecs[name].call(one)]
                              end)
                 }
        end

        ->(values) { type.new(*positions.map { |name| values.key?(name) ? codecs[name].call(values[name]) : nil }) }
      end
    end
  end
end
