#include <string>

/// The algorithm: it takes text, bytes or JSON, by the type of its parameter.
std::string apply(const std::string &input) { return "hello " + input; }
