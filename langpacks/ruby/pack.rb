# frozen_string_literal: true

# Puts the gems of the project's Gemfile into an archive, where Bundle looks for them.

require "fileutils"
require_relative "runyard_pipe/bundle"

exit 0 unless RunyardPipe::Bundle.wanted?

RunyardPipe::Bundle.prepare
from = ENV.fetch("BUNDLE_PATH")
to = File.join(ENV.fetch("RUNYARD_OUTPUT"), RunyardPipe::Bundle::PACKED)
exit 0 unless Dir.exist?(from)

FileUtils.mkdir_p(File.dirname(to))
FileUtils.cp_r(from, to)
