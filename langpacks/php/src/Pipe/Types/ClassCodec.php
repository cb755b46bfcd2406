<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

use Runyard\Pipe\DocComment;

/** Objects of a class: the arguments of its constructor, or its public properties where it has none. */
final class ClassCodec
{
    /** @param class-string<\UnitEnum> $name */
    public static function ofEnum(string $name): Codec
    {
        $cases = [];
        foreach ($name::cases() as $case) {
            $cases[$case instanceof \BackedEnum ? $case->value : $case->name] = $case;
        }
        $values = array_keys($cases);
        return new Codec(
            ['enum' => $values],
            static fn (mixed $value): bool => in_array($value, $values, true),
            static fn (int|string $value): \UnitEnum => $cases[$value],
        );
    }

    /** @param \ReflectionClass<object> $class */
    public static function of(\ReflectionClass $class, Compiler $compiler): Codec
    {
        if (!$class->isUserDefined() || !$class->isInstantiable()) {
            $what = $class->isInstantiable() ? 'a class of PHP' : 'no class of which objects can be made';
            throw new Inexpressible("{$class->getName()} is $what; take a class with typed properties");
        }
        $constructor = $class->getConstructor();
        [$codecs, $required] = $constructor !== null && $constructor->getNumberOfParameters() > 0
            ? self::readConstructor($class, $constructor, $compiler)
            : self::readProperties($class, $compiler);
        $fields = Fields::of($codecs, $required);
        $text = DocComment::parse((string) $class->getDocComment())->text;
        return new Codec(
            $text === '' ? $fields->schema() : [...$fields->schema(), 'description' => $text],
            $fields->fits(...),
            self::decoder($class, $fields),
            static fn (mixed $value): mixed => $value instanceof $class->name && !$value instanceof \JsonSerializable
                ? (object) $fields->encode(get_object_vars($value))
                : $value,
        );
    }

    /**
     * @param \ReflectionClass<object> $class
     *
     * @return array{array<string, Codec>, list<string>}
     */
    private static function readConstructor(\ReflectionClass $class, \ReflectionMethod $constructor, Compiler $compiler): array
    {
        $scope = Scope::ofClass($class);
        $comment = DocComment::parse((string) $constructor->getDocComment());
        $codecs = $required = [];
        foreach ($constructor->getParameters() as $parameter) {
            $name = $parameter->getName();
            $property = $parameter->isPromoted() ? DocComment::parse((string) $class->getProperty($name)->getDocComment()) : null;
            $tag = $property?->tag('var') ?? $comment->param($name);
            $text = trim(($tag?->text ?? '') . ' ' . ($property?->text ?? ''));
            $codecs[$name] = self::field($compiler, $scope, $class, $parameter, $tag?->type, $text);
            if (!$parameter->isOptional()) {
                $required[] = $name;
            }
        }
        return [$codecs, $required];
    }

    /**
     * @param \ReflectionClass<object> $class
     *
     * @return array{array<string, Codec>, list<string>}
     */
    private static function readProperties(\ReflectionClass $class, Compiler $compiler): array
    {
        $scope = Scope::ofClass($class);
        $codecs = $required = [];
        foreach ($class->getProperties(\ReflectionProperty::IS_PUBLIC) as $property) {
            $comment = DocComment::parse((string) $property->getDocComment());
            $tag = $comment->tag('var');
            $text = trim(($tag?->text ?? '') . ' ' . $comment->text);
            $codecs[$property->getName()] = self::field($compiler, $scope, $class, $property, $tag?->type, $text);
            if (!$property->hasDefaultValue()) {
                $required[] = $property->getName();
            }
        }
        return [$codecs, $required];
    }

    /** @param \ReflectionClass<object> $class */
    private static function field(
        Compiler $compiler,
        Scope $scope,
        \ReflectionClass $class,
        \ReflectionParameter|\ReflectionProperty $field,
        ?string $documented,
        string $text,
    ): Codec {
        try {
            $type = $documented === null ? Type::fromReflection($field->getType()) : TypeParser::parseStart($documented)[0];
            $codec = $compiler->compile($type ?? throw new Inexpressible('has no type; write one'), $scope);
            return Constraints::apply($codec, $text, $field);
        } catch (Inexpressible $error) {
            throw new Inexpressible("{$class->getName()}::\${$field->getName()}: {$error->getMessage()}");
        }
    }

    /** @param \ReflectionClass<object> $class */
    private static function decoder(\ReflectionClass $class, Fields $fields): \Closure
    {
        $name = $class->getName();
        if ($class->getConstructor()?->getNumberOfParameters() > 0) {
            return static fn (\stdClass $value): object => new $name(...$fields->decode($value));
        }
        return static function (\stdClass $value) use ($name, $fields): object {
            $object = new $name();
            foreach ($fields->decode($value) as $property => $one) {
                $object->$property = $one;
            }
            return $object;
        };
    }
}
