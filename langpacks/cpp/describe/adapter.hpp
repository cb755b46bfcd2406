// Functions as algorithms: what the yard is told of them, and the main that serves them.
#pragma once

#include "schema.hpp"

#include <algorithm>
#include <sstream>

namespace describe {

inline std::string literal(const std::string &text) { return Json(text).dump(); }

inline bool is_context(const Type &type) { return type.name == "runyard::Context" || type.name == "Context"; }
inline bool is_stream(const Type &type) { return last_of(type.name) == "Stream" && type.arguments.size() == 1; }

/// The type a variable for a parameter has.
inline std::string holder(const Type &type) {
    return type.name == "string_view" || type.name == "char" ? "std::string" : type.text;
}

class Adapter {
  public:
    explicit Adapter(Code &code) : code_(code) {}

    void read() {
        std::map<std::string, std::string> taken;
        for (const auto &function : code_.functions) {
            if (function.name == "setup" || function.name == "teardown") hook(function);
            const bool is_run = function.name.rfind("run_", 0) == 0, is_batch = function.name.rfind("batch_", 0) == 0;
            const auto name = function.name.substr(is_run ? 4 : is_batch ? 6 : 0);
            if ((!is_run && !is_batch) || name.empty()) continue;
            auto &first = taken[name];
            if (!first.empty()) {
                complain(function, "", "the algorithm " + name + " is there already, by " + first);
                continue;
            }
            first = function.name;
            describe(function, name, is_batch);
        }
        read_limits();
        read_concurrency();
        if (algorithms.empty() && code_.problems.empty()) {
            code_.problems.push_back({main_file, 1, "", "", "there is no function run_name, so there is no algorithm"});
        }
    }

    std::string main_source(const std::string &adapter) const {
        std::ostringstream out;
        out << "#include <runyard/pipe.hpp>\n#include " << literal(adapter) << "\n" << codecs(code_, used_);
        out << "int main() {\n    static const runyard::pipe::Adapter adapter{{\n"
            << entries_ << "    }, " << concurrency_ << ", [] { " << setup_ << " }, [] { " << teardown_
            << " }};\n    runyard::pipe::serve(adapter);\n}\n";
        return out.str();
    }

    static std::string codecs(const Code &code, const std::set<std::string> &used) {
        std::string declared, defined;
        for (const auto &name : used) {
            const auto found = code.structs.find(name);
            const auto head = "template <> struct Codec<::" + name +
                              "> {\n    static void decode(const Json &json, ::" + name + " &value)";
            const auto write = "    static void encode(Writer &writer, const ::" + name + " &value)";
            declared += head + ";\n" + write + ";\n};\n";
            const auto scope = "Codec<::" + name + ">::";
            const auto decode = "inline void " + scope + "decode(const Json &json, ::" + name + " &value)";
            const auto encode = "inline void " + scope + "encode(Writer &writer, const ::" + name + " &value)";
            if (found == code.structs.end()) defined += enum_codec(code.enums.at(name), decode, encode);
            else defined += struct_codec(found->second, decode, encode);
        }
        return "namespace runyard::pipe {\n" + declared + defined + "}\n";
    }

    Json algorithms = Json::array();
    Json limits = Json::object();
    std::string main_file;

  private:
    void complain(const Function &function, const std::string &argument, const std::string &message) {
        code_.problems.push_back({function.file, function.line, function.name, argument, message});
    }

    void hook(const Function &function) {
        if (!function.parameters.empty()) complain(function, "", "expected void " + function.name + "()");
        (function.name == "setup" ? setup_ : teardown_) = "::" + function.qualified + "();";
    }

    void describe(const Function &function, const std::string &name, bool is_batch) {
        const auto before = code_.problems.size();
        if (!function.problem.empty()) return complain(function, "", function.problem);
        const auto doc = parse_doc(function.comment);
        check_doc(function, doc);
        Json one = {{"name", name}, {"mode", is_batch ? "batch" : "unary"}};
        if (!doc.description.empty()) one["description"] = doc.description;
        Schemas schemas(code_, true);
        const Type *chunk = nullptr;
        std::string body;
        const auto passed =
            is_batch ? read_batch(function, schemas, one) : read_arguments(function, doc, schemas, one, body, chunk);
        if (chunk) one["mode"] = "stream";
        read_output(function, doc, is_batch, chunk, one);
        if (code_.problems.size() > before) return;
        used_.insert(schemas.used.begin(), schemas.used.end());
        algorithms.push_back(one);
        add_entry(function, name, is_batch, body, passed);
    }

    void check_doc(const Function &function, const Doc &doc) {
        for (const auto &[name, words] : doc.arguments) {
            const auto has = [&, &name = name](const Variable &one) { return one.name == name; };
            const auto &all = function.parameters;
            if (name != "return" && std::none_of(all.begin(), all.end(), has)) {
                complain(function, name, "the comment tells of it, but the function has no such argument");
            }
        }
    }

    std::string read_arguments(const Function &function, const Doc &doc, Schemas &schemas, Json &one, std::string &body,
                               const Type *&chunk) {
        Json properties = Json::object(), required = Json::array();
        std::string passed, known = "0";
        int at = 0;
        for (const auto &parameter : function.parameters) {
            const auto variable = "a" + std::to_string(at++);
            passed += (passed.empty() ? "" : ", ") + variable +
                      (parameter.type.name == "char" && parameter.type.is_pointer ? ".c_str()" : "");
            if (is_context(parameter.type)) {
                body += "        runyard::Context " + variable + "(run);\n";
                if (&parameter != &function.parameters.back())
                    complain(function, parameter.name, "the context must be the last argument");
                continue;
            }
            if (is_stream(parameter.type)) {
                chunk = &parameter.type.arguments[0];
                body += "        runyard::Stream<" + chunk->text + "> " + variable + "(&write_chunk<" + chunk->text +
                        ">, run);\n";
                if (!parameter.type.is_reference || parameter.type.is_const)
                    complain(function, parameter.name,
                             "a stream is taken by reference: runyard::Stream<T> &" + parameter.name);
                continue;
            }
            if (parameter.name.empty()) {
                complain(function, "", "an argument needs a name: callers give it by that");
                continue;
            }
            if (parameter.type.is_reference && !parameter.type.is_const) {
                complain(function, parameter.name, "an argument is taken by value or by const reference");
                continue;
            }
            try {
                const auto words = doc.arguments.count(parameter.name) ? doc.arguments.at(parameter.name) : "";
                auto schema = constrain(schemas.of(parameter.type), words);
                const bool optional = add_default(parameter, schema);
                body += "        " + holder(parameter.type) + " " + variable + initial_of(parameter, schema) +
                        ";\n        members." + (optional ? "optional(" : "required(") + literal(parameter.name) +
                        ", " + variable + ");\n";
                if (!optional) required.push_back(parameter.name);
                properties[parameter.name] = schema;
            } catch (const std::runtime_error &error) {
                complain(function, parameter.name, error.what());
            }
        }
        one["input"] = schemas.document(
            {{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}});
        body = "        Members members(run.args());\n" + body + "        members.done();\n";
        return passed;
    }

    /// Whether an argument may be left out; a default that JSON can hold goes into the schema.
    static bool add_default(const Variable &parameter, Json &schema) {
        if (parameter.initial) {
            const auto text = *parameter.initial;
            const bool is_nothing =
                text == "std::nullopt" || text == "nullopt" || (text == "{}" && parameter.type.name == "optional");
            auto value = Json::parse(text == "{}" ? "" : text, nullptr, false);
            if (is_nothing) value = nullptr;
            if (!value.is_discarded()) schema["default"] = value;
            return true;
        }
        if (parameter.type.name == "optional" && !schema.contains("default")) schema["default"] = nullptr;
        return schema.contains("default");
    }

    static std::string initial_of(const Variable &parameter, const Json &schema) {
        if (parameter.initial) return " = " + *parameter.initial;
        if (schema.contains("default") && !schema["default"].is_null()) {
            return " = runyard::pipe::decode<" + holder(parameter.type) + ">(Json::parse(" +
                   literal(schema["default"].dump()) + "))";
        }
        return "{}";
    }

    std::string read_batch(const Function &function, Schemas &schemas, Json &one) {
        const auto &all = function.parameters;
        const bool has_context = all.size() == 2 && is_context(all[1].type);
        const bool is_list = !all.empty() && all[0].type.name == "vector" && all[0].type.arguments.size() == 1;
        one["input"] = Json::object();
        if (!is_list || all.size() > (has_context ? 2u : 1u)) {
            complain(function, all.empty() ? "" : all[0].name,
                     "a batch function takes one argument, a std::vector of items, and a context when it wants");
            return "";
        }
        try {
            const auto schema = schemas.resolve(schemas.of(all[0].type.arguments[0]));
            if (schema.value("type", "") != "object")
                throw std::runtime_error("the items of a batch are structs, not " + all[0].type.arguments[0].text);
            one["input"] = schemas.document(schema);
        } catch (const std::runtime_error &error) {
            complain(function, all[0].name, error.what());
        }
        const auto item = all[0].type.arguments[0].text;
        return "return batch<" + item + ">(run, [&](std::vector<" + item + "> items) { " +
               (has_context ? "runyard::Context context(run); " : "") + "return ::" + function.qualified + "(items" +
               (has_context ? ", context" : "") + "); }, ";
    }

    void read_output(const Function &function, const Doc &doc, bool is_batch, const Type *chunk, Json &one) {
        const Type *type = chunk ? chunk : &function.result;
        if (chunk && function.result.name != "void")
            complain(function, "return", "a function with a stream gives void");
        if (is_batch) {
            if (type->name != "vector" || type->arguments.size() != 1) {
                return complain(function, "return",
                                "a batch function gives a std::vector with one result for each item");
            }
            type = &type->arguments[0];
            if (last_of(type->name) == "Result" && type->arguments.size() == 1) type = &type->arguments[0];
        }
        try {
            Schemas schemas(code_, false);
            const auto words = doc.arguments.count("return") ? doc.arguments.at("return") : "";
            one["output"] = schemas.document(constrain(schemas.of(*type), words));
            used_.insert(schemas.used.begin(), schemas.used.end());
        } catch (const std::runtime_error &error) {
            complain(function, "return", error.what());
        }
    }

    void add_entry(const Function &function, const std::string &name, bool is_batch, const std::string &body,
                   const std::string &passed) {
        const auto place = literal(function.name + " (" + function.file + ":" + std::to_string(function.line) + ")");
        entries_ += "    {" + literal(name) + ", " + place + ", " + (is_batch ? "true" : "false") +
                    ", [](runyard::pipe::Run &run) -> std::string {\n        using namespace runyard::pipe;\n" +
                    using_scope(function);
        if (is_batch) entries_ += "        " + passed + place + ");\n";
        else {
            const auto call = "::" + function.qualified + "(" + passed + ")";
            entries_ += body + (function.result.name == "void" && !function.result.is_pointer
                                    ? "        " + call + ";\n        return \"\\\"result\\\":null\";\n"
                                    : "        return result(" + call + ");\n");
        }
        entries_ += "    }},\n";
    }

    /// Types are named as they are where the function stands.
    static std::string using_scope(const Function &function) {
        const auto end = function.qualified.rfind("::");
        return end == std::string::npos ? "" : "        using namespace ::" + function.qualified.substr(0, end) + ";\n";
    }

    /// Reads {{"name", {.timeout_ms = 5000, .batch = {.max_size = 4}}}}.
    void read_limits() {
        if (code_.limits.empty()) return;
        const auto source = Lexer(code_.limits).read();
        std::size_t at = 0;
        const auto value = limit_value(source.tokens, at);
        if (value.is_object()) limits = value;
        else
            code_.problems.push_back({main_file, code_.limits_line, "", "",
                                      "limits must be written out: {{\"name\", {.timeout_ms = 5'000}}}"});
    }

    static Json limit_value(const std::vector<Token> &tokens, std::size_t &at) {
        const auto token = tokens[at++];
        if (token.kind == Token::number) {
            auto digits = token.value;
            digits.erase(std::remove(digits.begin(), digits.end(), '\''), digits.end());
            return Json::parse(digits, nullptr, false);
        }
        if (token.value != "{") return Json(nullptr);
        Json made = Json::object();
        while (tokens[at].kind != Token::end && tokens[at].value != "}") {
            std::string key;
            if (tokens[at].value == "." && tokens[at + 2].value == "=") {
                key = camel_case(tokens[at + 1].value);
                at += 3;
                made[key] = limit_value(tokens, at);
            } else if (tokens[at].value == "{" && tokens[at + 1].kind == Token::text) {
                key = tokens[at + 1].value;
                at += 3;
                made[key] = limit_value(tokens, at);
                ++at;
            } else return Json(nullptr);
            if (made[key].is_null()) return made[key];
            if (tokens[at].value == ",") ++at;
        }
        ++at;
        return made;
    }

    static std::string camel_case(const std::string &name) {
        std::string made;
        for (std::size_t at = 0; at < name.size(); ++at) {
            made += name[at] == '_' && at + 1 < name.size() ? static_cast<char>(std::toupper(name[++at])) : name[at];
        }
        return made;
    }

    void read_concurrency() {
        if (!code_.concurrency) return;
        const auto &text = *code_.concurrency;
        const bool is_number =
            !text.empty() && text.size() < 5 &&
            std::all_of(
                text.begin(), text.end(), [](char one) { return std::isdigit(static_cast<unsigned char>(one)); });
        if (is_number && std::stoi(text) >= 1 && std::stoi(text) <= 1000) concurrency_ = text;
        else
            code_.problems.push_back({main_file, code_.concurrency_line, "", "",
                                      "concurrency must be a whole number from 1 to 1000, written out"});
    }

    static std::string enum_codec(const Enum &one, const std::string &decode, const std::string &encode) {
        std::string cases, names;
        for (const auto &member : one.members) {
            const auto text = literal(member_text(member)), full = "::" + one.name + "::" + member;
            names += "    if (text == " + text + ") { value = " + full + "; return; }\n";
            cases += "    if (value == " + full + ") return writer.text(" + text + ");\n";
        }
        return decode + " {\n    const auto text = pipe::decode<std::string>(json);\n" + names +
               "    throw Misfit{\"\", \"\\\"\" + text + \"\\\" is none of the values of " + last_of(one.name) +
               "\"};\n}\n" + encode + " {\n" + cases + "    throw Misfit{\"\", \"it is none of the values of " +
               last_of(one.name) + "\"};\n}\n";
    }

    static std::string struct_codec(const Struct &one, const std::string &decode, const std::string &encode) {
        std::string taken, written;
        for (const auto &field : one.fields) {
            const auto name = literal(field.name);
            if (field.is_constant) {
                taken += "    members.constant(" + name + ", " + *field.initial + ");\n";
                written += "    members.member(" + name + ", std::string(" + *field.initial + "));\n";
                continue;
            }
            const bool is_optional = field.type.name == "optional" || field.initial;
            taken += std::string("    members.") + (is_optional ? "optional(" : "required(") + name + ", value." +
                     field.name + ");\n";
            written += "    members.member(" + name + ", value." + field.name + ");\n";
        }
        return decode + " {\n    Members members(json);\n    (void)value;\n" + taken + "    members.done();\n}\n" +
               encode + " {\n    MemberWriter members(writer);\n    (void)value;\n" + written +
               "    members.end();\n}\n";
    }

    Code &code_;
    std::set<std::string> used_;
    std::string entries_;
    std::string concurrency_ = "1";
    std::string setup_;
    std::string teardown_;
};

} // namespace describe
