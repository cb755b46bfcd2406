# frozen_string_literal: true

module RunyardPipe
  # Values that stand in the source as they are. Nothing is evaluated.
  module Literal
    # What a default is that only running the code would tell.
    UNKNOWN = Object.new.freeze

    module_function

    # @param node [Array] what Ripper made of an expression
    # @return [Object] its value, or UNKNOWN
    def read(node)
      case node
      in [:@int, text, *] then Integer(text)
      in [:@float, text, *] then Float(text.delete("_"))
      in [:string_literal, [:string_content, *parts]] then string(parts)
      in [:symbol_literal, [:symbol, [_, text, *]]] then text.to_sym
      in [:var_ref, [:@kw, "nil" | "true" | "false" => word, *]] then { "true" => true, "false" => false }[word]
      in [:unary, :-@, inner] then negate(read(inner))
      in [:array, nil] then []
      in [:array, [*items]] then list(items)
      in [:hash, nil] then {}
      in [:hash, [:assoclist_from_args, pairs]] then object(pairs)
      else UNKNOWN
      end
    rescue ArgumentError
      UNKNOWN
    end

    def string(parts)
      return UNKNOWN unless parts.all? { |part| part[0] == :@tstring_content }

      text = parts.map { |part| part[1] }.join
      text.include?("\\") ? %("#{text}").undump : text
    rescue RuntimeError
      UNKNOWN
    end

    def negate(value)
      value.is_a?(Numeric) ? -value : UNKNOWN
    end

    def list(items)
      values = items.map { |item| read(item) }
      values.include?(UNKNOWN) ? UNKNOWN : values
    end

    def object(pairs)
      read = pairs.map { |pair| pair[0] == :assoc_new ? [key(pair[1]), read(pair[2])] : [UNKNOWN] }
      read.flatten(1).include?(UNKNOWN) ? UNKNOWN : read.to_h
    end

    def key(node)
      node[0] == :@label ? node[1].delete_suffix(":").to_sym : read(node)
    end
  end
end
