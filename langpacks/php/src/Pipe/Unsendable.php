<?php

declare(strict_types=1);

namespace Runyard\Pipe;

/** A value has no JSON form. The message says where and what. */
final class Unsendable extends \RuntimeException
{
    /** @param list<string|int> $path */
    public function __construct(array $path, string $reason)
    {
        parent::__construct(($path === [] ? 'the result' : JsonText::pointer($path)) . ": $reason");
    }
}
