<?php

declare(strict_types=1);

namespace Runyard;

/** Bytes, which JSON has no type for: a string of PHP that need not be text. */
final class Bytes implements \Countable, \Stringable
{
    public function __construct(public readonly string $data)
    {
    }

    public function count(): int
    {
        return strlen($this->data);
    }

    public function __toString(): string
    {
        return $this->data;
    }
}
