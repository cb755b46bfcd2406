// What an adapter may use: errors that say whose fault a failure is, the context of a run, streams, bytes, batches,
// limits.
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace runyard {

/// Any JSON value; objects keep the order of their members.
using Json = nlohmann::ordered_json;

/// Bytes, which JSON carries as {"$binary": base64}.
using Bytes = std::vector<std::uint8_t>;

/// The caller sent a value the algorithm cannot work with: the task ends at once and is not tried again.
struct InvalidInput : std::runtime_error {
    /// The argument that is wrong, as "image_url" or "/items/3/name".
    std::string path;

    explicit InvalidInput(const std::string &message, std::string path = "")
        : std::runtime_error(message), path(std::move(path)) {}
};

/// Something the request points at, such as the address of an image, could not be fetched.
struct RequestError : std::runtime_error {
    /// The HTTP status that came back.
    int status;

    explicit RequestError(int status)
        : std::runtime_error("Error fetching request image, received " + std::to_string(status)), status(status) {}
};

/// How another algorithm failed that was run by Context::call.
struct CallError : std::runtime_error {
    /// The class of the exception, as the other algorithm's language names it.
    std::string type;
    Json details;

    CallError(const std::string &message, std::string type, Json details = {})
        : std::runtime_error(message), type(std::move(type)), details(std::move(details)) {}
};

/// The end of a run that somebody cancelled.
struct Cancelled : std::runtime_error {
    Cancelled() : std::runtime_error("The run was cancelled") {}
};

namespace pipe {
class Run;
}

/// The run that a function belongs to.
class Context {
  public:
    explicit Context(pipe::Run &run) : run_(run) {}

    /// Tells how far the run is, from 0 to 1.
    void progress(double fraction, const std::string &message = "");
    /// Writes a line of the task's log.
    void log(const std::string &text);
    /// Whether the run was cancelled: a function that sees it should end.
    bool cancelled() const;
    /// Waits until the run is cancelled.
    void wait_for_cancel();
    /// Runs another algorithm. `args` is an object of arguments by name. @throws CallError
    Json call(const std::string &algorithm, const Json &args);

  private:
    pipe::Run &run_;
};

/// Where a streaming function puts its chunks: a parameter `runyard::Stream<T> &out`.
template <class T> class Stream {
  public:
    explicit Stream(void (*write)(pipe::Run &, const T &), pipe::Run &run) : write_(write), run_(run) {}

    /// Sends one chunk. @throws Cancelled when nobody wants more
    void send(const T &chunk) { write_(run_, chunk); }

  private:
    void (*write_)(pipe::Run &, const T &);
    pipe::Run &run_;
};

/// What a batch function gives for one item: a value, or an error in its place.
template <class T> class Result {
  public:
    Result(T value) : held_(std::move(value)) {}
    Result(std::exception_ptr error) : held_(std::move(error)) {}

    /// An exception in place of a value.
    template <class E> static Result error(E exception) {
        return Result(std::make_exception_ptr(std::move(exception)));
    }

    /// The value. @throws the exception in its place
    const T &value() const {
        if (const auto *error = std::get_if<std::exception_ptr>(&held_)) std::rethrow_exception(*error);
        return std::get<T>(held_);
    }

  private:
    std::variant<T, std::exception_ptr> held_;
};

/// How inputs are collected for a batch function; 0 leaves it to the yard.
struct Batch {
    int max_size = 0;
    int max_wait_ms = 0;
    int max_bytes = 0;
};

/// What one algorithm needs; 0 leaves it to the yard.
struct Limit {
    int timeout_ms = 0;
    int max_attempts = 0;
    int backoff_ms = 0;
    int max_backoff_ms = 0;
    Batch batch = {};
};

/// Limits by algorithm. They have to be written out, in a constant named `limits`.
using Limits = std::map<std::string, Limit>;

/// What an `apply` that takes anything is given, and may give: text, bytes or JSON.
using Any = std::variant<std::string, Bytes, Json>;

} // namespace runyard
