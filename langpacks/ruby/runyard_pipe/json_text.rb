# frozen_string_literal: true

require "date"
require "json"
require "set"
require "time"

module RunyardPipe
  # Results as JSON text: what methods return beyond plain data, and where a value cannot be sent.
  module JsonText
    # A value has no JSON form. The message says where and what.
    class Unsendable < StandardError
    end

    MAX_NESTING = 1_000

    module_function

    # @return [String] compact JSON
    # @raise [Unsendable] naming the place that has no JSON form
    def encode(value)
      case value
      when nil then "null"
      when Integer, true, false then value.to_s
      else JSON.generate(plain(value, []), max_nesting: MAX_NESTING)
      end
    rescue JSON::NestingError, SystemStackError
      raise Unsendable, "the result is nested too deeply"
    end

    # The value in JSON's own types alone; `path` is where it stands.
    def plain(value, path)
      case value
      when String then text(value, path)
      when Integer, nil, true, false then value
      when Float then number(value, path)
      when Array then list(value, path)
      when Hash then object(value, path)
      when Symbol then value.name
      else plain(simplify(value, path), path)
      end
    end

    # UTF-8, with a mark in place of what is none.
    def clean(text)
      text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
    end

    def pointer(path)
      path.map { |key| "/#{key.to_s.gsub('~', '~0').gsub('/', '~1')}" }.join
    end

    def refuse(path, reason)
      raise Unsendable, "#{path.empty? ? 'the result' : pointer(path)}: #{reason}"
    end

    def text(value, path)
      return { "$binary" => [value].pack("m0") } if value.encoding == Encoding::BINARY

      value = value.encode(Encoding::UTF_8)
      return value if value.valid_encoding?

      refuse(path, "the text is no valid UTF-8; return bytes with .b")
    rescue EncodingError => e
      refuse(path, "the text cannot be written as UTF-8: #{e.message}")
    end

    def number(value, path)
      value.finite? ? value : refuse(path, "#{value} is no JSON number; return nil or leave it out")
    end

    # The path is one array for all: grown on the way in, cut on the way out.
    def list(value, path)
      refuse(path, "it is nested too deeply, or holds itself") if path.size > MAX_NESTING
      value.each_with_index.map do |item, index|
        path.push(index)
        plain(item, path).tap { path.pop }
      end
    end

    def object(value, path)
      refuse(path, "it is nested too deeply, or holds itself") if path.size > MAX_NESTING
      value.to_h do |key, item|
        path.push(key)
        [key.is_a?(String) ? text(key, path) : key.to_s, plain(item, path).tap { path.pop }]
      end
    end

    # One step from an object towards JSON's own types.
    def simplify(value, path)
      case value
      when Time then value.getutc.iso8601(value.subsec.zero? ? 0 : 6)
      when DateTime then value.new_offset(0).iso8601.sub("+00:00", "Z")
      when Date then value.iso8601
      when Rational then value.to_f
      when Set then value.to_a
      when Enumerator then refuse(path,
                                  "an Enumerator has no JSON form; return .to_a, or say @return [Enumerator<...>]")
      else simplify_object(value, path)
      end
    end

    def simplify_object(value, path)
      fields = ObjectFields.of(value.class)
      return fields.to_h { |name| [name, value.public_send(name)] } if fields
      return value.to_s if value.is_a?(Numeric) || %w[URI Pathname IPAddr].any? { |name| textual?(value, name) }
      return value.to_h if value.respond_to?(:to_h)

      refuse(path, "a #{value.class} has no JSON form; return hashes, arrays, Structs or simple values")
    end

    def textual?(value, name)
      Object.const_defined?(name) && value.class.ancestors.any? { |one| one.name.to_s.split("::").first == name }
    end
  end

  # The fields by which objects of a class are written: those that its documentation names, or a Struct's own.
  module ObjectFields
    @known = {}

    class << self
      # Objects of the class are written by these.
      def note(type, names)
        @known[type] = names
      end

      # @return [Array<Symbol>, nil]
      def of(type)
        @known[type] || (type.members if type.respond_to?(:members))
      end
    end
  end
end
