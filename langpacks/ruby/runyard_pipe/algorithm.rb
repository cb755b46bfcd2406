# frozen_string_literal: true

require "runyard_pipe/json_text"

module RunyardPipe
  # A method of the adapter, ready to be called with what JSON gave.
  class Algorithm
    Argument = Struct.new(:name, :codec, :positional, :required, :default, keyword_init: true)

    attr_reader :name, :mode, :descriptor

    # @param context [Symbol, nil] `:positional` or `:named` where the method takes ctx, which then comes last
    # @param item [Types::Codec, nil] what a batch takes many of
    # @param yields [Boolean] whether chunks come by a block
    def initialize(method:, descriptor:, arguments:, context: nil, item: nil, yields: false)
      @method = method
      @descriptor = descriptor
      @name = descriptor[:name]
      @mode = descriptor[:mode]
      @positional, @named = arguments.partition(&:positional)
      @context = context
      @item = item
      @yields = yields
    end

    def context?
      !@context.nil?
    end

    def call(args, context, &block)
      named = @named.each_with_object({}) do |argument, all|
        name = argument.name.name
        all[argument.name] = decode(argument, args[name]) if args.key?(name)
      end
      invoke(positional(args), named, context, &block)
    end

    def call_batch(items, context)
      invoke([items.map { |one| @item.call(one) }], {}, context)
    end

    # Each value of a stream.
    def each_chunk(args, context, &block)
      return call(args, context, &block) if @yields

      chunks = call(args, context)
      unless chunks.respond_to?(:each)
        raise JsonText::Unsendable, "#{@name} returned a #{chunks.class}; it is said to return an Enumerator"
      end

      chunks.each(&block)
    end

    private

    def invoke(positional, named, context, &block)
      named[:ctx] = context if @context == :named
      positional += [context] if @context == :positional
      @method.call(*positional, **named, &block)
    end

    # Those that are left out at the end keep the method's own defaults.
    def positional(args)
      last = @positional.rindex { |argument| argument.required || args.key?(argument.name.name) }
      last = @positional.size - 1 if @context == :positional
      return [] unless last

      @positional[0..last].map do |argument|
        name = argument.name.name
        args.key?(name) ? decode(argument, args[name]) : argument.default
      end
    end

    def decode(argument, value)
      argument.codec.call(value)
    rescue ArgumentError => e # a date that only looks like one
      raise Runyard::InvalidInput.new(e.message, argument.name.name)
    end
  end
end
