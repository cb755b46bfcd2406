<?php

declare(strict_types=1);

namespace Runyard;

/**
 * Constraints of an argument or a property, as JSON Schema names them.
 *
 *     function run_find(#[Schema(minimum: 1, maximum: 100)] int $count = 3)
 */
#[\Attribute(\Attribute::TARGET_PARAMETER | \Attribute::TARGET_PROPERTY)]
final class Schema
{
    /** @var array<string, mixed> */
    public readonly array $keywords;

    public function __construct(mixed ...$keywords)
    {
        $this->keywords = $keywords;
    }
}
