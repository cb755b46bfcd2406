<?php

declare(strict_types=1);

namespace Runyard\Pipe;

/** One tag of a PHPDoc comment. */
final class DocTag
{
    public function __construct(
        public readonly string $kind,
        public readonly ?string $name,
        public readonly ?string $type,
        public readonly string $text,
    ) {
    }
}
