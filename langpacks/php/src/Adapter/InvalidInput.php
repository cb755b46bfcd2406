<?php

declare(strict_types=1);

namespace Runyard;

/**
 * The caller sent a value the algorithm cannot work with: the task ends at once and is not tried again.
 *
 *     throw new InvalidInput('is no image', 'image_url');
 */
class InvalidInput extends \InvalidArgumentException
{
    /** @param string|list<string|int>|null $path what is wrong, as `image_url`, `/items/3/name` or `['items', 3]` */
    public function __construct(
        string $message = '',
        public readonly string|array|null $path = null,
        ?\Throwable $previous = null,
    ) {
        parent::__construct($message, 0, $previous);
    }
}
