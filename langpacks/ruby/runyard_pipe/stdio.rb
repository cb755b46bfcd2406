# frozen_string_literal: true

module RunyardPipe
  # The process's descriptors: the pipe's own are put out of the adapter's reach.
  module Stdio
    module_function

    # A descriptor of the parent's requests. Descriptor 0 becomes empty, so that nobody else eats them.
    def take_requests
      $stdin.dup.tap do |requests|
        $stdin.reopen(File::NULL)
        requests.binmode
        $stdout.set_encoding(Encoding::UTF_8)
      end
    end

    # What ALGOOUT names. Children of the adapter do not get it.
    def open_answers
      target = ENV.delete("ALGOOUT")
      ENV.delete("RUNYARD_PIPE")
      abort "runyard: this program is started by Runyard, which says in ALGOOUT where answers go" unless target
      # Opening a descriptor again is refused for sockets.
      io = if target =~ %r{\A/(?:dev|proc/self)/fd/(\d+)\z}
             IO.for_fd(::Regexp.last_match(1).to_i,
                       "w")
           else
             File.open(target, "w")
           end
      io.binmode
      io.close_on_exec = true
      io.sync = true
      io
    end

    # The line that says the pipe is ready. Before a document it begins a line, whatever the adapter printed.
    def announce(ready = nil)
      $stdout.write(ready ? "\nPIPE_INIT_COMPLETE #{JSON.generate(ready)}\n" : "PIPE_INIT_COMPLETE\n")
      flush
    end

    # Sends on what was printed and kept back.
    def flush
      $stdout.flush
      $stderr.flush
    rescue IOError, SystemCallError
      # The adapter closed them, or nobody reads them.
    end
  end
end
