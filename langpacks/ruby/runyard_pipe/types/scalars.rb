# frozen_string_literal: true

require "date"
require "time"
require "runyard_pipe/types/codec"

module RunyardPipe
  module Types
    # Types without parts, by name.
    module Scalars
      BYTES = {
        type: "object", properties: { "$binary" => { type: "string" } }, required: ["$binary"],
        additionalProperties: false, "x-type": "bytes"
      }.freeze

      module_function

      def codec(schema, decode = nil, &fits)
        Codec.new(schema: schema, decode: decode, fits: fits)
      end

      def string(schema = {}, decode = nil)
        codec({ type: "string", **schema }, decode) { |value| value.is_a?(String) }
      end

      def moment(format, type)
        decode = ->(text) { type.iso8601(text) }
        codec({ type: "string", format: format }, decode) do |value|
          value.is_a?(String) && type.iso8601(value)
        rescue ArgumentError
          false
        end
      end

      ANY = codec({}) { true }
      INTEGER = codec({ type: "integer" }, lambda { |value|
                                             value.to_i
                                           }) { |value| value.is_a?(Numeric) && value == value.floor }
      FLOAT = codec({ type: "number" }, ->(value) { value.to_f }) { |value| value.is_a?(Numeric) }
      NUMERIC = codec({ type: "number" }) { |value| value.is_a?(Numeric) }
      BOOLEAN = codec({ type: "boolean" }) { |value| [true, false].include?(value) }
      NOTHING = codec({ type: "null" }, &:nil?)
      BINARY = codec(BYTES, ->(value) { value["$binary"].unpack1("m") }) do |value|
        value.is_a?(Hash) && value["$binary"].is_a?(String) && value.size == 1
      end

      BY_NAME = {
        %w[String] => string,
        %w[Symbol] => string({}, ->(text) { text.to_sym }),
        %w[Integer Fixnum Bignum] => INTEGER,
        %w[Float] => FLOAT,
        %w[Numeric Number] => NUMERIC,
        %w[Boolean Bool bool TrueClass FalseClass] => BOOLEAN,
        %w[true] => codec({ const: true }) { |value| value == true },
        %w[false] => codec({ const: false }) { |value| value == false },
        %w[nil NilClass void] => NOTHING,
        %w[Object BasicObject untyped any Any] => ANY,
        %w[Time] => moment("date-time", Time),
        %w[DateTime] => moment("date-time", DateTime),
        %w[Date] => moment("date", Date),
        %w[Bytes Runyard::Bytes] => BINARY
      }.flat_map { |names, codec| names.map { |name| [name, codec] } }.to_h.freeze
    end
  end
end
