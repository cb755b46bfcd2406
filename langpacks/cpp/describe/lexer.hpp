// C++ source as tokens, with the comment before each of them.
#pragma once

#include <cctype>
#include <string>
#include <vector>

namespace describe {

struct Token {
    enum Kind { word, number, text, symbol, end } kind;
    std::string value;
    int line;
    /// The comments right before it, without their marks.
    std::string comment;
};

struct Source {
    std::vector<Token> tokens;
    /// Names of `#include "..."`.
    std::vector<std::string> includes;
};

class Lexer {
  public:
    explicit Lexer(const std::string &code) : code_(code) {}

    Source read() {
        while (skip_space(), at_ < code_.size()) {
            if (code_[at_] == '#' && at_line_start()) preprocessor();
            else take();
        }
        push(Token::end, "");
        return std::move(source_);
    }

  private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < code_.size() ? code_[at_ + ahead] : '\0'; }

    void advance() {
        if (code_[at_++] == '\n') ++line_;
    }

    bool at_line_start() const {
        const auto begin = code_.find_last_not_of(" \t", at_ == 0 ? 0 : at_ - 1);
        return at_ == 0 || begin == std::string::npos || code_[begin] == '\n';
    }

    void skip_space() {
        while (at_ < code_.size()) {
            if (std::isspace(static_cast<unsigned char>(peek()))) {
                // An empty line parts a comment from what follows.
                if (peek() == '\n' && peek(1) == '\n') comment_.clear();
                advance();
            } else if (peek() == '/' && peek(1) == '/') line_comment();
            else if (peek() == '/' && peek(1) == '*') block_comment();
            else return;
        }
    }

    void line_comment() {
        const auto end = std::min(code_.find('\n', at_), code_.size());
        auto line = code_.substr(at_, end - at_);
        const auto begin = line.find_first_not_of("/!<");
        line = begin == std::string::npos ? "" : line.substr(begin);
        const bool trails = !source_.tokens.empty() && source_.tokens.back().line == line_ && comment_.empty();
        if (!line.empty() && line[0] == ' ') line.erase(0, 1);
        (trails ? source_.tokens.back().comment : comment_) += line + "\n";
        at_ = end;
    }

    void block_comment() {
        std::string line;
        at_ += 2;
        while (at_ < code_.size() && !(peek() == '*' && peek(1) == '/')) {
            if (peek() == '\n') {
                comment_ += strip(line) + "\n";
                line.clear();
            } else line += peek();
            advance();
        }
        comment_ += strip(line) + "\n";
        at_ = std::min(at_ + 2, code_.size());
    }

    static std::string strip(const std::string &line) {
        const auto begin = line.find_first_not_of(" \t*!");
        const auto end = line.find_last_not_of(" \t");
        return begin == std::string::npos ? "" : line.substr(begin, end + 1 - begin);
    }

    void preprocessor() {
        std::string line;
        while (at_ < code_.size() && peek() != '\n') {
            if (peek() == '\\' && peek(1) == '\n') advance();
            else line += peek();
            advance();
        }
        comment_.clear();
        const auto include = line.find("include");
        const auto open = line.find('"');
        if (include == std::string::npos || open == std::string::npos || include > open) return;
        source_.includes.push_back(line.substr(open + 1, line.find('"', open + 1) - open - 1));
    }

    void take() {
        const char first = peek();
        const auto start = at_;
        if (first == 'R' && peek(1) == '"') return raw_text();
        if (std::isalpha(static_cast<unsigned char>(first)) || first == '_') {
            while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '_') ++at_;
            push(Token::word, code_.substr(start, at_ - start));
        } else if (std::isdigit(static_cast<unsigned char>(first))) {
            while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '\'' || peek() == '.') ++at_;
            push(Token::number, code_.substr(start, at_ - start));
        } else if (first == '"' || first == '\'') quoted(first);
        else {
            const auto two = code_.substr(at_, 2);
            const bool pair = two == "::" || two == "->" || two == "[[" || two == "]]";
            at_ += pair ? 2 : 1;
            push(Token::symbol, code_.substr(start, at_ - start));
        }
    }

    void quoted(char mark) {
        std::string value;
        const auto line = line_;
        for (++at_; at_ < code_.size() && peek() != mark; advance()) {
            if (peek() == '\\') advance();
            value += peek();
        }
        ++at_;
        push(Token::text, value, line);
    }

    void raw_text() {
        const auto open = code_.find('(', at_);
        const auto close = ")" + code_.substr(at_ + 2, open - at_ - 2) + "\"";
        const auto end = std::min(code_.find(close, open), code_.size());
        const auto value = code_.substr(open + 1, end - open - 1);
        const auto line = line_;
        while (at_ < std::min(end + close.size(), code_.size())) advance();
        push(Token::text, value, line);
    }

    void push(Token::Kind kind, const std::string &value, int line = 0) {
        source_.tokens.push_back({kind, value, line == 0 ? line_ : line, comment_});
        comment_.clear();
    }

    const std::string &code_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::string comment_;
    Source source_;
};

} // namespace describe
