// Reads declarations of functions, aggregates, enums and aliases; everything else is passed over.
#pragma once

#include "code.hpp"
#include "lexer.hpp"

#include <set>

namespace describe {

inline std::string last_of(const std::string &name) {
    const auto at = name.rfind("::");
    return at == std::string::npos ? name : name.substr(at + 2);
}

class Parser {
  public:
    Parser(Code &code, std::string file, std::vector<Token> tokens)
        : code_(code), file_(std::move(file)), tokens_(std::move(tokens)) {}

    void read() {
        while (here().kind != Token::end) {
            if (is("}")) leave();
            else declaration();
        }
    }

  private:
    const Token &here(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    bool is(const std::string &value, std::size_t ahead = 0) const {
        return here(ahead).kind != Token::text && here(ahead).value == value;
    }
    bool take(const std::string &value) { return is(value) ? (++at_, true) : false; }

    std::string scoped(const std::string &name) const {
        std::string made;
        for (const auto &scope : scopes_) made += scope.empty() ? "" : scope + "::";
        return made + name;
    }

    void leave() {
        ++at_;
        if (!scopes_.empty()) scopes_.pop_back();
    }

    void declaration() {
        if (take(";")) return;
        if (is("namespace")) return enter();
        if (is("template")) return skip_template();
        if (is("using") || is("typedef")) return alias();
        if (is("extern") && here(1).kind == Token::text && is("{", 2)) {
            at_ += 3;
            scopes_.push_back("");
            return;
        }
        if (is("enum")) return enumeration();
        if (is("struct") || is("class") || is("union")) return structure();
        function_or_variable();
    }

    void enter() {
        ++at_;
        std::string name;
        while (here().kind != Token::end && !is("{") && !is(";") && !is("=")) name += here().value, ++at_;
        if (take("{")) scopes_.push_back(name);
        else skip_statement();
    }

    void skip_template() {
        ++at_;
        if (is("<")) skip_angles();
        if (is("struct") || is("class")) return skip_statement();
        const auto before = code_.functions.size();
        function_or_variable();
        for (auto at = before; at < code_.functions.size(); ++at) {
            code_.functions[at].problem = "an algorithm is no template: name its types";
        }
    }

    void skip_angles() {
        int depth = 0;
        do {
            if (is("<")) ++depth;
            if (is(">")) --depth;
            ++at_;
        } while (depth > 0 && here().kind != Token::end);
    }

    /// Passes over what is in brackets of any kind.
    void skip_brackets() {
        int depth = 0;
        do {
            if (is("(") || is("{") || is("[") || is("[[")) ++depth;
            if (is(")") || is("}") || is("]") || is("]]")) --depth;
            ++at_;
        } while (depth > 0 && here().kind != Token::end);
    }

    void skip_statement() {
        while (here().kind != Token::end && !is(";") && !is("}")) {
            if (is("{")) {
                skip_brackets();
                if (!is(";") && !is(",")) return;
            } else if (is("(") || is("[") || is("[[")) skip_brackets();
            else ++at_;
        }
        take(";");
    }

    void alias() {
        if (is("using") && here(1).kind == Token::word && is("=", 2)) {
            const auto name = scoped(here(1).value);
            at_ += 3;
            if (auto type = parse_type()) code_.aliases[name] = *type;
        }
        skip_statement();
    }

    void enumeration() {
        ++at_;
        if (!take("class")) take("struct");
        Enum found{scoped(here().value), {}};
        ++at_;
        while (here().kind != Token::end && !is("{") && !is(";")) ++at_;
        if (take("{")) {
            while (here().kind != Token::end && !is("}")) {
                found.members.push_back(here().value);
                while (here().kind != Token::end && !is(",") && !is("}")) ++at_;
                take(",");
            }
            take("}");
            code_.enums[found.name] = found;
        }
        take(";");
    }

    void structure() {
        const bool is_struct = is("struct");
        const auto comment = here().comment;
        ++at_;
        while (is("[[")) skip_brackets();
        Struct found;
        found.name = scoped(here().value);
        found.comment = comment;
        ++at_;
        if (!is_struct) found.problem = "it is no struct";
        while (here().kind != Token::end && !is("{") && !is(";")) {
            if (is(":")) found.problem = "it has a base: only aggregates are described";
            ++at_;
        }
        if (take("{")) {
            scopes_.push_back(last_of(found.name));
            while (here().kind != Token::end && !is("}")) member(found);
            scopes_.pop_back();
            take("}");
            code_.structs[found.name] = found;
        }
        skip_statement();
    }

    void member(Struct &owner) {
        if (is("struct") || is("class") || is("union")) return structure();
        if (is("enum")) return enumeration();
        if (is("using") || is("typedef")) return alias();
        if ((is("public") || is("private") || is("protected")) && is(":", 1)) {
            if (!is("public")) owner.problem = "it has private members: only aggregates are described";
            at_ += 2;
            return;
        }
        const auto start = at_;
        auto field = variable(true);
        const bool is_method = !field || is("(");
        if (!is_method) {
            if (!field->is_constant) owner.fields.push_back(*field);
            else if (field->is_text_initial) owner.fields.push_back(*field);
            if (take(";")) return;
        } else at_ = start;
        skip_statement();
    }

    /// `specifiers Type name [= value | {value}]`, up to what follows.
    std::optional<Variable> variable(bool as_member) {
        Variable found;
        found.comment = here().comment;
        found.line = here().line;
        bool is_static = false, is_constexpr = false;
        for (;; ++at_) {
            if (is("[[")) skip_brackets(), --at_;
            else if (is("static")) is_static = true;
            else if (is("constexpr")) is_constexpr = true;
            else if (!is("inline") && !is("mutable") && !is("friend") && !is("virtual") && !is("explicit") &&
                     !is("extern"))
                break;
        }
        auto type = parse_type();
        if (!type || here().kind != Token::word) return std::nullopt;
        found.type = *type;
        found.name = here().value;
        if (found.comment.empty()) found.comment = here().comment;
        ++at_;
        found.is_constant = is_static && is_constexpr;
        if (as_member && is_static && !is_constexpr) found.is_constant = true;
        if (is("=") || is("{")) {
            const bool braces = is("{");
            if (!braces) ++at_;
            found.is_text_initial = here().kind == Token::text;
            found.initial = braces ? brace_text() : expression();
        }
        if (found.comment.empty() && is(";")) found.comment = here().comment;
        return found;
    }

    std::string brace_text() {
        const auto start = at_;
        skip_brackets();
        return text_of(start, at_);
    }

    /// The tokens up to a comma, a semicolon or a closing bracket.
    std::string expression() {
        const auto start = at_;
        int angles = 0;
        while (here().kind != Token::end && !is(";") && !is(")") && !is("}") && !(is(",") && angles == 0)) {
            if (is("(") || is("{") || is("[")) {
                skip_brackets();
                continue;
            }
            if (is("<")) ++angles;
            if (is(">")) --angles;
            ++at_;
        }
        return text_of(start, at_);
    }

    std::string text_of(std::size_t from, std::size_t to) const {
        std::string made;
        for (auto at = from; at < to; ++at) {
            const auto &token = tokens_[at];
            if (!made.empty() && token.kind != Token::symbol && tokens_[at - 1].kind != Token::symbol) made += ' ';
            if (token.kind != Token::text) made += token.value;
            else {
                made += '"';
                for (char letter : token.value)
                    made += letter == '"' || letter == '\\' ? std::string("\\") + letter : std::string(1, letter);
                made += '"';
            }
        }
        return made;
    }

    std::optional<Type> parse_type() {
        static const std::set<std::string> parts = {"unsigned", "signed", "long", "short", "int", "char", "double"};
        Type found;
        found.is_const = take("const");
        const auto start = at_;
        take("::");
        if (parts.count(here().value)) {
            while (parts.count(here().value)) found.name += (found.name.empty() ? "" : " ") + here().value, ++at_;
        } else {
            do {
                if (here().kind != Token::word) return std::nullopt;
                found.name += (found.name.empty() ? "" : "::") + here().value;
                ++at_;
                if (is("<") && !arguments(found)) return std::nullopt;
            } while (take("::"));
        }
        found.text = text_of(start, at_);
        for (;; ++at_) {
            if (is("const")) found.is_const = true;
            else if (is("&")) found.is_reference = true;
            else if (is("*")) found.is_pointer = true;
            else break;
        }
        if (found.name.rfind("std::", 0) == 0) found.name = found.name.substr(5);
        return found;
    }

    bool arguments(Type &owner) {
        ++at_;
        while (!is(">") && here().kind != Token::end) {
            if (here().kind == Token::number) {
                owner.arguments.push_back(Type{here().value, {}, here().value});
                ++at_;
            } else if (auto inner = parse_type()) owner.arguments.push_back(*inner);
            else return false;
            if (!take(",") && !is(">")) return false;
        }
        return take(">");
    }

    void function_or_variable() {
        const auto start = at_;
        const auto comment = here().comment;
        auto found = variable(false);
        if (!found) {
            at_ = start;
            return is("}") ? void(++at_) : skip_something();
        }
        if (!is("(")) {
            note_constant(*found);
            if (take(";")) return;
            return skip_statement();
        }
        Function function;
        function.name = found->name;
        function.qualified = scoped(found->name);
        function.result = found->type;
        function.comment = comment;
        function.file = file_;
        function.line = found->line;
        read_parameters(function);
        if (take("->")) {
            if (auto type = parse_type()) function.result = *type;
        }
        while (here().kind != Token::end && !is("{") && !is(";") && !is("}")) ++at_;
        const bool is_body = is("{");
        if (is_body) skip_brackets();
        else take(";");
        const bool is_known = is_declared(function.qualified);
        if (!is_known || is_body) add(function, is_known);
    }

    void skip_something() {
        const auto before = at_;
        skip_statement();
        if (at_ == before) ++at_;
    }

    bool is_declared(const std::string &name) const {
        for (const auto &one : code_.functions) {
            if (one.qualified == name) return true;
        }
        return false;
    }

    /// A definition adds nothing to its declaration; a second one of the name is another algorithm.
    void add(const Function &function, bool is_known) {
        if (is_known) {
            for (auto &one : code_.functions) {
                if (one.qualified == function.qualified && one.parameters.size() == function.parameters.size()) {
                    if (one.comment.empty()) one.comment = function.comment;
                    if (one.file != function.file) return;
                }
            }
        }
        code_.functions.push_back(function);
    }

    void read_parameters(Function &function) {
        ++at_;
        if (is("void") && is(")", 1)) ++at_;
        while (!is(")") && here().kind != Token::end) {
            Variable found;
            found.line = here().line;
            found.comment = here().comment;
            auto type = parse_type();
            if (!type) {
                function.problem = "its parameters cannot be read: expected `Type name`";
                while (!is(")") && here().kind != Token::end) is("(") ? skip_brackets() : void(++at_);
                break;
            }
            found.type = *type;
            if (here().kind == Token::word) found.name = here().value, ++at_;
            if (take("=")) {
                found.is_text_initial = here().kind == Token::text;
                found.initial = expression();
            } else if (!is(",") && !is(")")) {
                function.problem = "its parameters cannot be read: expected `Type name`";
                while (!is(")") && here().kind != Token::end) is("(") ? skip_brackets() : void(++at_);
            }
            function.parameters.push_back(found);
            take(",");
        }
        take(")");
    }

    void note_constant(const Variable &found) {
        if (found.name == "limits" && last_of(found.type.name) == "Limits") {
            code_.limits = found.initial.value_or("");
            code_.limits_line = found.line;
        }
        if (found.name == "concurrency" && scopes_.empty()) {
            code_.concurrency = found.initial.value_or("");
            code_.concurrency_line = found.line;
        }
    }

    Code &code_;
    std::string file_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::vector<std::string> scopes_;
};

} // namespace describe
