# frozen_string_literal: true

module RunyardPipe
  # A comment as YARD reads it: words, then tags.
  class DocComment
    Tag = Struct.new(:kind, :name, :types, :text, keyword_init: true)
    NAMED = %w[param attr attr_reader attr_writer attr_accessor option yieldparam].freeze

    # Words before the first tag.
    attr_reader :text
    # @return [Array<Tag>]
    attr_reader :tags

    # @param lines [Array<String>] without `#`
    def initialize(lines)
      @tags = []
      words = []
      read(lines) { |line| words << line }
      @text = words.join("\n").strip.gsub(/(?<!\n)\n(?!\n)/, " ")
    end

    def all(*kinds)
      @tags.select { |tag| kinds.include?(tag.kind) }
    end

    def first(*kinds)
      all(*kinds).first
    end

    private

    # A line that is indented goes on with the tag before it.
    def read(lines)
      attribute = nil
      lines.each do |line|
        if (match = line.match(/\A@!attribute\s+(?:\[\w+\]\s*)?(\w+)/)) then attribute = match[1]
        elsif attribute && (match = line.match(/\A\s+@return\s+(.*)/)) then @tags << tag("attr",
                                                                                         "#{attribute} #{match[1]}")
        elsif (match = line.match(/\A@(\w+)\s*(.*)/)) then @tags << tag(*match.captures)
        elsif @tags.any? && line.match?(/\A\s+\S/) then @tags.last.text = [@tags.last.text, line.strip].join(" ").strip
        elsif @tags.empty? then yield line
        end
      end
    end

    # `@param name [Types] text` or `@param [Types] name text`; `@return [Types] text`.
    def tag(kind, rest)
      name = nil
      name, rest = take_name(rest) if NAMED.include?(kind) && !rest.start_with?("[")
      types, rest = take_types(rest)
      name, rest = take_name(rest) if NAMED.include?(kind) && name.nil?
      option, rest = rest.split(/\s+/, 2) if kind == "option"
      name = "#{name} #{option}" if option
      Tag.new(kind: kind, name: name, types: types, text: rest.to_s.sub(/\A-\s+/, "").strip)
    end

    def take_name(text)
      name, rest = text.split(/\s+/, 2)
      [name&.sub(/\A\*+|:\z/, ""), rest.to_s]
    end

    # What stands in the first brackets, which may hold brackets.
    def take_types(text)
      return [nil, text] unless text.start_with?("[")

      depth = 0
      quote = nil
      text.each_char.with_index do |char, index|
        if quote then quote = nil if char == quote
        elsif char == '"' then quote = char
        else
          depth += { "[" => 1, "]" => -1 }.fetch(char, 0)
          return [text[1...index], text[(index + 1)..].lstrip] if depth.zero?
        end
      end
      [text[1..], ""]
    end
  end
end
