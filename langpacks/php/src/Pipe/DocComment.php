<?php

declare(strict_types=1);

namespace Runyard\Pipe;

use Runyard\Pipe\Types\Inexpressible;
use Runyard\Pipe\Types\TypeParser;

/** A PHPDoc comment: words, then tags. */
final class DocComment
{
    /** @param list<DocTag> $tags */
    private function __construct(public readonly string $text, private readonly array $tags)
    {
    }

    public static function parse(string $comment): self
    {
        $body = preg_replace(['{^\s*/\*\*\s?}', '{\s*\*/\s*$}', '{^[ \t]*\*[ \t]?}m'], '', $comment);
        $parts = preg_split('/^\s*(?=@)/m', trim((string) $body)) ?: [''];
        $text = str_starts_with($parts[0], '@') ? '' : trim((string) array_shift($parts));
        $paragraphs = preg_replace('/(?<!\n)\n(?!\n)/', ' ', $text);
        return new self((string) $paragraphs, array_map(self::readTag(...), $parts));
    }

    public function tag(string $kind): ?DocTag
    {
        return $this->tags($kind)[0] ?? null;
    }

    /** @return list<DocTag> */
    public function tags(string $kind): array
    {
        return array_values(array_filter($this->tags, static fn (DocTag $one): bool => $one->kind === $kind));
    }

    public function param(string $name): ?DocTag
    {
        $named = array_filter($this->tags('param'), static fn (DocTag $one): bool => $one->name === $name);
        return array_values($named)[0] ?? null;
    }

    /** `@param Type $name words`, `@return Type words`, `@var Type words`. */
    private static function readTag(string $source): DocTag
    {
        preg_match('/^@(?:phpstan-|psalm-)?([\w-]+)\s*(.*)$/s', trim($source), $match);
        [$kind, $rest] = [$match[1] ?? '', trim((string) preg_replace('/\s+/', ' ', $match[2] ?? ''))];
        if (!in_array($kind, ['param', 'return', 'var'], true)) {
            return new DocTag($kind, null, null, $rest);
        }
        [$type, $rest] = self::splitType($rest);
        preg_match('/^(?:&|\.\.\.)?\$(\w+)\s*(.*)$/s', $rest, $named);
        return new DocTag($kind, $named[1] ?? null, $type, $named === [] ? $rest : $named[2]);
    }

    /** @return array{?string, string} the type as it was written, which may be wrong, and the rest */
    private static function splitType(string $text): array
    {
        if (preg_match('/^(&|\.\.\.)?\$/', $text) || $text === '') {
            return [null, $text];
        }
        try {
            [, $rest] = TypeParser::parseStart($text);
        } catch (Inexpressible) {
            // It is refused where it is needed, as it stands.
            [$type, $rest] = preg_split('/\s+(?=\$)/', $text, 2) + [1 => ''];
            return [$type, $rest];
        }
        return [trim(substr($text, 0, strlen($text) - strlen($rest))), $rest];
    }
}
