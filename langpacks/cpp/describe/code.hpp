// What a project's source declares, as far as describing needs it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace describe {

struct Type {
    /// Without const, references and std::; with other namespaces as written.
    std::string name;
    std::vector<Type> arguments;
    /// As it is written, without const and reference at the outside: to declare a variable.
    std::string text;
    bool is_reference = false;
    bool is_pointer = false;
    bool is_const = false;
};

struct Variable {
    Type type;
    std::string name;
    /// The tokens after `=` or in braces; absent when there are none.
    std::optional<std::string> initial;
    bool is_text_initial = false;
    bool is_constant = false;
    std::string comment;
    int line = 0;
};

struct Struct {
    /// With its namespaces.
    std::string name;
    std::vector<Variable> fields;
    std::string comment;
    /// Why it cannot be read, where it cannot.
    std::string problem;
};

struct Enum {
    std::string name;
    std::vector<std::string> members;
};

struct Function {
    std::string name;
    std::string qualified;
    Type result;
    std::vector<Variable> parameters;
    std::string comment;
    std::string problem;
    std::string file;
    int line = 0;
};

struct Problem {
    std::string file;
    int line;
    std::string function;
    std::string argument;
    std::string message;
};

/// Everything that was found.
struct Code {
    std::map<std::string, Struct> structs;
    std::map<std::string, Enum> enums;
    std::map<std::string, Type> aliases;
    std::vector<Function> functions;
    std::string limits;
    int limits_line = 0;
    std::optional<std::string> concurrency;
    int concurrency_line = 0;
    std::vector<Problem> problems;
};

} // namespace describe
