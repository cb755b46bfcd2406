<?php

declare(strict_types=1);

namespace Runyard\Pipe;

/** The pipe's own descriptors. */
final class Stdio
{
    /** Where pipe.sh puts the parent's requests. */
    private const REQUESTS = 9;
    private const CHUNK_BYTES = 262_144;

    /** @return resource */
    public static function openRequests()
    {
        $stream = self::openDescriptor(self::REQUESTS, 'r');
        stream_set_chunk_size($stream, self::CHUNK_BYTES);
        stream_set_read_buffer($stream, 0);
        return $stream;
    }

    /** @return resource what ALGOOUT names; children of the adapter do not hear of it */
    public static function openAnswers()
    {
        $target = (string) getenv('ALGOOUT');
        putenv('ALGOOUT');
        putenv('RUNYARD_PIPE');
        if ($target === '') {
            fwrite(STDERR, "runyard: this program is started by Runyard, which says in ALGOOUT where answers go\n");
            exit(78);
        }
        // Opening a descriptor again is refused for sockets.
        if (preg_match('{^/(?:dev|proc/self)/fd/(\d+)$}', $target, $match)) {
            return self::openDescriptor((int) $match[1], 'w');
        }
        return fopen($target, 'w') ?: throw new \RuntimeException("$target cannot be opened");
    }

    /** @param resource $stream */
    public static function write($stream, string $text): void
    {
        for ($rest = $text; $rest !== ''; $rest = substr($rest, $written)) {
            $written = @fwrite($stream, $rest);
            if ($written === false || $written === 0) {
                exit(1); // the parent is gone, and nobody would read another word
            }
        }
    }

    /** The line that says the pipe is ready. Before a document it begins a line, whatever the adapter printed. */
    public static function announce(?string $ready = null): void
    {
        self::flush();
        self::write(STDOUT, $ready === null ? "PIPE_INIT_COMPLETE\n" : "\nPIPE_INIT_COMPLETE $ready\n");
    }

    /** Sends on what was printed and kept back. */
    public static function flush(): void
    {
        while (ob_get_level() > 0 && ob_end_flush()) {
            continue;
        }
        flush();
    }

    /** @return resource */
    private static function openDescriptor(int $number, string $mode)
    {
        return fopen("php://fd/$number", $mode) ?: throw new \RuntimeException("descriptor $number is not open");
    }
}
