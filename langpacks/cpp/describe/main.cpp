// Reads a project's C++ source, tells of its algorithms, and writes the main that serves them. describe.sh compiles
// that.
#include "adapter.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace describe {

namespace fs = std::filesystem;

std::string variable(const char *name) {
    const char *value = std::getenv(name);
    if (!value) throw std::runtime_error(std::string(name) + " is not set");
    return value;
}

std::string read_file(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A file and what it includes of the project, the included first.
void read_source(Code &code, const fs::path &root, const fs::path &path, std::set<fs::path> &seen) {
    const auto file = fs::weakly_canonical(path);
    const auto relative = file.lexically_relative(fs::weakly_canonical(root)).string();
    if (!fs::exists(file) || relative.rfind("..", 0) == 0 || !seen.insert(file).second) return;
    auto source = Lexer(read_file(file)).read();
    for (const auto &include : source.includes) {
        for (const auto &folder : {file.parent_path(), root, root / "include"})
            read_source(code, root, folder / include, seen);
    }
    Parser(code, relative, std::move(source.tokens)).read();
}

Json to_json(const std::vector<Problem> &problems) {
    Json list = Json::array();
    const auto named = [](const std::string &name) { return name.empty() ? Json(nullptr) : Json(name); };
    for (const auto &one : problems) {
        list.push_back({{"file", one.file},
                        {"line", one.line},
                        {"function", named(one.function)},
                        {"argument", named(one.argument)},
                        {"message", one.message}});
    }
    return list;
}

/// The main of a classic project. @throws std::runtime_error saying file and line
std::string classic_main(const Code &code, const std::string &source, const std::string &file) {
    const Function *apply = nullptr;
    for (const auto &one : code.functions) {
        if (one.name == "apply") apply = &one;
    }
    const std::string expected = "expected Result apply(const Input &input)";
    if (!apply) throw std::runtime_error(file + ":1: " + expected);
    const auto at = apply->file + ":" + std::to_string(apply->line) + ": ";
    if (apply->parameters.size() != 1 || apply->result.name == "void" || !apply->problem.empty())
        throw std::runtime_error(at + expected);
    Schemas schemas(code, true);
    const auto is_any = [](const Type &type) { return type.name == "runyard::Any"; };
    const auto &input = apply->parameters[0].type;
    try {
        for (const auto *type : {&input, &apply->result}) {
            if (!is_any(*type)) schemas.of(*type);
        }
    } catch (const std::runtime_error &error) {
        throw std::runtime_error(at + error.what());
    }
    const auto place = literal("apply (" + apply->file + ":" + std::to_string(apply->line) + ")");
    return "#include <runyard/pipe.hpp>\n#include " + literal(source) + "\n" + Adapter::codecs(code, schemas.used) +
           "int main() {\n    runyard::pipe::serve_apply([](const runyard::pipe::ClassicRequest &request) -> "
           "std::string {\n        "
           "return runyard::pipe::classic_result(::" +
           apply->qualified + "(runyard::pipe::classic_input<" + holder(input) + ">(request)));\n    }, " + place +
           ");\n}\n";
}

void write(const fs::path &path, const std::string &text) { std::ofstream(path, std::ios::binary) << text; }

/// Gives the answer in `description.json`, and `main.cpp` when there is something to build.
void run() {
    const fs::path root = variable("RUNYARD_PROJECT"), source = variable("RUNYARD_ADAPTER"),
                   out = variable("RUNYARD_BUILD");
    Code code;
    std::set<fs::path> seen;
    read_source(code, root, source, seen);
    const auto file = fs::weakly_canonical(source).lexically_relative(fs::weakly_canonical(root)).string();
    fs::create_directories(out);
    if (variable("RUNYARD_KIND") == "classic")
        return write(out / "main.cpp", classic_main(code, source.string(), file));
    Adapter adapter(code);
    adapter.main_file = file;
    adapter.read();
    if (code.problems.empty()) write(out / "main.cpp", adapter.main_source(source.string()));
    write(out / "description.json",
          Json({{"algorithms", adapter.algorithms}, {"limits", adapter.limits}, {"problems", to_json(code.problems)}})
              .dump(-1, ' ', false, Json::error_handler_t::replace));
}

} // namespace describe

int main() {
    try {
        describe::run();
    } catch (const std::exception &error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
