# frozen_string_literal: true

# Entry of the Ruby pipe: serves the project in the working directory, or describes it with --describe.

$LOAD_PATH.unshift(__dir__)
require "runyard_pipe/main"
# The project's own files win over what Runyard supplies.
$LOAD_PATH.delete(__dir__)
$LOAD_PATH.unshift(Dir.pwd).push(__dir__)

exit RunyardPipe::Main.new(ARGV).run
