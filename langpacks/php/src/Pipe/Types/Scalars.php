<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

use Runyard\Bytes;

/** Types without parts, by name. */
final class Scalars
{
    private const BYTES = [
        'type' => 'object',
        'properties' => ['$binary' => ['type' => 'string']],
        'required' => ['$binary'],
        'additionalProperties' => false,
        'x-type' => 'bytes',
    ];

    public static function find(string $name): ?Codec
    {
        return match (strtolower($name)) {
            'string' => self::text(),
            'non-empty-string', 'non-falsy-string', 'truthy-string' => self::text(['minLength' => 1]),
            'numeric-string' => self::text(['pattern' => '^-?[0-9]+(\.[0-9]+)?$']),
            'int', 'integer' => self::integer(),
            'positive-int' => self::integer(['minimum' => 1]),
            'non-negative-int' => self::integer(['minimum' => 0]),
            'negative-int' => self::integer(['maximum' => -1]),
            'float', 'double' => self::number(static fn (int|float $value): float => (float) $value),
            'number' => self::number(null),
            'bool', 'boolean' => new Codec(['type' => 'boolean'], is_bool(...)),
            'true' => new Codec(['const' => true], static fn (mixed $value): bool => $value === true),
            'false' => new Codec(['const' => false], static fn (mixed $value): bool => $value === false),
            'null', 'void', 'never' => new Codec(['type' => 'null'], is_null(...)),
            'mixed' => new Codec([], static fn (): bool => true, Value::toArrays(...)),
            'object', '\stdclass' => new Codec(['type' => 'object'], self::isObject(...)),
            '\datetimeinterface', '\datetimeimmutable' => self::moment(\DateTimeImmutable::class),
            '\datetime' => self::moment(\DateTime::class),
            '\runyard\bytes' => self::bytes(),
            default => null,
        };
    }

    /** @param list<Type> $bounds `int<0, max>` */
    public static function range(array $bounds): Codec
    {
        [$from, $to] = array_map(static fn (Type $one): mixed => $one->value, [...$bounds, Type::named('max'), Type::named('max')]);
        return self::integer(array_filter(['minimum' => $from, 'maximum' => $to], is_int(...)));
    }

    public static function isObject(mixed $value): bool
    {
        return $value instanceof \stdClass;
    }

    /** @param array<string, mixed> $more */
    private static function text(array $more = []): Codec
    {
        return new Codec(['type' => 'string', ...$more], is_string(...));
    }

    /** @param array<string, mixed> $more */
    private static function integer(array $more = []): Codec
    {
        $fits = static fn (mixed $value): bool => is_int($value) || (is_float($value) && floor($value) === $value);
        return new Codec(['type' => 'integer', ...$more], $fits, static fn (int|float $value): int => (int) $value);
    }

    private static function number(?\Closure $decode): Codec
    {
        return new Codec(['type' => 'number'], static fn (mixed $value): bool => is_int($value) || is_float($value), $decode);
    }

    /** @param class-string<\DateTimeImmutable|\DateTime> $class */
    private static function moment(string $class): Codec
    {
        $fits = static fn (mixed $value): bool => is_string($value) && date_create($value) !== false;
        return new Codec(
            ['type' => 'string', 'format' => 'date-time'],
            $fits,
            static fn (string $value): \DateTimeInterface => new $class($value),
        );
    }

    private static function bytes(): Codec
    {
        return new Codec(
            self::BYTES,
            static fn (mixed $value): bool => $value instanceof \stdClass && is_string($value->{'$binary'} ?? null),
            static fn (\stdClass $value): Bytes => new Bytes((string) base64_decode($value->{'$binary'})),
        );
    }
}
