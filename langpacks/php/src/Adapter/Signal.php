<?php

declare(strict_types=1);

namespace Runyard;

use Runyard\Pipe\Intake;

/** Says that a run was cancelled. */
final class Signal
{
    private bool $isAborted = false;

    /** @internal */
    public function __construct(private readonly Intake $intake)
    {
    }

    /** True once somebody asked for an end. */
    public function aborted(): bool
    {
        if (!$this->isAborted) {
            $this->intake->poll(0.0);
        }
        return $this->isAborted;
    }

    /** Waits until the run is cancelled, or for some seconds. Says whether it was. */
    public function wait(?float $seconds = null): bool
    {
        $end = $seconds === null ? INF : microtime(true) + $seconds;
        while (!$this->aborted()) {
            $rest = min(1.0, $end - microtime(true));
            if ($rest <= 0) {
                return false;
            }
            if ($this->intake->hasEnded()) {
                usleep((int) ($rest * 1e6));
            } else {
                $this->intake->poll($rest);
            }
        }
        return true;
    }

    /** @throws Cancelled when the run was cancelled */
    public function throwIfAborted(): void
    {
        if ($this->aborted()) {
            throw new Cancelled();
        }
    }

    /** @internal the pipe asks for an end */
    public function abort(): void
    {
        $this->isAborted = true;
    }
}
