# frozen_string_literal: true

require "strscan"
require "runyard_pipe/types/inexpressible"

module RunyardPipe
  module Types
    # Reads what stands in the brackets of a YARD tag, such as `Array<String>, nil`; and RBS notation where
    # YARD has none: `{ name: String, ?city: String }`, `[String, Integer]`, `String?`, `Array[String]`.
    #
    # A type is an array: `[:name, name, arguments]`, `[:union, types]`, `[:tuple, types]`, `[:map, key, value]`,
    # `[:record, {name => [type, required]}]` or `[:literal, value]`.
    class YardTypes
      # @raise [Inexpressible] when it cannot be read
      def self.parse(text)
        new(text).parse
      end

      def initialize(text)
        @text = text
        @scanner = StringScanner.new(text)
      end

      def parse
        type = alternatives
        skip
        @scanner.eos? ? type : fail_at
      end

      private

      def alternatives
        types = [single]
        types << single while accept(/[,|]/)
        union(types)
      end

      def single
        type = primary
        type = [:union, [type, [:name, "nil", []]]] while accept(/\?/)
        type
      end

      def one_of_bars
        types = [single]
        types << single while accept(/\|/)
        union(types)
      end

      def union(types)
        types.size == 1 ? types.first : [:union, types]
      end

      def primary
        return [:literal, unquote(@scanner[0])] if accept(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/)
        return [:literal, @scanner[1].to_sym] if accept(/:(\w+[?!]?)/)
        return [:literal, number(@scanner[0])] if accept(/-?\d+(?:\.\d+)?\b/)
        return close([:name, "Array", [alternatives]], />/) if accept(/</)
        return tuple(/\)/) if accept(/\(/)
        return tuple(/\]/) if accept(/\[/)
        return record if accept(/\{/)

        named
      end

      def named
        return fail_at unless accept(/(?:::)?[A-Za-z_]\w*(?:::\w+)*/)

        name = @scanner[0].delete_prefix("::")
        return arguments(name, />/) if accept(/</)
        return arguments(name, /\]/) if accept(/\[/)
        return tuple(/\)/) if name == "Array" && accept(/\(/)
        return record if name == "Hash" && accept(/\{/)

        [:name, name, []]
      end

      # `Hash<K, V>` has two arguments; elsewhere a comma separates alternatives, as YARD has it.
      def arguments(name, stop)
        return close([:name, name, [alternatives]], stop) unless %w[Hash Enumerator Generator].include?(name)

        types = [one_of_bars]
        types << one_of_bars while accept(/,/)
        close([:name, name, types], stop)
      end

      def tuple(stop)
        types = [one_of_bars]
        types << one_of_bars while accept(/,/)
        close([:tuple, types], stop)
      end

      # `{K => V}` or `{ name: T, ?other: T }`.
      def record
        skip
        return map unless @scanner.check(/\}|\??\w+\??:(?!:)/)

        fields = {}
        until @scanner.check(/\s*\}/)
          accept(/(\?)?(\w+)(\?)?:\s*/) || fail_at
          name = @scanner[2]
          required = !(@scanner[1] || @scanner[3])
          fields[name] = [one_of_bars, required]
          accept(/,/) || break
        end
        close([:record, fields], /\}/)
      end

      def map
        key = alternatives
        accept(/=>/) || fail_at
        close([:map, key, alternatives], /\}/)
      end

      def close(type, stop)
        accept(stop) ? type : fail_at
      end

      def accept(pattern)
        skip
        @scanner.scan(pattern)
      end

      def skip
        @scanner.skip(/\s+/)
      end

      def unquote(text)
        text.start_with?('"') ? text.undump : text[1..-2].gsub(/\\(['\\])/, '\1')
      end

      def number(text)
        text.include?(".") ? Float(text) : Integer(text, 10)
      end

      def fail_at
        raise Inexpressible,
              "the type [#{@text}] cannot be read at #{@scanner.rest.empty? ? 'its end' : @scanner.rest.inspect}"
      end
    end
  end
end
