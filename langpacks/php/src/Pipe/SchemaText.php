<?php

declare(strict_types=1);

namespace Runyard\Pipe;

/** Schemas as json_encode writes them rightly: PHP's empty array is a list to it, where an object is meant. */
final class SchemaText
{
    private const BY_NAME = ['properties', '$defs'];
    private const LISTS = ['anyOf', 'prefixItems'];
    private const SINGLE = ['items', 'additionalProperties'];

    /** @param array<string, mixed> $schema */
    public static function toJson(array $schema): \stdClass
    {
        foreach ($schema as $word => $value) {
            $schema[$word] = match (true) {
                in_array($word, self::BY_NAME, true) => (object) array_map(self::toJson(...), $value),
                in_array($word, self::LISTS, true) => array_map(self::toJson(...), $value),
                in_array($word, self::SINGLE, true) && is_array($value) => self::toJson($value),
                default => $value,
            };
        }
        return (object) $schema;
    }
}
