# frozen_string_literal: true

# Each method whose name begins with run_ is an algorithm: described, validated, queued and served.

# Counts words and characters.
#
# @param text [String] what to count
# @param times [Integer] how often the text counts {@minimum 1}
# @return [Hash{String => Integer}]
def run___ALGO__(text:, times: 1)
  { words: text.split.size * times, characters: text.size * times }
end
