<?php

declare(strict_types=1);

namespace Runyard\Pipe;

use Runyard\Bytes;

/** Results as JSON text: what functions return beyond plain data, and where a value cannot be sent. */
final class JsonText
{
    private const FLAGS = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_LINE_TERMINATORS
        | JSON_THROW_ON_ERROR;
    private const MAX_DEPTH = 1_000;
    private const UTC_FORMAT = 'Y-m-d\TH:i:s';

    /**
     * Compact JSON.
     *
     * @throws Unsendable naming the place that has no JSON form
     */
    public static function encode(mixed $value): string
    {
        return json_encode(self::plain($value, []), self::FLAGS, 2 * self::MAX_DEPTH);
    }

    /** UTF-8, with a mark in place of what is none. */
    public static function clean(string $text): string
    {
        return self::isText($text) ? $text : htmlspecialchars_decode(htmlspecialchars($text, ENT_SUBSTITUTE, 'UTF-8'));
    }

    /** @param list<string|int> $path */
    public static function pointer(array $path): string
    {
        $escape = static fn (string|int $key): string => '/' . strtr((string) $key, ['~' => '~0', '/' => '~1']);
        return implode('', array_map($escape, $path));
    }

    /** @param list<string|int> $path where the value stands */
    private static function plain(mixed $value, array $path): mixed
    {
        return match (true) {
            is_string($value) => self::text($value, $path),
            is_int($value), is_bool($value), $value === null => $value,
            is_float($value) => self::number($value, $path),
            is_array($value) => self::items($value, $path),
            is_object($value) => self::object($value, $path),
            default => throw new Unsendable($path, 'a ' . get_debug_type($value) . ' has no JSON form'),
        };
    }

    /** @param list<string|int> $path */
    private static function text(string $value, array $path): string
    {
        return self::isText($value) ? $value
            : throw new Unsendable($path, 'the text is no valid UTF-8; return bytes as new Runyard\Bytes($data)');
    }

    private static function isText(string $value): bool
    {
        return preg_match('//u', $value) === 1;
    }

    /** @param list<string|int> $path */
    private static function number(float $value, array $path): float
    {
        return is_finite($value) ? $value
            : throw new Unsendable($path, "$value is no JSON number; return null or leave it out");
    }

    /**
     * @param array<mixed>     $values
     * @param list<string|int> $path
     *
     * @return array<mixed>
     */
    private static function items(array $values, array $path): array
    {
        if (count($path) > self::MAX_DEPTH) {
            throw new Unsendable(array_slice($path, 0, 3), 'it is nested too deeply, or holds itself');
        }
        foreach ($values as $key => $value) {
            if (is_string($key)) {
                self::text($key, $path);
            }
            if (!is_int($value)) {
                $values[$key] = self::plain($value, [...$path, $key]);
            }
        }
        return $values;
    }

    /** @param list<string|int> $path */
    private static function object(object $value, array $path): mixed
    {
        return match (true) {
            $value instanceof Bytes => ['$binary' => base64_encode($value->data)],
            $value instanceof \DateTimeInterface => self::moment($value),
            $value instanceof \BackedEnum => $value->value,
            $value instanceof \UnitEnum => $value->name,
            $value instanceof \JsonSerializable => self::plain($value->jsonSerialize(), $path),
            $value instanceof \ArrayObject => (object) self::items($value->getArrayCopy(), $path),
            $value instanceof \Closure, $value instanceof \Traversable => throw new Unsendable(
                $path,
                'a ' . $value::class . ' has no JSON form; return an array, or make the algorithm itself a generator',
            ),
            default => (object) self::items(get_object_vars($value), $path),
        };
    }

    private static function moment(\DateTimeInterface $value): string
    {
        $utc = \DateTimeImmutable::createFromInterface($value)->setTimezone(new \DateTimeZone('UTC'));
        return $utc->format(self::UTC_FORMAT . ((int) $utc->format('u') === 0 ? '' : '.u')) . 'Z';
    }
}
