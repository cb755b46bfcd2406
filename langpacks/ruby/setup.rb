# frozen_string_literal: true

# Installs what the project's Gemfile asks for, into .runyard/bundle.

require_relative "runyard_pipe/bundle"

exit 0 unless RunyardPipe::Bundle.wanted?

begin
  bundler = Gem.bin_path("bundler", "bundle")
rescue Gem::Exception => e
  abort "bundler cannot be found, which reads the Gemfile (gem install bundler): #{e.message}"
end
RunyardPipe::Bundle.prepare
exec(RbConfig.ruby, bundler, "install", "--quiet")
