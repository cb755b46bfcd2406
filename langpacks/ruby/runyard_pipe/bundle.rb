# frozen_string_literal: true

module RunyardPipe
  # The gems of a project that has a Gemfile.
  module Bundle
    # Where gems are in an archive.
    PACKED = "vendor/bundle"

    module_function

    def wanted?
      File.exist?(gemfile)
    end

    # Says by the environment where Bundler finds the Gemfile, and where it puts and looks for gems.
    def prepare
      ENV["BUNDLE_GEMFILE"] = gemfile
      packed = File.join(project, PACKED)
      ENV["BUNDLE_PATH"] ||= Dir.exist?(packed) ? packed : File.join(project, ".runyard", "bundle")
    end

    # Puts the gems on the load path.
    def use
      return unless wanted?

      prepare
      require "bundler/setup"
    end

    def project
      ENV["RUNYARD_PROJECT"] || Dir.pwd
    end

    def gemfile
      File.join(project, "Gemfile")
    end
  end
end
