# frozen_string_literal: true

require "json"
require "runyard_pipe/types/inexpressible"

module RunyardPipe
  module Types
    # Descriptions, and the constraints within them: `how many to give {@minimum 1} {@maximum 100}`.
    module Constraints
      TAG = /\{@(\w+)((?:[^{}]|\{[^{}]*\})*)\}/
      NUMBERS = %w[minimum maximum exclusiveMinimum exclusiveMaximum multipleOf].freeze
      TEXTS = %w[minLength maxLength pattern format].freeze
      LISTS = %w[minItems maxItems uniqueItems].freeze
      OBJECTS = %w[minProperties maxProperties].freeze
      WORDS = %w[title default examples deprecated integer].freeze
      KINDS = [
        [NUMBERS, %w[integer number]], [TEXTS, %w[string]], [LISTS, %w[array]], [OBJECTS, %w[object]]
      ].flat_map { |words, types| words.map { |word| [word, types] } }.to_h.freeze

      module_function

      # The codec with the description and the constraints that a text states.
      def apply(codec, text)
        return codec if text.nil? || text.empty?

        schema = text.scan(TAG).reduce(codec.schema) { |one, (word, value)| constrain(one, word, value.strip) }
        description = text.gsub(TAG, "").squeeze(" ").strip
        schema = { **schema, description: description } unless description.empty?
        codec.with(schema: schema)
      end

      def constrain(schema, word, text)
        return { **schema, type: "integer" } if word == "integer"
        return { **schema, word.to_sym => parse(word, text) } if WORDS.include?(word)

        types = KINDS[word] || raise(Inexpressible, unknown(word))
        add(schema, word, parse(word, text), types) ||
          raise(Inexpressible, "{@#{word}} is for #{types.join(' and ')}, not for #{schema.to_json}")
      end

      # On the members of a union that it fits.
      def add(schema, word, value, types)
        return { **schema, word.to_sym => value } if types.include?(schema[:type])
        return unless schema[:anyOf]

        members = schema[:anyOf].map { |one| add(one, word, value, types) }
        { **schema, anyOf: members.zip(schema[:anyOf]).map { |added, one| added || one } } if members.any?
      end

      def parse(word, text)
        return text if %w[pattern format title].include?(word)
        return true if text.empty?

        value = JSON.parse(text)
        return value unless NUMBERS.include?(word) || word.match?(/\A(min|max)/)

        value.is_a?(Numeric) ? value : raise(Inexpressible, "{@#{word} #{text}}: expected a number")
      rescue JSON::ParserError
        raise Inexpressible, "{@#{word} #{text}}: expected a JSON value"
      end

      def unknown(word)
        if defined?(DidYouMean)
          near = DidYouMean::SpellChecker.new(dictionary: [*KINDS.keys,
                                                           *WORDS]).correct(word).first
        end
        "{@#{word}} is no constraint#{near ? "; did you mean {@#{near}}?" : ": there are #{KINDS.keys.join(', ')}"}"
      end
    end
  end
end
