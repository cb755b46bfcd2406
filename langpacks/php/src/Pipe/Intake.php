<?php

declare(strict_types=1);

namespace Runyard\Pipe;

/**
 * Requests from the parent, in their order. Whoever waits for something reads: the server between runs, and the context of
 * a run that asks for its cancel or for the answer to a call.
 */
final class Intake
{
    private const READ_BYTES = 262_144;
    public const MAX_DEPTH = 1024;

    private string $buffer = '';
    /** @var list<\stdClass> */
    private array $pending = [];
    private bool $ended = false;

    /**
     * @param resource                  $stream
     * @param \Closure(\stdClass): void $onControl is told of cancels and of answers to calls
     */
    public function __construct(private $stream, private readonly \Closure $onControl)
    {
    }

    /** Waits for a request; null when there will be none. */
    public function next(): ?\stdClass
    {
        while ($this->pending === [] && !$this->ended) {
            $this->read();
        }
        return array_shift($this->pending);
    }

    /** Takes in what has come, waiting no longer than that for it; null waits until something comes. */
    public function poll(?float $seconds): void
    {
        if ($this->ended) {
            return;
        }
        $read = [$this->stream];
        $none = null;
        $whole = $seconds === null ? null : (int) $seconds;
        $micros = $seconds === null ? null : (int) (($seconds - $whole) * 1e6);
        if (@stream_select($read, $none, $none, $whole, $micros) > 0) {
            $this->read();
        }
    }

    public function hasEnded(): bool
    {
        return $this->ended;
    }

    /** Takes a request back that was not begun. Says whether there was one. */
    public function remove(string $id): bool
    {
        $kept = array_values(array_filter($this->pending, static fn (\stdClass $one): bool => $one->id !== $id));
        $found = count($kept) < count($this->pending);
        $this->pending = $kept;
        return $found;
    }

    private function read(): void
    {
        $data = fread($this->stream, self::READ_BYTES);
        if ($data === false || ($data === '' && feof($this->stream))) {
            $this->ended = true;
            return;
        }
        if (!str_contains($data, "\n")) {
            $this->buffer .= $data;
            return;
        }
        $lines = explode("\n", $this->buffer . $data);
        $this->buffer = (string) array_pop($lines);
        foreach ($lines as $line) {
            $this->accept($line);
        }
    }

    private function accept(string $line): void
    {
        try {
            $request = json_decode($line, false, self::MAX_DEPTH, JSON_THROW_ON_ERROR);
        } catch (\JsonException $error) {
            $this->acceptBroken($line, $error);
            return;
        }
        if ($request instanceof \stdClass && isset($request->id)) {
            $this->pending[] = $request;
        } elseif ($request instanceof \stdClass) {
            ($this->onControl)($request);
        }
    }

    /** A line that cannot be parsed, for instance because it is nested too deeply, may still say whose it is. */
    private function acceptBroken(string $line, \JsonException $error): void
    {
        if (preg_match('/^\{"id":"([^"\\\\]+)"/', $line, $match)) {
            $this->pending[] = (object) ['id' => $match[1], 'broken' => $error->getMessage()];
            return;
        }
        fwrite(STDERR, "runyard: a line on stdin is no request ({$error->getMessage()}): " . substr($line, 0, 200) . "\n");
    }
}
