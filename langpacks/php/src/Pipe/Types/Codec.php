<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

/** A type as its schema, the ways from JSON to PHP and back, and a test that tells it from the others of a union. */
final class Codec
{
    /**
     * @param array<string, mixed>         $schema an empty one takes anything
     * @param \Closure(mixed): bool        $fits   of a value as json_decode gave it
     * @param \Closure(mixed): mixed|null  $decode null where it is PHP's value already; the parent has checked it
     * @param \Closure(mixed): mixed|null  $encode null where the value itself tells how it is written
     */
    public function __construct(
        public array $schema,
        public \Closure $fits,
        public ?\Closure $decode = null,
        public ?\Closure $encode = null,
    ) {
    }

    public function decode(mixed $value): mixed
    {
        return $this->decode === null ? $value : ($this->decode)($value);
    }

    public function encode(mixed $value): mixed
    {
        return $this->encode === null ? $value : ($this->encode)($value);
    }

    /** @param array<string, mixed> $schema */
    public function withSchema(array $schema): self
    {
        return new self($schema, $this->fits, $this->decode, $this->encode);
    }
}
