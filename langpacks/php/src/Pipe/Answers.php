<?php

declare(strict_types=1);

namespace Runyard\Pipe;

/** Answers to the parent: whole lines on one descriptor. */
final class Answers
{
    /** @param resource $stream */
    public function __construct(private $stream)
    {
    }

    public function result(string $id, mixed $value): void
    {
        $this->write('{"id":' . json_encode($id) . ',"result":' . JsonText::encode($value) . "}\n");
    }

    public function chunk(string $id, mixed $value): void
    {
        $this->write('{"id":' . json_encode($id) . ',"chunk":' . JsonText::encode($value) . "}\n");
    }

    /** @param list<string> $results each a JSON document with a result or an error */
    public function results(string $id, array $results): void
    {
        $this->write('{"id":' . json_encode($id) . ',"results":[' . implode(',', $results) . "]}\n");
    }

    /** @param array<string, mixed> $document */
    public function error(string $id, array $document): void
    {
        $this->tell(['id' => $id, 'error' => $document]);
    }

    /** @param array<string, mixed> $document */
    public function tell(array $document): void
    {
        $this->write(JsonText::encode($document) . "\n");
    }

    /** What a run printed is there before its answer. */
    private function write(string $line): void
    {
        Stdio::flush();
        Stdio::write($this->stream, $line);
    }
}
