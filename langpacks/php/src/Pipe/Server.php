<?php

declare(strict_types=1);

namespace Runyard\Pipe;

use Runyard\Cancelled;
use Runyard\Context;

/** Serves one request at a time. */
final class Server
{
    /** A run that took longer than this may have been cancelled meanwhile, or others behind it. */
    private const LONG_NANOSECONDS = 1_000_000;

    private readonly Intake $intake;
    private readonly Answers $answers;
    private ?string $current = null;
    private ?Context $context = null;
    private bool $cancelled = false;
    private int $polledAt = 0;

    /**
     * @param array<string, Algorithm> $algorithms by name
     * @param resource                 $requests
     * @param resource                 $answers
     */
    public function __construct(private readonly array $algorithms, $requests, $answers)
    {
        $this->answers = new Answers($answers);
        $this->intake = new Intake($requests, $this->take(...));
    }

    /** Until the parent closes the pipe. */
    public function serve(): void
    {
        while ($request = $this->intake->next()) {
            $begun = hrtime(true);
            $this->serveOne($request);
            if (hrtime(true) - $begun > self::LONG_NANOSECONDS) {
                $this->intake->poll(0.0);
            }
        }
    }

    private function serveOne(\stdClass $request): void
    {
        $this->current = $request->id;
        $this->cancelled = false;
        try {
            $this->run($request);
        } catch (\Throwable $error) {
            $document = $this->cancelled ? Failures::cancelled() : Failures::describe($error);
            $this->answers->error($request->id, $document);
        } finally {
            $this->current = $this->context = null;
        }
    }

    private function run(\stdClass $request): void
    {
        if (isset($request->broken)) {
            throw new \InvalidArgumentException("the request cannot be read: {$request->broken}");
        }
        $algorithm = $this->algorithms[$request->algorithm]
            ?? throw new \OutOfBoundsException("there is no algorithm {$request->algorithm} in this process");
        if ($algorithm->needsContext) {
            $this->context = new Context($request->id, $this->answers, $this->intake);
        }
        if (isset($request->batch)) {
            $this->runBatch($request, $algorithm);
            return;
        }
        $result = $algorithm->call(get_object_vars($request->args ?? new \stdClass()), $this->context);
        if ($algorithm->mode === 'stream') {
            $result = $this->stream($request->id, $algorithm, $result);
        }
        if ($this->cancelled) {
            throw new Cancelled();
        }
        $this->answers->result($request->id, $algorithm->mode === 'stream' ? null : $algorithm->finish($result));
    }

    private function stream(string $id, Algorithm $algorithm, mixed $chunks): void
    {
        if (!is_iterable($chunks)) {
            throw new Unsendable([], 'it is said to be a stream; return a Generator, not ' . get_debug_type($chunks));
        }
        foreach ($chunks as $chunk) {
            if ($this->cancelled) {
                throw new Cancelled();
            }
            $this->answers->chunk($id, $algorithm->finish($chunk));
            $this->pollAtTimes();
        }
    }

    /** A stream that goes on for ever ends by its cancel. */
    private function pollAtTimes(): void
    {
        $now = hrtime(true);
        if ($now - $this->polledAt > self::LONG_NANOSECONDS) {
            $this->polledAt = $now;
            $this->intake->poll(0.0);
        }
    }

    private function runBatch(\stdClass $request, Algorithm $algorithm): void
    {
        $results = $algorithm->callBatch($request->batch, $this->context);
        $expected = count($request->batch);
        if (!is_array($results) || count($results) !== $expected) {
            $came = is_array($results) ? count($results) . ' results' : get_debug_type($results);
            throw new Unsendable([], "batch_{$algorithm->name} returned $came for $expected items; "
                . 'it must return an array with a result, or an exception, for each');
        }
        $item = fn (mixed $result): string => $this->encodeItem($algorithm, $result);
        $this->answers->results($request->id, array_map($item, array_values($results)));
    }

    private function encodeItem(Algorithm $algorithm, mixed $result): string
    {
        try {
            if (!$result instanceof \Throwable) {
                return '{"result":' . JsonText::encode($algorithm->finish($result)) . '}';
            }
        } catch (Unsendable $error) {
            $result = $error;
        }
        return '{"error":' . JsonText::encode(Failures::describe($result)) . '}';
    }

    /** A cancel, or the answer to a call. */
    private function take(\stdClass $control): void
    {
        if (isset($control->called)) {
            $this->context?->settle($control);
            return;
        }
        $id = $control->cancel ?? '';
        if ($id === $this->current) {
            $this->cancelled = true;
            $this->context?->signal->abort();
        } elseif ($this->intake->remove($id)) {
            $this->answers->error($id, Failures::cancelled());
        }
    }
}
