<?php

declare(strict_types=1);

namespace Runyard;

/** The run was cancelled. */
class Cancelled extends \RuntimeException
{
    public function __construct(string $message = 'The run was cancelled')
    {
        parent::__construct($message);
    }
}
