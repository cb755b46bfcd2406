<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

use Runyard\Schema;

/** Descriptions, and constraints: `{@minimum 1}` within them, or the attribute `#[Schema(minimum: 1)]`. */
final class Constraints
{
    private const TAG = '/\{@(\w+)((?:[^{}]|\{[^{}]*\})*)\}/';
    private const NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
    private const TEXTS = ['minLength', 'maxLength', 'pattern', 'format'];
    private const LISTS = ['minItems', 'maxItems', 'uniqueItems'];
    private const OBJECTS = ['minProperties', 'maxProperties'];
    private const WORDS = ['title', 'examples', 'deprecated', 'description'];
    private const AS_WRITTEN = ['pattern', 'format', 'title', 'description'];

    /** @throws Inexpressible for a constraint there is not, or that does not fit the type */
    public static function apply(Codec $codec, string $text, \ReflectionParameter|\ReflectionProperty|null $place = null): Codec
    {
        $schema = $codec->schema;
        foreach (self::stated($text, $place) as $word => $value) {
            $schema = self::constrain($schema, $word, $value);
        }
        $description = trim((string) preg_replace(['/\s*' . substr(self::TAG, 1, -1) . '/', '/\s+/'], ['', ' '], $text));
        return $codec->withSchema($description === '' ? $schema : [...$schema, 'description' => $description]);
    }

    /** @return array<string, mixed> */
    private static function stated(string $text, \ReflectionParameter|\ReflectionProperty|null $place): array
    {
        $stated = [];
        preg_match_all(self::TAG, $text, $matches, PREG_SET_ORDER);
        foreach ($matches as [, $word, $value]) {
            $stated[$word] = self::parse($word, trim($value));
        }
        foreach ($place?->getAttributes(Schema::class) ?? [] as $attribute) {
            $stated = [...$stated, ...$attribute->newInstance()->keywords];
        }
        return $stated;
    }

    private static function parse(string $word, string $text): mixed
    {
        if (in_array($word, self::AS_WRITTEN, true)) {
            return $text;
        }
        $value = $text === '' ? true : json_decode($text);
        return $value ?? throw new Inexpressible("{@$word $text}: expected a JSON value");
    }

    /**
     * @param array<string, mixed> $schema
     *
     * @return array<string, mixed>
     */
    private static function constrain(array $schema, string $word, mixed $value): array
    {
        if ($word === 'integer') {
            return [...$schema, 'type' => 'integer'];
        }
        if (in_array($word, self::WORDS, true) || str_starts_with($word, 'x-')) {
            return [...$schema, $word => $value];
        }
        $types = match (true) {
            in_array($word, self::NUMBERS, true) => ['integer', 'number'],
            in_array($word, self::TEXTS, true) => ['string'],
            in_array($word, self::LISTS, true) => ['array'],
            in_array($word, self::OBJECTS, true) => ['object'],
            default => throw new Inexpressible(self::unknown($word)),
        };
        $isNumeric = in_array($word, self::NUMBERS, true) || preg_match('/^(min|max)/', $word);
        if ($isNumeric && !is_int($value) && !is_float($value)) {
            throw new Inexpressible("$word: expected a number, but it is " . json_encode($value));
        }
        return self::add($schema, $word, $value, $types)
            ?? throw new Inexpressible("$word is for " . implode(' and ', $types) . ', not for ' . json_encode($schema));
    }

    /**
     * On the members of a union that it fits.
     *
     * @param array<string, mixed> $schema
     * @param list<string>         $types
     *
     * @return array<string, mixed>|null
     */
    private static function add(array $schema, string $word, mixed $value, array $types): ?array
    {
        if (in_array($schema['type'] ?? '', $types, true)) {
            return [...$schema, $word => $value];
        }
        $members = array_map(
            static fn (array $one): ?array => self::add($one, $word, $value, $types),
            $schema['anyOf'] ?? [],
        );
        if (array_filter($members) === []) {
            return null;
        }
        return [...$schema, 'anyOf' => array_map(static fn (?array $a, array $b): array => $a ?? $b, $members, $schema['anyOf'])];
    }

    private static function unknown(string $word): string
    {
        $known = [...self::NUMBERS, ...self::TEXTS, ...self::LISTS, ...self::OBJECTS, ...self::WORDS, 'integer'];
        usort($known, static fn (string $a, string $b): int => levenshtein($word, $a) <=> levenshtein($word, $b));
        return "$word is no constraint; did you mean {$known[0]}?";
    }
}
