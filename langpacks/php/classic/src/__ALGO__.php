<?php

declare(strict_types=1);

/** The algorithm: what it is given as text, JSON or bytes (Runyard\Bytes), and what it gives back. */
function apply(mixed $input): mixed
{
    return 'hello ' . (is_string($input) ? $input : json_encode($input));
}
