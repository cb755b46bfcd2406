// Doc comments: "@param name words", and tags in braces such as {@minimum 1}.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace describe {

using Json = nlohmann::ordered_json;

struct Doc {
    std::string description;
    /// Words by argument; `return` for the result.
    std::map<std::string, std::string> arguments;
};

inline std::string trim(const std::string &text) {
    const auto begin = text.find_first_not_of(" \t\n");
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\n") + 1 - begin);
}

inline Doc parse_doc(const std::string &comment) {
    Doc doc;
    std::string *current = nullptr;
    std::istringstream lines(comment);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string tag, name;
        words >> tag;
        const bool is_param = tag == "@param" || tag == "\\param";
        const bool is_return = tag == "@return" || tag == "@returns" || tag == "\\return";
        if (is_param || is_return) {
            if (is_param) words >> name;
            current = &doc.arguments[is_return ? "return" : name];
            std::string rest;
            std::getline(words, rest);
            rest = trim(rest);
            *current = rest.rfind("- ", 0) == 0 ? rest.substr(2) : rest;
        } else if (trim(line).empty() || !current) {
            current = nullptr;
            if (tag == "@brief" || tag == "\\brief") line = line.substr(line.find("brief") + 5);
            doc.description += line + "\n";
        } else *current += " " + trim(line);
    }
    doc.description = trim(doc.description);
    return doc;
}

/// The part of a schema for values of a kind: the schema itself, or what stands beside null.
inline Json *branch_of(Json &schema, const std::string &kind) {
    const auto type = schema.value("type", "");
    if (kind.empty() || type == kind || (kind == "number" && type == "integer")) return &schema;
    if (!schema.contains("anyOf")) return nullptr;
    for (auto &branch : schema["anyOf"]) {
        if (auto *found = branch_of(branch, kind)) return found;
    }
    return nullptr;
}

inline Json tag_value(const std::string &keyword, const std::string &text, const Json &schema) {
    if (keyword == "pattern" || keyword == "format" || keyword == "title") {
        if (text.empty()) throw std::runtime_error("{@" + keyword + "} takes words after it");
        return text;
    }
    if (keyword == "uniqueItems" || keyword == "deprecated") return text != "false";
    const auto parsed = Json::parse(text, nullptr, false);
    if (keyword == "example" || keyword == "default") {
        if (schema.value("type", "") == "string" && !parsed.is_string()) return text;
        if (parsed.is_discarded()) throw std::runtime_error("{@" + keyword + "} takes JSON, but says \"" + text + "\"");
        return parsed;
    }
    if (!parsed.is_number()) throw std::runtime_error("{@" + keyword + "} takes a number, but says \"" + text + "\"");
    return parsed;
}

inline void apply_tag(Json &schema, const std::string &keyword, const std::string &text) {
    static const std::map<std::string, std::string> kinds = {
        {"minimum", "number"},
        {"maximum", "number"},
        {"exclusiveMinimum", "number"},
        {"exclusiveMaximum", "number"},
        {"multipleOf", "number"},
        {"minLength", "string"},
        {"maxLength", "string"},
        {"pattern", "string"},
        {"format", "string"},
        {"minItems", "array"},
        {"maxItems", "array"},
        {"uniqueItems", "array"},
        {"minProperties", "object"},
        {"maxProperties", "object"},
        {"example", ""},
        {"default", ""},
        {"title", ""},
        {"deprecated", ""},
    };
    const auto kind = kinds.find(keyword);
    if (kind == kinds.end()) {
        throw std::runtime_error("{@" + keyword + "} is no constraint of JSON Schema that is known here");
    }
    auto *target = branch_of(schema, kind->second);
    if (!target) throw std::runtime_error("{@" + keyword + "} is for a " + kind->second + ", which this is not");
    const auto value = tag_value(keyword, text, *target);
    if (keyword == "example") (*target)["examples"] = Json::array({value});
    else (*target)[keyword] = value;
}

/// Puts what words say into a schema. @throws std::runtime_error
inline Json constrain(Json schema, std::string words) {
    std::vector<std::pair<std::string, std::string>> tags;
    for (std::size_t start; (start = words.find("{@")) != std::string::npos;) {
        int open = 0;
        auto end = start;
        for (; end < words.size(); ++end) {
            if (words[end] == '{') ++open;
            if (words[end] == '}' && --open == 0) break;
        }
        if (end == words.size()) throw std::runtime_error("a { without its }: " + words.substr(start));
        const auto inside = words.substr(start + 2, end - start - 2);
        const auto space = inside.find(' ');
        tags.emplace_back(inside.substr(0, space), space == std::string::npos ? "" : trim(inside.substr(space)));
        words = trim(words.substr(0, start)) + " " + trim(words.substr(end + 1));
    }
    if (!trim(words).empty()) schema["description"] = trim(words);
    for (const auto &[keyword, text] : tags) apply_tag(schema, keyword, text);
    return schema;
}

} // namespace describe
