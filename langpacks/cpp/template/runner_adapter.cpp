// Each function whose name begins with run_ is an algorithm: described, validated, queued and served.
#include <algorithm>
#include <sstream>
#include <string>

/// What there is in a text.
struct Counted {
    long words;
    long characters;
};

/// Counts words and characters.
///
/// @param text what to count
/// @param times how often the text counts {@minimum 1}
Counted run___ALGO__(const std::string &text, long times = 1) {
    std::istringstream words(text);
    long count = 0;
    for (std::string word; words >> word;) ++count;
    // In UTF-8 each character has one byte that does not begin with the bits 10.
    const auto characters = std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; });
    return {count * times, characters * times};
}
