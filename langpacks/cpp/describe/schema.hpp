// Types as JSON Schema, by the rules that codec.hpp reads and writes values by.
#pragma once

#include "code.hpp"
#include "doc.hpp"
#include "parser.hpp"

#include <set>

namespace describe {

/// An enum's member as JSON has it: low of Low, LOW and kLow.
inline std::string member_text(const std::string &name) {
    std::string made;
    const bool is_constant = name.size() > 1 && name[0] == 'k' && std::isupper(static_cast<unsigned char>(name[1]));
    for (char letter : is_constant ? name.substr(1) : name) {
        made += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return made;
}

class Schemas {
  public:
    Schemas(const Code &code, bool reading) : code_(code), reading_(reading) {}

    Json document(Json schema) const {
        if (!definitions_.empty()) schema["$defs"] = definitions_;
        return schema;
    }

    /// The definition that a reference names, or the schema itself.
    Json resolve(const Json &schema) const {
        if (!schema.contains("$ref")) return schema;
        const auto path = schema["$ref"].get<std::string>();
        return definitions_.at(path.substr(path.rfind('/') + 1));
    }

    /// @throws std::runtime_error for a type that has no form in JSON
    Json of(const Type &type) {
        if (type.is_pointer && !(type.name == "char" && type.is_const)) {
            throw std::runtime_error(type.text + "* has no form in JSON: take a value, or std::optional");
        }
        if (auto known = scalar(type)) return *known;
        const auto &name = type.name;
        const auto count = type.arguments.size();
        if (name == "optional" && count == 1) return nullable(of(type.arguments[0]));
        if ((name == "vector" || name == "list" || name == "deque") && count >= 1) {
            if (name == "vector" && is_byte(type.arguments[0])) return bytes();
            return {{"type", "array"}, {"items", of(type.arguments[0])}};
        }
        if ((name == "set" || name == "unordered_set") && count >= 1) {
            return {{"type", "array"}, {"items", of(type.arguments[0])}, {"uniqueItems", true}};
        }
        if ((name == "map" || name == "unordered_map") && count >= 2) return map(type);
        if (name == "pair" || name == "tuple") return tuple(type.arguments);
        if (name == "array" && count == 2) {
            return tuple(std::vector<Type>(std::stoul(type.arguments[1].name), type.arguments[0]));
        }
        if (name == "variant") return variant(type);
        return user_type(type);
    }

    /// Structs and enums that generated code needs a codec for.
    std::set<std::string> used;

  private:
    static Json whole(long long minimum, long long maximum) {
        return {{"type", "integer"}, {"minimum", minimum}, {"maximum", maximum}};
    }

    static std::optional<Json> scalar(const Type &type) {
        static const std::set<std::string> wide = {"long",    "long long", "long int",  "long long int",
                                                   "int64_t", "ssize_t",   "ptrdiff_t", "intmax_t"};
        static const std::set<std::string> natural = {
            "unsigned long", "unsigned long long", "unsigned long int", "uint64_t", "size_t", "uintmax_t"};
        const auto name = type.name;
        if (name == "string" || name == "string_view" || (name == "char" && type.is_pointer))
            return Json{{"type", "string"}};
        if (name == "bool") return Json{{"type", "boolean"}};
        if (name == "double" || name == "float") return Json{{"type", "number"}};
        if (wide.count(name)) return Json{{"type", "integer"}};
        if (natural.count(name)) return Json{{"type", "integer"}, {"minimum", 0}};
        if (name == "int" || name == "int32_t" || name == "signed int") return whole(-2147483648LL, 2147483647LL);
        if (name == "unsigned" || name == "unsigned int" || name == "uint32_t") return whole(0, 4294967295LL);
        if (name == "short" || name == "int16_t") return whole(-32768, 32767);
        if (name == "unsigned short" || name == "uint16_t") return whole(0, 65535);
        if (name == "int8_t" || name == "signed char") return whole(-128, 127);
        if (name == "uint8_t" || name == "unsigned char") return whole(0, 255);
        if (name == "void" || name == "monostate" || name == "nullptr_t") return Json{{"type", "null"}};
        if (name == "chrono::system_clock::time_point") return Json{{"type", "string"}, {"format", "date-time"}};
        const auto last = last_of(name);
        if (name == "runyard::Json" || name == "nlohmann::ordered_json") return Json::object();
        if (last == "Bytes" && name == "runyard::Bytes") return bytes();
        return std::nullopt;
    }

    static bool is_byte(const Type &type) { return type.name == "uint8_t" || type.name == "unsigned char"; }

    static Json bytes() {
        return {{"type", "object"},
                {"properties", {{"$binary", {{"type", "string"}}}}},
                {"required", {"$binary"}},
                {"additionalProperties", false},
                {"x-type", "bytes"}};
    }

    static Json nullable(const Json &schema) { return {{"anyOf", Json::array({schema, {{"type", "null"}}})}}; }

    Json map(const Type &type) {
        if (type.arguments[0].name != "string") {
            throw std::runtime_error("the keys of a map must be strings, but are " + type.arguments[0].text);
        }
        return {{"type", "object"}, {"additionalProperties", of(type.arguments[1])}};
    }

    Json tuple(const std::vector<Type> &types) {
        Json items = Json::array();
        for (const auto &one : types) items.push_back(of(one));
        return {{"type", "array"}, {"prefixItems", items}, {"minItems", types.size()}, {"maxItems", types.size()}};
    }

    Json variant(const Type &type) {
        Json members = Json::array();
        for (const auto &one : type.arguments) members.push_back(of(one));
        const auto tag = discriminator(members);
        if (tag.empty()) return {{"anyOf", members}};
        return {
            {"type", "object"}, {"discriminator", {{"propertyName", tag}}}, {"required", {tag}}, {"oneOf", members}};
    }

    /// A property by which all members can be told apart.
    static std::string discriminator(const Json &members) {
        if (members.size() < 2 || !members[0].contains("properties")) return "";
        for (const auto &[name, unused] : members[0]["properties"].items()) {
            std::set<std::string> seen;
            for (const auto &member : members) {
                const auto properties = member.value("properties", Json::object());
                if (properties.contains(name) && properties[name].contains("const"))
                    seen.insert(properties[name]["const"].dump());
            }
            if (seen.size() == members.size()) return name;
        }
        return "";
    }

    template <class M> static const typename M::mapped_type *find(const M &known, const std::string &name) {
        const auto exact = known.find(name);
        if (exact != known.end()) return &exact->second;
        for (const auto &[full, one] : known) {
            if (last_of(full) == last_of(name)) return &one;
        }
        return nullptr;
    }

    Json user_type(const Type &type) {
        if (const auto *alias = find(code_.aliases, type.name)) return of(*alias);
        if (const auto *one = find(code_.enums, type.name)) {
            used.insert(one->name);
            Json values = Json::array();
            for (const auto &member : one->members) values.push_back(member_text(member));
            return {{"type", "string"}, {"enum", values}};
        }
        const auto *one = find(code_.structs, type.name);
        if (!one) {
            throw std::runtime_error(
                type.text +
                " has no form in JSON that is known here: expected numbers, std::string, optional, vector, map, tuple, "
                "variant, time_point, runyard::Bytes, runyard::Json, or a struct or enum class of this project");
        }
        if (!one->problem.empty()) throw std::runtime_error(type.text + " cannot be described: " + one->problem);
        used.insert(one->name);
        const auto name = last_of(one->name);
        const Json reference = {{"$ref", "#/$defs/" + name}};
        if (inside_.count(name)) recursive_.insert(name);
        if (inside_.count(name) || definitions_.contains(name)) return reference;
        inside_.insert(name);
        auto schema = object(*one);
        inside_.erase(name);
        if (!recursive_.count(name)) return schema;
        definitions_[name] = schema;
        return reference;
    }

    Json object(const Struct &one) {
        Json properties = Json::object(), required = Json::array();
        for (const auto &field : one.fields) {
            try {
                properties[field.name] = constrain(field_schema(field), field.comment);
            } catch (const std::runtime_error &error) {
                throw std::runtime_error(last_of(one.name) + "." + field.name + ": " + error.what());
            }
            const bool is_optional = field.type.name == "optional" || (reading_ && field.initial && !field.is_constant);
            if (!is_optional) required.push_back(field.name);
        }
        return {
            {"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
    }

    Json field_schema(const Variable &field) {
        if (field.is_constant) return {{"const", field.initial->substr(1, field.initial->size() - 2)}};
        // An optional field is left out where there is nothing, never null.
        const bool is_optional = field.type.name == "optional" && field.type.arguments.size() == 1;
        return of(is_optional ? field.type.arguments[0] : field.type);
    }

    const Code &code_;
    bool reading_;
    Json definitions_ = Json::object();
    std::set<std::string> inside_;
    std::set<std::string> recursive_;
};

} // namespace describe
