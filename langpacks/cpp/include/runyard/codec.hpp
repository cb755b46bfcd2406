// Reads and writes values of every type that describing knows. Generated code adds a Codec for each struct and enum of
// a project.
#pragma once

#include "../runyard.hpp"
#include "writer.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <limits>
#include <list>
#include <optional>
#include <set>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>

namespace runyard::pipe {

using Clock = std::chrono::system_clock;

std::string encode_base64(const Bytes &bytes);
/// @throws Misfit
Bytes decode_base64(const std::string &text);
std::string format_time(Clock::time_point time);
/// @throws Misfit
Clock::time_point parse_time(const std::string &text);

template <class T, class = void> struct Codec;

template <class T> T decode(const Json &json) {
    T value{};
    Codec<T>::decode(json, value);
    return value;
}

template <class T> void encode(Writer &writer, const T &value) { Codec<T>::encode(writer, value); }

[[noreturn]] inline void refuse(const std::string &expected, const Json &json) {
    throw Misfit{"", "expected " + expected + ", but got " + std::string(json.type_name())};
}

template <> struct Codec<bool> {
    static void decode(const Json &json, bool &value) {
        if (!json.is_boolean()) refuse("true or false", json);
        value = json.get<bool>();
    }
    static void encode(Writer &writer, bool value) { writer.out += value ? "true" : "false"; }
};

template <class T> struct Codec<T, std::enable_if_t<std::is_integral_v<T>>> {
    static void decode(const Json &json, T &value) {
        if (!json.is_number()) refuse("a whole number", json);
        bool fits = false;
        if (json.is_number_unsigned()) fits = json.get<std::uint64_t>() <= std::uint64_t(std::numeric_limits<T>::max());
        else if (json.is_number_integer()) {
            auto whole = json.get<std::int64_t>();
            fits = std::is_signed_v<T> ? whole >= std::int64_t(std::numeric_limits<T>::min()) &&
                                             whole <= std::int64_t(std::numeric_limits<T>::max())
                                       : whole >= 0;
        } else {
            auto real = json.get<double>();
            fits = real == std::trunc(real) && real >= double(std::numeric_limits<T>::min()) &&
                   real < double(std::numeric_limits<T>::max());
        }
        if (!fits) throw Misfit{"", json.dump() + " is no whole number of this size"};
        value = json.get<T>();
    }
    static void encode(Writer &writer, T value) { writer.whole(value); }
};

template <class T> struct Codec<T, std::enable_if_t<std::is_floating_point_v<T>>> {
    static void decode(const Json &json, T &value) {
        if (!json.is_number()) refuse("a number", json);
        value = json.get<T>();
    }
    static void encode(Writer &writer, T value) { writer.number(double(value)); }
};

template <> struct Codec<std::string> {
    static void decode(const Json &json, std::string &value) {
        if (!json.is_string()) refuse("a text", json);
        value = json.get_ref<const std::string &>();
    }
    static void encode(Writer &writer, const std::string &value) { writer.text(value); }
};

template <> struct Codec<std::string_view> {
    static void encode(Writer &writer, std::string_view value) { writer.text(value); }
};

template <> struct Codec<const char *> {
    static void encode(Writer &writer, const char *value) { writer.text(value); }
};

template <> struct Codec<std::monostate> {
    static void decode(const Json &json, std::monostate &) {
        if (!json.is_null()) refuse("null", json);
    }
    static void encode(Writer &writer, std::monostate) { writer.out += "null"; }
};

template <> struct Codec<Clock::time_point> {
    static void decode(const Json &json, Clock::time_point &value) {
        value = parse_time(pipe::decode<std::string>(json));
    }
    static void encode(Writer &writer, Clock::time_point value) { writer.text(format_time(value)); }
};

template <> struct Codec<Bytes> {
    static void decode(const Json &json, Bytes &value) {
        if (!json.is_object() || json.size() != 1 || !json.contains("$binary")) refuse("{\"$binary\": base64}", json);
        value = decode_base64(pipe::decode<std::string>(json["$binary"]));
    }
    static void encode(Writer &writer, const Bytes &value) {
        writer.out += "{\"$binary\":\"" + encode_base64(value) + "\"}";
    }
};

template <> struct Codec<Json> {
    static void decode(const Json &json, Json &value) { value = json; }
    static void encode(Writer &writer, const Json &value);
};

template <class T> struct Codec<std::optional<T>> {
    static void decode(const Json &json, std::optional<T> &value) {
        if (json.is_null()) value.reset();
        else value = pipe::decode<T>(json);
    }
    static void encode(Writer &writer, const std::optional<T> &value) {
        if (value) pipe::encode(writer, *value);
        else writer.out += "null";
    }
};

/// Containers of items, by how they take one more.
template <class C> struct ItemsCodec {
    using T = typename C::value_type;

    static void decode(const Json &json, C &value) {
        if (!json.is_array()) refuse("an array", json);
        std::size_t at = 0;
        for (const auto &item : json) {
            try {
                value.insert(value.end(), pipe::decode<T>(item));
            } catch (const Misfit &misfit) {
                throw misfit.within(std::to_string(at));
            }
            ++at;
        }
    }

    static void encode(Writer &writer, const C &value) {
        std::size_t at = 0;
        writer.out += '[';
        for (const T &item : value) {
            if (at > 0) writer.out += ',';
            try {
                pipe::encode<T>(writer, item);
            } catch (const Misfit &misfit) {
                throw misfit.within(std::to_string(at));
            }
            ++at;
        }
        writer.out += ']';
    }
};

template <class T> struct Codec<std::vector<T>> : ItemsCodec<std::vector<T>> {};
template <class T> struct Codec<std::deque<T>> : ItemsCodec<std::deque<T>> {};
template <class T> struct Codec<std::list<T>> : ItemsCodec<std::list<T>> {};
template <class T> struct Codec<std::set<T>> : ItemsCodec<std::set<T>> {};
template <class T> struct Codec<std::unordered_set<T>> : ItemsCodec<std::unordered_set<T>> {};

template <class M> struct MapCodec {
    using T = typename M::mapped_type;

    static void decode(const Json &json, M &value) {
        if (!json.is_object()) refuse("an object", json);
        for (const auto &[key, item] : json.items()) {
            try {
                value.emplace(key, pipe::decode<T>(item));
            } catch (const Misfit &misfit) {
                throw misfit.within(key);
            }
        }
    }

    static void encode(Writer &writer, const M &value) {
        bool first = true;
        writer.out += '{';
        for (const auto &[key, item] : value) {
            if (!first) writer.out += ',';
            first = false;
            writer.text(key);
            writer.out += ':';
            try {
                pipe::encode<T>(writer, item);
            } catch (const Misfit &misfit) {
                throw misfit.within(key);
            }
        }
        writer.out += '}';
    }
};

template <class T> struct Codec<std::map<std::string, T>> : MapCodec<std::map<std::string, T>> {};
template <class T> struct Codec<std::unordered_map<std::string, T>> : MapCodec<std::unordered_map<std::string, T>> {};

/// Pairs, tuples and arrays of a fixed length.
template <class C> struct TupleCodec {
    static constexpr std::size_t size = std::tuple_size_v<C>;

    static void decode(const Json &json, C &value) {
        if (!json.is_array() || json.size() != size) refuse("an array of " + std::to_string(size), json);
        decode_all(json, value, std::make_index_sequence<size>());
    }

    static void encode(Writer &writer, const C &value) {
        writer.out += '[';
        encode_all(writer, value, std::make_index_sequence<size>());
        writer.out += ']';
    }

  private:
    template <std::size_t I> using Item = std::tuple_element_t<I, C>;

    template <std::size_t... I> static void decode_all(const Json &json, C &value, std::index_sequence<I...>) {
        (guarded(I, [&] { Codec<Item<I>>::decode(json[I], std::get<I>(value)); }), ...);
    }

    template <std::size_t... I> static void encode_all(Writer &writer, const C &value, std::index_sequence<I...>) {
        (guarded(I,
                 [&] {
                     if (I > 0) writer.out += ',';
                     Codec<Item<I>>::encode(writer, std::get<I>(value));
                 }),
         ...);
    }

    template <class F> static void guarded(std::size_t at, F work) {
        try {
            work();
        } catch (const Misfit &misfit) {
            throw misfit.within(std::to_string(at));
        }
    }
};

template <class A, class B> struct Codec<std::pair<A, B>> : TupleCodec<std::pair<A, B>> {};
template <class... T> struct Codec<std::tuple<T...>> : TupleCodec<std::tuple<T...>> {};
template <class T, std::size_t N> struct Codec<std::array<T, N>> : TupleCodec<std::array<T, N>> {};

/// The first alternative that fits.
template <class... T> struct Codec<std::variant<T...>> {
    static void decode(const Json &json, std::variant<T...> &value) {
        Misfit last;
        if (!(fits<T>(json, value, last) || ...)) throw last;
    }
    static void encode(Writer &writer, const std::variant<T...> &value) {
        std::visit([&](const auto &held) { pipe::encode(writer, held); }, value);
    }

  private:
    template <class U> static bool fits(const Json &json, std::variant<T...> &value, Misfit &last) {
        try {
            value = pipe::decode<U>(json);
            return true;
        } catch (const Misfit &misfit) {
            last = misfit;
            return false;
        }
    }
};

/// Helps the generated codecs of structs: each member is taken once, and nothing may be left.
class Members {
  public:
    explicit Members(const Json &json) : json_(json) {
        if (!json.is_object()) refuse("an object", json);
    }

    template <class T> void required(const char *name, T &value) {
        if (!optional(name, value)) throw Misfit{"", "missing"}.within(name);
    }

    template <class T> bool optional(const char *name, T &value) {
        auto found = json_.find(name);
        if (found == json_.end()) return false;
        ++taken_;
        try {
            Codec<T>::decode(*found, value);
        } catch (const Misfit &misfit) {
            throw misfit.within(name);
        }
        return true;
    }

    void constant(const char *name, std::string_view expected) {
        std::string value;
        required(name, value);
        if (value != expected) throw Misfit{"", "expected \"" + std::string(expected) + "\""}.within(name);
    }

    void done() const {
        if (taken_ != json_.size()) throw Misfit{"", "there are properties that it has not"};
    }

  private:
    const Json &json_;
    std::size_t taken_ = 0;
};

class MemberWriter {
  public:
    explicit MemberWriter(Writer &writer) : writer_(writer) { writer.out += '{'; }

    template <class T> void member(const char *name, const T &value) {
        writer_.out += first_ ? "\"" : ",\"";
        first_ = false;
        writer_.out += name;
        writer_.out += "\":";
        try {
            Codec<T>::encode(writer_, value);
        } catch (const Misfit &misfit) {
            throw misfit.within(name);
        }
    }

    template <class T> void member(const char *name, const std::optional<T> &value) {
        if (value) member(name, *value);
    }

    void end() { writer_.out += '}'; }

  private:
    Writer &writer_;
    bool first_ = true;
};

} // namespace runyard::pipe
