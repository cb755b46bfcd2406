<?php

declare(strict_types=1);

namespace Runyard\Pipe;

use Runyard\Bytes;
use Runyard\Pipe\Types\Value;

/** Serves an `apply` by version 1 of the pipe. */
final class ClassicServer
{
    private const DEFAULT_TARGET = '/tmp/algoout';

    /** @var callable */
    private $apply;

    /**
     * @param resource      $requests
     * @param resource|null $answers  null opens the file of old for each answer
     */
    public function __construct(private $requests, private $answers)
    {
        $names = array_filter(get_defined_functions()['user'], static fn (string $one): bool => (bool) preg_match('/(^|\\\\)apply$/', $one));
        $this->apply = end($names) ?: throw new \RuntimeException(getenv('RUNYARD_ADAPTER') . ' has no function apply($input)');
    }

    /** Until the parent closes the pipe. */
    public function serve(): void
    {
        while (($line = fgets($this->requests)) !== false) {
            $this->write($this->answer($line));
        }
    }

    private function answer(string $line): string
    {
        try {
            $request = json_decode($line, false, Intake::MAX_DEPTH, JSON_THROW_ON_ERROR);
            return $this->reply(($this->apply)($this->read($request)));
        } catch (\Throwable $error) {
            return JsonText::encode(['error' => Failures::describe($error)]);
        }
    }

    private function read(mixed $request): mixed
    {
        $type = $request->content_type ?? null;
        return match ($type) {
            'text', 'json' => Value::toArrays($request->data),
            'binary' => new Bytes((string) base64_decode($request->data)),
            default => throw new \InvalidArgumentException(
                'content_type must be text, json or binary, but is ' . json_encode($type),
            ),
        };
    }

    private function reply(mixed $result): string
    {
        [$type, $value] = match (true) {
            $result instanceof Bytes => ['binary', base64_encode($result->data)],
            is_string($result) => ['text', $result],
            default => ['json', $result],
        };
        return '{"result":' . JsonText::encode($value) . ',"metadata":{"content_type":"' . $type . '"}}';
    }

    private function write(string $answer): void
    {
        Stdio::flush();
        $stream = $this->answers ?? fopen(self::DEFAULT_TARGET, 'w');
        Stdio::write($stream, "$answer\n");
        if ($this->answers === null) {
            fclose($stream);
        }
    }
}
