<?php

declare(strict_types=1);

namespace Runyard;

use Runyard\Pipe\Answers;
use Runyard\Pipe\Intake;
use Runyard\Pipe\JsonText;
use Runyard\Pipe\Types\Value;

/** Progress, log, cancellation and calls of one run. Take it as an optional last argument `$ctx`. */
final class Context
{
    public readonly Signal $signal;
    private int $calls = 0;
    private ?string $waitsFor = null;
    private ?\stdClass $answer = null;

    /** @internal */
    public function __construct(
        private readonly string $id,
        private readonly Answers $answers,
        private readonly Intake $intake,
    ) {
        $this->signal = new Signal($intake);
    }

    /** Tells whoever follows the task how far it is, from 0 to 1. */
    public function progress(float $fraction, ?string $message = null): void
    {
        if (is_nan($fraction)) {
            throw new \InvalidArgumentException('progress must be a number from 0 to 1, got NaN');
        }
        $told = ['id' => $this->id, 'progress' => max(0.0, min(1.0, $fraction)), 'message' => $message];
        $this->answers->tell(array_filter($told, static fn (mixed $one): bool => $one !== null));
    }

    /** Adds a line to the log of this run. */
    public function log(string|\Stringable $message): void
    {
        foreach (explode("\n", JsonText::clean((string) $message)) as $line) {
            $this->answers->tell(['id' => $this->id, 'log' => $line]);
        }
    }

    /**
     * Runs another algorithm of the yard and returns its result.
     *
     * @param array<string, mixed> $args
     *
     * @throws CallError when it ended with an error
     * @throws Cancelled when this run was cancelled meanwhile
     */
    public function call(string $algorithm, array $args = []): mixed
    {
        $this->signal->throwIfAborted();
        $this->waitsFor = $this->id . '/' . ++$this->calls;
        $this->answers->tell([
            'id' => $this->id,
            'call' => $this->waitsFor,
            'algorithm' => $algorithm,
            'args' => $args === [] ? new \stdClass() : $args,
        ]);
        $answer = $this->await();
        if (isset($answer->error)) {
            throw new CallError($algorithm, Value::toArrays($answer->error));
        }
        return Value::toArrays($answer->result ?? null);
    }

    /** @internal the parent's answer to a call */
    public function settle(\stdClass $answer): void
    {
        if ($answer->called === $this->waitsFor) {
            $this->answer = $answer;
        }
    }

    private function await(): \stdClass
    {
        while ($this->answer === null) {
            $this->signal->throwIfAborted();
            if ($this->intake->hasEnded()) {
                throw new \RuntimeException('the yard is gone; it cannot run another algorithm now');
            }
            if ($this->answer === null) {
                $this->intake->poll(null);
            }
        }
        $answer = $this->answer;
        $this->answer = $this->waitsFor = null;
        return $answer;
    }
}
