# frozen_string_literal: true

# The algorithm: what it is given as text, JSON or bytes, and what it gives back.
def apply(input)
  "hello #{input}"
end
