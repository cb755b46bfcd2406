<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

use Runyard\Bytes;

/** Values of any type, out of JSON. */
final class Value
{
    /** Objects as arrays with names; one that PHP would take for a list, such as an empty one, as ArrayObject; bytes as Bytes. */
    public static function toArrays(mixed $value): mixed
    {
        if (is_array($value)) {
            return array_map(self::toArrays(...), $value);
        }
        if (!$value instanceof \stdClass) {
            return $value;
        }
        $fields = get_object_vars($value);
        if (count($fields) === 1 && is_string($fields['$binary'] ?? null)) {
            return new Bytes((string) base64_decode($fields['$binary'], true));
        }
        $array = array_map(self::toArrays(...), $fields);
        return array_is_list($array) ? new \ArrayObject($array) : $array;
    }
}
