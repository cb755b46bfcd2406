<?php

declare(strict_types=1);

namespace Runyard\Pipe;

use Runyard\CallError;

/** Exceptions as the error documents of the pipe. */
final class Failures
{
    private const MAX_MESSAGE = 20_000;
    private const MAX_STACK = 60_000;
    private const MAX_CAUSES = 5;
    private const SPECIAL = ['InvalidInput', 'RequestError'];

    /**
     * What the parent is told of an exception that a run threw.
     *
     * @return array<string, mixed>
     */
    public static function describe(\Throwable $error): array
    {
        if ($error instanceof Unsendable) {
            return ['message' => $error->getMessage(), 'error_type' => 'InvalidOutput'];
        }
        $type = self::typeOf($error);
        return [
            'message' => self::messageOf($error),
            'error_type' => $type,
            ...self::detailsOf($error, $type),
            'stacktrace' => self::stackOf($error),
        ];
    }

    /** @return array<string, mixed> */
    public static function cancelled(): array
    {
        return ['message' => 'The run was cancelled', 'error_type' => 'Cancelled'];
    }

    public static function messageOf(\Throwable $error): string
    {
        $text = substr($error->getMessage(), 0, self::MAX_MESSAGE);
        return $text === '' ? self::shortName($error::class) : JsonText::clean($text);
    }

    /** Where it was thrown and who called, with its causes, without the pipe's own frames. */
    public static function stackOf(\Throwable $error): string
    {
        $stacks = [];
        for ($one = $error; $one !== null && count($stacks) < self::MAX_CAUSES; $one = $one->getPrevious()) {
            $stacks[] = implode("\n    ", [$one::class . ': ' . self::messageOf($one), ...self::framesOf($one)]);
        }
        return JsonText::clean(substr(implode("\nCaused by ", $stacks), 0, self::MAX_STACK));
    }

    /** @return list<string> */
    private static function framesOf(\Throwable $error): array
    {
        $frames = [];
        $place = ['file' => $error->getFile(), 'line' => $error->getLine()];
        foreach ([...$error->getTrace(), []] as $frame) {
            if (!str_starts_with($place['file'] ?? '', dirname(__DIR__, 2) . '/')) {
                $function = ($frame['class'] ?? '') . ($frame['type'] ?? '') . ($frame['function'] ?? '{main}');
                $frames[] = "at $function (" . ($place['file'] ?? 'internal') . ':' . ($place['line'] ?? 0) . ')';
            }
            $place = $frame;
        }
        return $frames;
    }

    private static function typeOf(\Throwable $error): string
    {
        if ($error instanceof CallError) {
            return $error->errorType;
        }
        $names = array_map(self::shortName(...), [$error::class, ...array_values(class_parents($error))]);
        return array_values(array_intersect(self::SPECIAL, $names))[0] ?? $names[0];
    }

    private static function shortName(string $class): string
    {
        return substr((string) strrchr("\\$class", '\\'), 1);
    }

    /** @return array<string, mixed> */
    private static function detailsOf(\Throwable $error, string $type): array
    {
        $path = $error->path ?? null;
        return match (true) {
            is_array($error->errors ?? null) => ['errors' => $error->errors],
            $type === 'InvalidInput' && $path !== null => [
                'errors' => [['path' => self::toPointer($path), 'message' => self::messageOf($error)]],
            ],
            isset($error->status) => ['status' => $error->status],
            default => [],
        };
    }

    /** @param string|list<string|int> $path */
    private static function toPointer(string|array $path): string
    {
        $isPointer = is_string($path) && ($path === '' || $path[0] === '/');
        return $isPointer ? $path : JsonText::pointer((array) $path);
    }
}
