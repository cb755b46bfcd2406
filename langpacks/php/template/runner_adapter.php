<?php

// Each function whose name begins with run_ is an algorithm: described, validated, queued and served.

declare(strict_types=1);

use Runyard\Schema;

/**
 * Counts words and characters.
 *
 * @param string $text  what to count
 * @param int    $times how often the text counts
 *
 * @return array<string, int>
 */
function run___ALGO__(string $text, #[Schema(minimum: 1)] int $times = 1): array
{
    $words = preg_split('/\s+/', $text, -1, PREG_SPLIT_NO_EMPTY);
    return ['words' => count($words) * $times, 'characters' => iconv_strlen($text, 'UTF-8') * $times];
}
