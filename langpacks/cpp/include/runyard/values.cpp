// Texts, bytes and times in JSON.
#include "codec.hpp"

#include <cstdio>
#include <ctime>

namespace runyard::pipe {

namespace {

/// Length of the UTF-8 sequence that begins at `at`; 0 for none.
std::size_t sequence_at(std::string_view text, std::size_t at) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (length == 0 || at + length > text.size()) return 0;
    unsigned code = length == 1 ? first : first & (0x7F >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[at + i]);
        if (next >> 6 != 2) return 0;
        code = code << 6 | (next & 0x3F);
    }
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code >= 0xD800 && code < 0xE000;
    return code < smallest[length] || is_surrogate || code > 0x10FFFF ? 0 : length;
}

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

void Writer::text(std::string_view value) {
    out += '"';
    for (std::size_t at = 0; at < value.size();) {
        const char letter = value[at];
        if (letter == '"' || letter == '\\') {
            out += '\\';
            out += letter;
            ++at;
        } else if (static_cast<unsigned char>(letter) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", letter);
            out += escape;
            ++at;
        } else if (const auto length = sequence_at(value, at)) {
            out.append(value, at, length);
            at += length;
        } else {
            out += "\xEF\xBF\xBD";
            ++at;
        }
    }
    out += '"';
}

void Codec<Json>::encode(Writer &writer, const Json &value) {
    switch (value.type()) {
    case Json::value_t::object: {
        bool first = true;
        writer.out += '{';
        for (const auto &[key, item] : value.items()) {
            if (!first) writer.out += ',';
            first = false;
            writer.text(key);
            writer.out += ':';
            try {
                encode(writer, item);
            } catch (const Misfit &misfit) {
                throw misfit.within(key);
            }
        }
        writer.out += '}';
        break;
    }
    case Json::value_t::array:
        ItemsCodec<std::vector<Json>>::encode(writer, value.get_ref<const Json::array_t &>());
        break;
    case Json::value_t::string:
        writer.text(value.get_ref<const std::string &>());
        break;
    case Json::value_t::number_float:
        writer.number(value.get<double>());
        break;
    case Json::value_t::binary:
        throw Misfit{"", "binary values of the JSON library have no form in JSON; use runyard::Bytes"};
    default:
        writer.out += value.dump();
    }
}

std::string encode_base64(const Bytes &bytes) {
    std::string text;
    text.reserve(bytes.size() / 3 * 4 + 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto left = std::min<std::size_t>(3, bytes.size() - at);
        unsigned bits = 0;
        for (std::size_t i = 0; i < left; ++i) bits |= unsigned(bytes[at + i]) << (16 - 8 * i);
        for (std::size_t i = 0; i < 4; ++i) text += i <= left ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

Bytes decode_base64(const std::string &text) {
    Bytes bytes;
    unsigned bits = 0;
    int count = 0, padding = 0;
    for (char letter : text) {
        if (letter == '\n' || letter == '\r' || letter == ' ') continue;
        if (letter == '=') {
            ++padding;
            continue;
        }
        const auto at = std::string_view(alphabet, 64).find(letter);
        if (at == std::string_view::npos || padding > 0) throw Misfit{"", "expected base64"};
        bits = bits << 6 | unsigned(at);
        if (++count % 4 == 0) {
            for (int shift : {16, 8, 0}) bytes.push_back(std::uint8_t(bits >> shift));
            bits = 0;
        }
    }
    if (count % 4 == 2 && padding == 2) bytes.push_back(std::uint8_t(bits >> 4));
    else if (count % 4 == 3 && padding == 1) {
        bytes.push_back(std::uint8_t(bits >> 10));
        bytes.push_back(std::uint8_t(bits >> 2));
    } else if (count % 4 != 0 || padding != 0) throw Misfit{"", "expected base64"};
    return bytes;
}

std::string format_time(Clock::time_point time) {
    using namespace std::chrono;
    const auto whole = floor<seconds>(time);
    const auto nanos = duration_cast<nanoseconds>(time - whole).count();
    const std::time_t seconds_since = Clock::to_time_t(whole);
    std::tm parts{};
    gmtime_r(&seconds_since, &parts);
    char text[64];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::string made = text;
    if (nanos != 0) {
        char fraction[16];
        std::snprintf(fraction, sizeof fraction, ".%09lld", static_cast<long long>(nanos));
        made += fraction;
        made.erase(made.find_last_not_of('0') + 1);
    }
    return made + "Z";
}

Clock::time_point parse_time(const std::string &text) {
    std::tm parts{};
    int read = 0;
    const int found = std::sscanf(text.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon,
                                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &read);
    if (found != 6 || read == 0) throw Misfit{"", "expected a date and time"};
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    const char *rest = text.c_str() + read;
    double fraction = 0;
    if (*rest == '.') {
        char *end = nullptr;
        fraction = std::strtod(rest, &end);
        rest = end;
    }
    int hours = 0, minutes = 0;
    const bool is_utc = (*rest == 'Z' || *rest == 'z') && rest[1] == '\0';
    if (!is_utc && std::sscanf(rest, "%*1[+-]%2d:%2d", &hours, &minutes) != 2) {
        throw Misfit{"", "expected a date and time with Z or an offset"};
    }
    const int offset = (hours * 60 + minutes) * (*rest == '-' ? -60 : 60);
    const auto nanos = std::chrono::nanoseconds(std::llround(fraction * 1e9));
    return Clock::from_time_t(timegm(&parts) - offset) + std::chrono::duration_cast<Clock::duration>(nanos);
}

} // namespace runyard::pipe
