<?php

declare(strict_types=1);

namespace Runyard\Pipe;

use Runyard\Context;
use Runyard\Pipe\Types\Codec;
use Runyard\Pipe\Types\Compiler;
use Runyard\Pipe\Types\Constraints;
use Runyard\Pipe\Types\Fields;
use Runyard\Pipe\Types\Inexpressible;
use Runyard\Pipe\Types\Scope;
use Runyard\Pipe\Types\Type;
use Runyard\Pipe\Types\TypeParser;

/** Reads a function: its arguments and types by reflection, what PHP's types cannot say from its PHPDoc. */
final class Signature
{
    private const STREAMS = ['\generator', '\iterator', '\traversable', '\iteratoraggregate', 'iterable'];

    /** @var list<Problem> everything that is wrong with it */
    public array $problems = [];
    private readonly DocComment $comment;
    private readonly Scope $scope;
    private readonly string $kind;
    private readonly string $name;

    public function __construct(private readonly \ReflectionFunction $function, private readonly string $file)
    {
        [$this->kind, $this->name] = explode('_', $function->getShortName(), 2);
        $this->comment = DocComment::parse((string) $function->getDocComment());
        $this->scope = Scope::ofFile((string) $function->getFileName());
    }

    /** Null when there are problems. */
    public function read(): ?Algorithm
    {
        if (!preg_match('/^\w+$/', $this->name)) {
            $this->complain(null, 'the name of an algorithm is made of the letters a to z, digits and _');
        }
        $this->checkTags();
        return $this->kind === 'batch' ? $this->readBatch() : $this->readSingle();
    }

    private function readSingle(): ?Algorithm
    {
        $compiler = new Compiler();
        $codecs = $required = [];
        foreach ($this->parameters() as $parameter) {
            $codecs[$parameter->getName()] = $this->readArgument($compiler, $parameter);
            if (!$parameter->isOptional()) {
                $required[] = $parameter->getName();
            }
        }
        $codecs = array_filter($codecs);
        $returned = $this->returned();
        $mode = $this->isStream($returned) ? 'stream' : 'unary';
        $input = $compiler->document(Fields::of($codecs, $required)->schema());
        return $this->finish($mode, $input, $codecs, null, $mode === 'stream' ? $this->partOf($returned) : $returned);
    }

    /** @return list<\ReflectionParameter> */
    private function parameters(): array
    {
        $isArgument = fn (\ReflectionParameter $one): bool => $one->getName() !== $this->contextName();
        return array_values(array_filter($this->function->getParameters(), $isArgument));
    }

    private function contextName(): ?string
    {
        foreach ($this->function->getParameters() as $parameter) {
            $type = $parameter->getType();
            $isContext = $type instanceof \ReflectionNamedType && $type->getName() === Context::class;
            if ($isContext || $parameter->getName() === 'ctx') {
                return $parameter->getName();
            }
        }
        return null;
    }

    private function readArgument(Compiler $compiler, \ReflectionParameter $parameter): ?Codec
    {
        $name = $parameter->getName();
        if ($parameter->isVariadic()) {
            return $this->complain($name, "...\$$name has no names to call it by; take a list");
        }
        if ($parameter->isPassedByReference()) {
            return $this->complain($name, 'is passed by reference; return what changes');
        }
        try {
            $tag = $this->comment->param($name);
            $type = $this->typeOf($tag, $parameter->getType());
            $codec = $compiler->compile($type ?? throw new Inexpressible('has no type; write one'), $this->scope);
            $codec = Constraints::apply($codec, $tag?->text ?? '', $parameter);
            return $parameter->isDefaultValueAvailable() ? $this->withDefault($codec, $parameter->getDefaultValue()) : $codec;
        } catch (Inexpressible $error) {
            return $this->complain($name, $error->getMessage());
        }
    }

    private function typeOf(?DocTag $tag, ?\ReflectionType $declared): ?Type
    {
        if ($tag?->type === null) {
            return Type::fromReflection($declared);
        }
        $documented = TypeParser::parseStart($tag->type)[0];
        // `@param array $x` beside `list<T>` elsewhere says nothing that PHP's own type does not say better.
        return $documented->isVague() ? Type::fromReflection($declared) ?? $documented : $documented;
    }

    /** A default of null permits null; one that JSON cannot hold is not shown. */
    private function withDefault(Codec $codec, mixed $default): Codec
    {
        try {
            $plain = json_decode(JsonText::encode($codec->encode($default)));
        } catch (Unsendable) {
            return $codec;
        }
        if ($default === null && !($codec->fits)(null)) {
            $codec = self::nullable($codec);
        }
        return $codec->withSchema([...$codec->schema, 'default' => $plain]);
    }

    private static function nullable(Codec $codec): Codec
    {
        $outside = array_intersect_key($codec->schema, ['description' => true]);
        $inside = array_diff_key($codec->schema, $outside);
        $members = array_keys($inside) === ['anyOf'] ? $inside['anyOf'] : [$inside];
        return new Codec(
            ['anyOf' => [...$members, ['type' => 'null']], ...$outside],
            static fn (mixed $value): bool => $value === null || ($codec->fits)($value),
            static fn (mixed $value): mixed => $value === null ? null : $codec->decode($value),
        );
    }

    private function returned(): ?Type
    {
        try {
            return $this->typeOf($this->comment->tag('return'), $this->function->getReturnType());
        } catch (Inexpressible $error) {
            return $this->complain('return', $error->getMessage());
        }
    }

    private function isStream(?Type $returned): bool
    {
        return $this->function->isGenerator() || ($returned?->kind === 'name' && $this->isStreamName($returned->name));
    }

    private function isStreamName(string $name): bool
    {
        return in_array(strtolower($name === 'iterable' ? $name : $this->scope->resolve($name)), self::STREAMS, true);
    }

    /** The last but for Generator, which has four: key, value, what is sent and what is returned. */
    private function partOf(?Type $stream): ?Type
    {
        $parts = $stream?->parts ?? [];
        return count($parts) > 1 ? $parts[1] : $parts[0] ?? null;
    }

    /** `batch_<name>($items)`: the fields of an item are the arguments of one caller. */
    private function readBatch(): ?Algorithm
    {
        $parameters = $this->parameters();
        if (count($parameters) !== 1) {
            return $this->complain(null, 'a batch function takes one argument, a list of items (and $ctx when it wants)');
        }
        $compiler = new Compiler();
        $name = $parameters[0]->getName();
        $item = $schema = null;
        try {
            $type = $this->typeOf($this->comment->param($name), $parameters[0]->getType());
            $item = $compiler->compile($this->itemOf($type), $this->scope);
            $schema = $compiler->resolve($item->schema);
            if (($schema['type'] ?? '') !== 'object') {
                $this->complain($name, 'the items of a batch are objects: list<array{name: T}>, or a list of a class');
            }
        } catch (Inexpressible $error) {
            $this->complain($name, $error->getMessage());
        }
        return $this->finish('batch', $compiler->document($schema ?? []), [], $item, $this->batchResult());
    }

    private function itemOf(?Type $type): Type
    {
        $isList = $type?->kind === 'name' && in_array($type->name, ['list', 'array', 'iterable'], true) && $type->parts !== [];
        return $isList ? $type->parts[count($type->parts) - 1]
            : throw new Inexpressible('a batch function takes list<T> and returns one, as its PHPDoc says');
    }

    /** Exceptions in place of results are errors, not part of the schema. */
    private function batchResult(): ?Type
    {
        $returned = $this->returned();
        if ($returned === null || $returned->isVague()) {
            return null;
        }
        try {
            $item = $this->itemOf($returned);
        } catch (Inexpressible $error) {
            return $this->complain('return', $error->getMessage());
        }
        $isResult = fn (Type $one): bool => !is_a(ltrim($this->scope->resolve($one->name ?: 'x'), '\\'), \Throwable::class, true);
        return $item->kind === 'union' ? Type::union(...array_filter($item->parts, $isResult)) : $item;
    }

    /**
     * @param array<string, mixed> $input
     * @param array<string, Codec> $arguments
     */
    private function finish(string $mode, array $input, array $arguments, ?Codec $item, ?Type $result): ?Algorithm
    {
        $compiler = new Compiler();
        $output = $this->compileResult($compiler, $result);
        if ($this->problems !== []) {
            return null;
        }
        $descriptor = array_filter([
            'name' => $this->name,
            'description' => $this->comment->text,
            'mode' => $mode,
            'input' => SchemaText::toJson($input),
            'output' => $output === null ? null : SchemaText::toJson($compiler->document($output->schema)),
        ], static fn (mixed $one): bool => $one !== null && $one !== '');
        $function = $this->function->getName();
        return new Algorithm($this->name, $mode, $function, $descriptor, $arguments, $this->contextName(), $item, $output);
    }

    /** What PHP's `array` alone says of a result is nothing to tell. */
    private function compileResult(Compiler $compiler, ?Type $type): ?Codec
    {
        if ($type === null || $type->isVague()) {
            return null;
        }
        try {
            return Constraints::apply($compiler->compile($type, $this->scope), $this->comment->tag('return')?->text ?? '');
        } catch (Inexpressible $error) {
            return $this->complain('return', $error->getMessage());
        }
    }

    private function checkTags(): void
    {
        $names = array_map(static fn (\ReflectionParameter $one): string => $one->getName(), $this->function->getParameters());
        foreach ($this->comment->tags('param') as $tag) {
            if (!in_array($tag->name, $names, true)) {
                $known = $names === [] ? 'it takes none' : 'there are ' . implode(', ', $names);
                $this->complain($tag->name, "there is a comment on it, but no argument of this name; $known");
            }
        }
    }

    private function complain(?string $argument, string $message): mixed
    {
        $line = $this->function->getStartLine() ?: null;
        $this->problems[] = new Problem($this->file, $line, $this->function->getShortName(), $argument, $message);
        return null;
    }
}
