<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

/** A type as it was written, before it is known what it means. */
final class Type
{
    /**
     * @param string                      $kind   `name`, `literal`, `union` or `shape`
     * @param list<Type>                  $parts  arguments of a name, or members of a union
     * @param array<string, array{Type, bool}> $fields of a shape, each with whether it is required
     */
    private function __construct(
        public readonly string $kind,
        public readonly string $name = '',
        public readonly array $parts = [],
        public readonly array $fields = [],
        public readonly mixed $value = null,
    ) {
    }

    public static function named(string $name, self ...$arguments): self
    {
        return new self('name', $name, array_values($arguments));
    }

    public static function literal(mixed $value): self
    {
        return new self('literal', value: $value);
    }

    /** Unions inside of it become part of it. */
    public static function union(self ...$members): self
    {
        $flat = [];
        foreach ($members as $member) {
            array_push($flat, ...($member->kind === 'union' ? $member->parts : [$member]));
        }
        return count($flat) === 1 ? $flat[0] : new self('union', parts: $flat);
    }

    /** @param array<string, array{Type, bool}> $fields */
    public static function shape(array $fields): self
    {
        return new self('shape', fields: $fields);
    }

    public static function tuple(self ...$items): self
    {
        return new self('name', 'tuple', array_values($items));
    }

    public static function fromReflection(?\ReflectionType $type): ?self
    {
        return match (true) {
            $type === null => null,
            $type instanceof \ReflectionUnionType => self::union(...array_map(self::fromReflection(...), $type->getTypes())),
            $type instanceof \ReflectionNamedType => self::fromNamed($type),
            default => throw new Inexpressible("the type $type has no schema; take a class or a union"),
        };
    }

    private static function fromNamed(\ReflectionNamedType $type): self
    {
        $named = self::named(($type->isBuiltin() ? '' : '\\') . $type->getName());
        $isNullable = $type->allowsNull() && !in_array($type->getName(), ['null', 'mixed'], true);
        return $isNullable ? self::union($named, self::named('null')) : $named;
    }

    /** Whether it says no more than PHP's own `array` does. */
    public function isVague(): bool
    {
        $vague = static fn (self $one): bool => $one->kind === 'name' && $one->parts === []
            && in_array($one->name, ['array', 'iterable', '\Generator', '\Iterator', '\Traversable', '\IteratorAggregate'], true);
        return $vague($this) || ($this->kind === 'union' && array_filter($this->parts, $vague) !== []);
    }
}
