// Writes compact JSON, straight from values.
#pragma once

#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>

namespace runyard::pipe {

/// A value that has no form in JSON, or does not fit its type, with its place as a JSON pointer.
struct Misfit {
    std::string path;
    std::string message;

    Misfit within(std::string_view segment) const {
        std::string escaped;
        for (char letter : segment) {
            if (letter == '~') escaped += "~0";
            else if (letter == '/') escaped += "~1";
            else escaped += letter;
        }
        return {"/" + escaped + path, message};
    }

    std::string text() const { return path.empty() ? message : path + ": " + message; }
};

class Writer {
  public:
    std::string out;

    void text(std::string_view value);

    void number(double value) {
        if (!std::isfinite(value)) throw Misfit{"", std::to_string(value) + " is no number in JSON"};
        char digits[64];
        auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        out.append(digits, end);
    }

    template <class T> void whole(T value) {
        char digits[32];
        auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        out.append(digits, end);
    }
};

} // namespace runyard::pipe
