<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

/** Makes codecs of types. One for each document: classes are defined once in it, and referred to. */
final class Compiler
{
    private const LISTS = ['list', 'non-empty-list', 'iterable', 'array', 'non-empty-array'];

    /** @var array<string, array<string, mixed>> */
    private array $definitions = [];
    /** @var array<class-string, Codec> */
    private array $classes = [];

    /**
     * @throws Inexpressible
     *
     * @param Scope $scope resolves the names of the file the type stands in
     */
    public function compile(Type $type, Scope $scope): Codec
    {
        return match ($type->kind) {
            'literal' => $this->literals([$type->value]),
            'union' => $this->union($type->parts, $scope),
            'shape' => $this->shape($type->fields, $scope),
            default => $this->named($type, $scope),
        };
    }

    /**
     * The schema with the classes it refers to.
     *
     * @param array<string, mixed> $schema
     *
     * @return array<string, mixed>
     */
    public function document(array $schema): array
    {
        return $this->definitions === [] ? $schema : [...$schema, '$defs' => $this->definitions];
    }

    /**
     * What a schema refers to, or itself.
     *
     * @param array<string, mixed> $schema
     *
     * @return array<string, mixed>
     */
    public function resolve(array $schema): array
    {
        return isset($schema['$ref']) ? $this->definitions[substr($schema['$ref'], strlen('#/$defs/'))] : $schema;
    }

    private function named(Type $type, Scope $scope): Codec
    {
        $name = strtolower($type->name);
        if ($name === 'tuple') {
            return $this->tuple($type->parts, $scope);
        }
        if (in_array($name, self::LISTS, true)) {
            return $this->collection($name, $type->parts, $scope);
        }
        if ($name === 'int' && $type->parts !== []) {
            return Scalars::range($type->parts);
        }
        $isKeyword = preg_match('/^[a-z-]+$/', $type->name) && Scalars::find($type->name) !== null;
        $resolved = $isKeyword ? $type->name : $scope->resolve($type->name);
        return Scalars::find($resolved) ?? $this->classOf(ltrim($resolved, '\\'), $type->name);
    }

    /** @param list<mixed> $values */
    private function literals(array $values): Codec
    {
        return new Codec(['enum' => $values], static fn (mixed $value): bool => in_array($value, $values, true));
    }

    /** @param list<Type> $members */
    private function union(array $members, Scope $scope): Codec
    {
        $isLiteral = static fn (Type $one): bool => $one->kind === 'literal';
        $values = array_map(static fn (Type $one): mixed => $one->value, array_values(array_filter($members, $isLiteral)));
        $codecs = $values === [] ? [] : [$this->literals($values)];
        foreach (self::joinNumbers($members) as $member) {
            if (!$isLiteral($member)) {
                $codecs[] = $this->compile($member, $scope);
            }
        }
        return count($codecs) === 1 ? $codecs[0] : self::oneOf($codecs);
    }

    /**
     * A number that may be whole or not is one type to JSON.
     *
     * @param list<Type> $members
     *
     * @return list<Type>
     */
    private static function joinNumbers(array $members): array
    {
        $isNumber = static fn (Type $one): bool => $one->parts === [] && in_array($one->name, ['int', 'float'], true);
        $names = array_map(static fn (Type $one): string => $one->name, array_filter($members, $isNumber));
        if (count(array_unique($names)) < 2) {
            return $members;
        }
        return [...array_filter($members, static fn (Type $one): bool => !$isNumber($one)), Type::named('number')];
    }

    /** @param list<Codec> $codecs */
    private static function oneOf(array $codecs): Codec
    {
        $find = static function (mixed $value) use ($codecs): ?Codec {
            foreach ($codecs as $codec) {
                if (($codec->fits)($value)) {
                    return $codec;
                }
            }
            return null;
        };
        return new Codec(
            ['anyOf' => array_map(static fn (Codec $one): array => $one->schema, $codecs)],
            static fn (mixed $value): bool => $find($value) !== null,
            static fn (mixed $value): mixed => $find($value)?->decode($value) ?? $value,
            self::encodeOneOf($codecs),
        );
    }

    /**
     * Of several, what is no null has one way to be written or none.
     *
     * @param list<Codec> $codecs
     */
    private static function encodeOneOf(array $codecs): ?\Closure
    {
        $others = array_values(array_filter($codecs, static fn (Codec $one): bool => $one->schema !== ['type' => 'null']));
        $encode = count($others) === 1 ? $others[0]->encode : null;
        return $encode === null ? null : static fn (mixed $value): mixed => $value === null ? null : $encode($value);
    }

    /** @param list<Type> $arguments */
    private function collection(string $name, array $arguments, Scope $scope): Codec
    {
        if ($arguments === []) {
            throw new Inexpressible("`$name` does not say what it holds: write list<T>, array<string, T> or array{name: T} in the PHPDoc");
        }
        $key = count($arguments) > 1 ? strtolower($arguments[0]->name) : 'int';
        $item = $this->compile($arguments[count($arguments) - 1], $scope);
        $isList = in_array($key, ['int', 'integer', 'non-negative-int'], true);
        $codec = $isList ? self::listOf($item) : self::map($item);
        if (str_starts_with($name, 'non-empty-')) {
            $codec->schema[$codec->schema['type'] === 'array' ? 'minItems' : 'minProperties'] = 1;
        }
        return $codec;
    }

    private static function listOf(Codec $item): Codec
    {
        ['decode' => $decode, 'encode' => $encode, 'fits' => $fits] = get_object_vars($item);
        return new Codec(
            ['type' => 'array', 'items' => $item->schema],
            static fn (mixed $value): bool => is_array($value) && array_filter($value, $fits) === $value,
            $decode === null ? null : static fn (array $values): array => array_map($decode, $values),
            // A list may have lost items on the way; JSON's has no holes.
            static fn (mixed $values): mixed => is_array($values)
                ? array_values($encode === null ? $values : array_map($encode, $values))
                : $values,
        );
    }

    private static function map(Codec $item): Codec
    {
        ['decode' => $decode, 'encode' => $encode, 'fits' => $fits] = get_object_vars($item);
        $fitsAll = static fn (array $values): bool => count(array_filter($values, $fits)) === count($values);
        return new Codec(
            ['type' => 'object', 'additionalProperties' => $item->schema],
            static fn (mixed $value): bool => $value instanceof \stdClass && $fitsAll(get_object_vars($value)),
            static fn (\stdClass $value): array => $decode === null
                ? get_object_vars($value)
                : array_map($decode, get_object_vars($value)),
            static fn (mixed $values): mixed => is_array($values)
                ? new \ArrayObject($encode === null ? $values : array_map($encode, $values))
                : $values,
        );
    }

    /** @param list<Type> $types */
    private function tuple(array $types, Scope $scope): Codec
    {
        $codecs = array_map(fn (Type $one): Codec => $this->compile($one, $scope), $types);
        $count = count($codecs);
        $each = static fn (string $way): \Closure => static fn (mixed $values): mixed => is_array($values)
            ? array_map(static fn (Codec $codec, mixed $one): mixed => $codec->$way($one), $codecs, array_values($values))
            : $values;
        return new Codec(
            [
                'type' => 'array',
                'prefixItems' => array_map(static fn (Codec $one): array => $one->schema, $codecs),
                'items' => false,
                'minItems' => $count,
                'maxItems' => $count,
            ],
            static fn (mixed $value): bool => is_array($value) && count($value) === $count,
            $each('decode'),
            $each('encode'),
        );
    }

    /** @param array<string, array{Type, bool}> $fields */
    private function shape(array $fields, Scope $scope): Codec
    {
        $codecs = array_map(fn (array $field): Codec => $this->compile($field[0], $scope), $fields);
        $required = array_keys(array_filter($fields, static fn (array $field): bool => $field[1]));
        $fill = Fields::of($codecs, array_map('strval', $required));
        return new Codec(
            $fill->schema(),
            $fill->fits(...),
            $fill->decode(...),
            static fn (mixed $values): mixed => is_array($values) ? (object) $fill->encode($values) : $values,
        );
    }

    /** A class may hold itself: its codec is known before its fields are. */
    private function classOf(string $name, string $written): Codec
    {
        if (enum_exists($name)) {
            return ClassCodec::ofEnum($name);
        }
        if (is_a($name, \Traversable::class, true) && !is_a($name, \ArrayObject::class, true)) {
            throw new Inexpressible("$written can only be what the function returns: it streams");
        }
        if (!class_exists($name)) {
            throw new Inexpressible("there is no type $written; expected a type of PHP, a class, an enum or Runyard\\Bytes");
        }
        if (!isset($this->classes[$name])) {
            $key = str_replace('\\', '.', $name);
            $late = new class () {
                public Codec $codec;
            };
            $this->classes[$name] = new Codec(
                ['$ref' => "#/\$defs/$key"],
                static fn (mixed $value): bool => ($late->codec->fits)($value),
                static fn (mixed $value): mixed => $late->codec->decode($value),
                static fn (mixed $value): mixed => $late->codec->encode($value),
            );
            $late->codec = ClassCodec::of(new \ReflectionClass($name), $this);
            $this->definitions[$key] = $late->codec->schema;
        }
        return $this->classes[$name];
    }
}
