# frozen_string_literal: true

module RunyardPipe
  module Types
    # A type has no schema. The message says which and what to write instead.
    class Inexpressible < StandardError
    end
  end
end
