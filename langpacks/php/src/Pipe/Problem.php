<?php

declare(strict_types=1);

namespace Runyard\Pipe;

/** Something in the adapter that cannot be described. */
final class Problem
{
    public function __construct(
        public readonly string $file,
        public readonly ?int $line,
        public readonly ?string $function,
        public readonly ?string $argument,
        public readonly string $message,
    ) {
    }
}
