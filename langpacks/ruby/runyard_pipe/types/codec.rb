# frozen_string_literal: true

module RunyardPipe
  module Types
    # A type as its schema, the way from JSON to Ruby, and a test that tells it from the others of a union.
    # `decode` is nil where JSON's value is Ruby's already; the parent has checked values against the schema.
    Codec = Struct.new(:schema, :decode, :fits, keyword_init: true) do
      def call(value)
        decode ? decode.call(value) : value
      end

      def with(**changes)
        Codec.new(**to_h, **changes)
      end
    end
  end
end
