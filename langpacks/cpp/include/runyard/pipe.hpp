// What the generated main calls: it serves an adapter by version 2 of the pipe, and an apply by version 1.
#pragma once

#include "codec.hpp"

namespace runyard::pipe {

/// One call of a function. Implemented in pipe.cpp.
class Run {
  public:
    virtual ~Run() = default;
    virtual const Json &args() const = 0;
    /// The items of a batch, or nullptr.
    virtual const Json *batch() const = 0;
    virtual void chunk(const std::string &json) = 0;
    virtual void progress(double fraction, const std::string &message) = 0;
    virtual void log(const std::string &text) = 0;
    virtual bool cancelled() const = 0;
    virtual void wait_for_cancel() = 0;
    virtual Json call(const std::string &algorithm, const Json &args) = 0;
};

struct Algorithm {
    const char *name;
    /// The function and where it is written, for people.
    const char *place;
    bool is_batch;
    /// Gives the members of the answer beside its id.
    std::string (*run)(Run &);
};

struct Adapter {
    std::vector<Algorithm> algorithms;
    int concurrency;
    void (*setup)();
    void (*teardown)();
};

[[noreturn]] void serve(const Adapter &adapter);

struct ClassicRequest {
    std::string content_type;
    Json data;
};

[[noreturn]] void serve_apply(std::string (*apply)(const ClassicRequest &), const char *place);

/// A result that JSON cannot hold.
struct Unsendable {
    std::string message;
};

/// The error in flight as the pipe tells it, `"error":{...}`.
std::string error_member(const char *place);

template <class T> std::string encoded(const T &value) {
    Writer writer;
    try {
        encode(writer, value);
    } catch (const Misfit &misfit) {
        throw Unsendable{"The result cannot be sent: " + misfit.text()};
    }
    return std::move(writer.out);
}

template <class T> std::string result(const T &value) { return "\"result\":" + encoded(value); }

template <class T> void write_chunk(Run &run, const T &chunk) {
    if (run.cancelled()) throw Cancelled();
    run.chunk(encoded(chunk));
}

template <class T> std::string item_member(const T &value) { return result(value); }
template <class T> std::string item_member(const Result<T> &value) { return result(value.value()); }

/// Runs a batch function on the items that fit.
template <class Item, class F> std::string batch(Run &run, F function, const char *place) {
    const Json *given = run.batch();
    const Json own = given ? Json() : Json::array({run.args()});
    const Json &inputs = given ? *given : own;
    std::vector<Item> items;
    std::vector<std::string> outcomes;
    for (const auto &input : inputs) {
        outcomes.emplace_back();
        try {
            items.push_back(decode<Item>(input));
        } catch (...) {
            outcomes.back() = error_member(place);
        }
    }
    const auto wanted = items.size();
    const auto results = wanted == 0 ? decltype(function(items))() : function(items);
    if (results.size() != wanted) {
        throw Unsendable{std::string(place) + " gave " + std::to_string(results.size()) + " results for " +
                         std::to_string(wanted) + " items"};
    }
    std::size_t next = 0;
    std::string joined;
    for (auto &outcome : outcomes) {
        if (outcome.empty()) {
            try {
                outcome = item_member(results[next++]);
            } catch (...) {
                outcome = error_member(place);
            }
        }
        joined += (joined.empty() ? "{" : ",{") + outcome + "}";
    }
    return given ? "\"results\":[" + joined + "]" : outcomes.at(0);
}

/// The input of an `apply`, by the type of its parameter.
template <class T> T classic_input(const ClassicRequest &request) {
    const bool is_binary = request.content_type == "binary";
    if constexpr (std::is_same_v<T, Any>) {
        if (is_binary) return decode_base64(decode<std::string>(request.data));
        if (request.data.is_string()) return request.data.get<std::string>();
        return request.data;
    } else if constexpr (std::is_same_v<T, Bytes>) {
        if (is_binary) return decode_base64(decode<std::string>(request.data));
        const auto text = decode<std::string>(request.data);
        return Bytes(text.begin(), text.end());
    } else {
        if (is_binary) throw Misfit{"", "the algorithm takes text or JSON, not bytes"};
        return decode<T>(request.data);
    }
}

template <class T> std::string classic_result(const T &value) {
    if constexpr (std::is_same_v<T, Any>) {
        return std::visit([](const auto &held) { return classic_result(held); }, value);
    } else {
        std::string text = encoded(value);
        std::string type = text.front() == '"' ? "text" : "json";
        if constexpr (std::is_same_v<T, Bytes>) {
            type = "binary";
            text = "\"" + encode_base64(value) + "\"";
        }
        return "{\"result\":" + text + ",\"metadata\":{\"content_type\":\"" + type + "\"}}\n";
    }
}

} // namespace runyard::pipe
