# frozen_string_literal: true

require "runyard_pipe/types/inexpressible"

module RunyardPipe
  module Types
    # Types of an RBS signature in the form that YardTypes describes.
    class RbsTypes
      # @param aliases [Hash{String => Object}] the types that `type name = ...` declares
      def initialize(aliases)
        @aliases = aliases
      end

      def read(type)
        case type
        when RBS::Types::Union then [:union, type.types.map { |one| read(one) }]
        when RBS::Types::Optional then [:union, [read(type.type), name("nil")]]
        when RBS::Types::Tuple then [:tuple, type.types.map { |one| read(one) }]
        when RBS::Types::Literal then literal(type.literal)
        when RBS::Types::Record then record(type)
        when RBS::Types::Alias then read_alias(type)
        when RBS::Types::ClassInstance then class_instance(type)
        else base(type)
        end
      end

      private

      def name(text, arguments = [])
        [:name, text, arguments]
      end

      def literal(value)
        [true, false].include?(value) ? name(value.to_s) : [:literal, value]
      end

      def record(type)
        required = type.fields.to_h { |key, one| [key.to_s, [read(one), true]] }
        optional = type.respond_to?(:optional_fields) ? type.optional_fields : {}
        [:record, required.merge(optional.to_h { |key, one| [key.to_s, [read(one), false]] })]
      end

      def read_alias(type)
        target = @aliases[type.name.name.to_s] || raise(Inexpressible, "there is no type #{type}")
        raise Inexpressible, "the type #{type} holds itself; make it a class" if (@open ||= []).include?(target)

        @open.push(target)
        read(target).tap { @open.pop }
      end

      def class_instance(type)
        text = type.name.to_s.delete_prefix("::")
        arguments = type.args.map { |one| read(one) }
        text == "Hash" && arguments.size == 2 ? [:map, *arguments] : name(text, arguments)
      end

      def base(type)
        case type.to_s
        when "bool", "boolish" then name("Boolean")
        when "void", "nil" then name("nil")
        when "untyped", "top" then name("untyped")
        else raise Inexpressible, "#{type} has no schema"
        end
      end
    end
  end
end
