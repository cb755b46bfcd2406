// Serves an adapter: requests from standard input, answers to what ALGOOUT names.
#include "pipe.hpp"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <deque>
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <mutex>
#include <poll.h>
#include <thread>
#include <typeinfo>
#include <unistd.h>

/// The frames of the exception that this thread threw last (throw.cpp), up to a null.
extern "C" void *const *runyard_thrown_frames();

namespace runyard::pipe {

namespace {

constexpr std::size_t max_log_bytes = 4 << 20;
constexpr const char *default_target = "/tmp/algoout";

std::string json_text(std::string_view text) {
    Writer writer;
    writer.text(text);
    return std::move(writer.out);
}

/// The way back to the parent. A document is written whole, under a lock.
class Answers {
  public:
    explicit Answers(const std::string &target) {
        if (target.rfind("/dev/fd/", 0) == 0) fd_ = std::atoi(target.c_str() + 8);
        else fd_ = open(target.c_str(), O_WRONLY);
        if (fd_ < 0) end("cannot be opened");
    }

    void write(const std::string &document) {
        std::lock_guard lock(mutex_);
        for (std::size_t done = 0; done < document.size();) {
            const auto written = ::write(fd_, document.data() + done, document.size() - done);
            if (written >= 0) done += std::size_t(written);
            else if (errno == EAGAIN) {
                pollfd room{fd_, POLLOUT, 0};
                poll(&room, 1, 1000);
            } else if (errno != EINTR) end("broke");
        }
    }

    void close() { ::close(fd_); }

  private:
    [[noreturn]] static void end(const char *what) {
        std::fprintf(stderr, "The answer pipe %s: %s\n", what, std::strerror(errno));
        std::_Exit(1);
    }

    int fd_ = -1;
    std::mutex mutex_;
};

std::string target() {
    const char *named = std::getenv("ALGOOUT");
    return named && *named ? named : default_target;
}

std::string demangled(const char *name) {
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
    return text ? text.get() : name;
}

struct CallAnswer {
    Json result;
    Json error;
};

/// Questions to other algorithms that wait for their answers, and whether the parent is there to give them.
struct Calls {
    std::mutex mutex;
    std::condition_variable some;
    std::map<std::string, CallAnswer> answered;
    std::uint64_t count = 0;
    bool gone = false;
};

class PipeRun : public Run {
  public:
    PipeRun(Json message, Answers &answers, Calls &calls)
        : message_(std::move(message)), answers_(answers), calls_(calls) {
        id_ = json_text(message_.value("id", ""));
        if (!message_.contains("args")) message_["args"] = Json::object();
    }

    const std::string &id() const { return id_; }
    std::string algorithm() const { return message_.value("algorithm", ""); }
    const Json &args() const override { return message_["args"]; }
    const Json *batch() const override { return message_.contains("batch") ? &message_["batch"] : nullptr; }

    void answer(const std::string &members) { answers_.write("{\"id\":" + id_ + "," + members + "}\n"); }
    void chunk(const std::string &json) override { answer("\"chunk\":" + json); }

    void progress(double fraction, const std::string &message) override {
        Writer writer;
        writer.number(fraction);
        answer("\"progress\":" + writer.out + (message.empty() ? "" : ",\"message\":" + json_text(message)));
    }

    void log(const std::string &text) override {
        for (std::size_t start = 0; start <= text.size();) {
            const auto end = std::min(text.find('\n', start), text.size());
            const auto before = logged_.fetch_add(end - start + 1);
            if (before > max_log_bytes) return;
            const bool is_full = before + end - start >= max_log_bytes;
            const auto line =
                is_full ? "(the log of this run is full; further lines are dropped)" : text.substr(start, end - start);
            answer("\"log\":" + json_text(line));
            start = end + 1;
            if (start == text.size()) return;
        }
    }

    bool cancelled() const override { return cancelled_; }

    void wait_for_cancel() override {
        std::unique_lock lock(calls_.mutex);
        calls_.some.wait(lock, [&] { return cancelled_.load(); });
    }

    void cancel() {
        std::lock_guard lock(calls_.mutex);
        cancelled_ = true;
        calls_.some.notify_all();
    }

    Json call(const std::string &algorithm, const Json &args) override {
        std::unique_lock lock(calls_.mutex);
        const auto question = message_.value("id", "") + "/" + std::to_string(++calls_.count);
        lock.unlock();
        answer("\"call\":" + json_text(question) + ",\"algorithm\":" + json_text(algorithm) +
               ",\"args\":" + encoded(args));
        lock.lock();
        calls_.some.wait(lock, [&] { return cancelled_ || calls_.gone || calls_.answered.count(question); });
        const auto found = calls_.answered.find(question);
        if (found == calls_.answered.end()) {
            if (cancelled_) throw Cancelled();
            throw CallError("the yard is gone; it cannot run another algorithm now", "Error");
        }
        const auto answered = std::move(found->second);
        calls_.answered.erase(found);
        const auto &error = answered.error;
        if (!error.is_null()) throw CallError(error.value("message", ""), error.value("error_type", "Error"), error);
        return answered.result;
    }

  private:
    Json message_;
    std::string id_;
    Answers &answers_;
    Calls &calls_;
    std::atomic<bool> cancelled_{false};
    std::atomic<std::size_t> logged_{0};
};

constexpr int max_frames = 64;

std::string stack_text(const char *place) {
    std::string text;
    void *const *frames = runyard_thrown_frames();
    for (int at = 1; at < max_frames && frames[at]; ++at) {
        Dl_info info{};
        if (!dladdr(frames[at], &info) || !info.dli_sname) continue;
        const auto name = demangled(info.dli_sname);
        if (name.rfind("runyard::pipe::", 0) == 0) break;
        text += "  at " + name + "\n";
    }
    return text + "  in " + place;
}

std::string places(std::string path, const std::string &message) {
    if (!path.empty() && path[0] != '/') path = Misfit{"", ""}.within(path).path;
    return ",\"errors\":[{\"path\":" + json_text(path) + ",\"message\":" + json_text(message) + "}]";
}

std::string failure(const std::string &type, const std::string &message, const std::string &more = "") {
    return "\"error\":{\"message\":" + json_text(message) + ",\"error_type\":" + json_text(type) + more + "}";
}

std::string short_name(const std::type_info &type) {
    auto name = demangled(type.name());
    name = name.substr(0, name.find('<'));
    return name.substr(name.rfind(':') + 1);
}

/// Takes requests off standard input and runs them in the order they came.
class Server {
  public:
    explicit Server(const Adapter &adapter) : adapter_(adapter), answers_(target()) {}

    void serve() {
        adapter_.setup();
        std::cout << "PIPE_INIT_COMPLETE {\"protocol\":2,\"algorithms\":[],\"concurrency\":" << adapter_.concurrency
                  << ",\"answers\":\"plain\"}" << std::endl;
        std::thread reader([this] { read(); });
        std::vector<std::thread> others;
        for (int i = 1; i < adapter_.concurrency; ++i) others.emplace_back([this] { work(); });
        work();
        for (auto &other : others) other.join();
        reader.join();
        adapter_.teardown();
    }

  private:
    void read() {
        for (std::string line; std::getline(std::cin, line);) {
            if (!line.empty()) take(line);
        }
        std::scoped_lock lock(mutex_, calls_.mutex);
        over_ = calls_.gone = true;
        some_.notify_all();
        calls_.some.notify_all();
    }

    void take(const std::string &line) {
        auto message = Json::parse(line, nullptr, false);
        if (!message.is_object()) {
            std::cerr << "A line that is no request: " << line.substr(0, 200) << std::endl;
        } else if (message.contains("called")) {
            std::lock_guard lock(calls_.mutex);
            calls_.answered[message.value("called", "")] = {message.value("result", Json()),
                                                            message.value("error", Json())};
            calls_.some.notify_all();
        } else if (message.contains("cancel")) {
            cancel(message.value("cancel", ""));
        } else {
            std::lock_guard lock(mutex_);
            waiting_.push_back(std::make_shared<PipeRun>(std::move(message), answers_, calls_));
            some_.notify_one();
        }
    }

    void cancel(const std::string &id) {
        const auto wanted = json_text(id);
        std::lock_guard lock(mutex_);
        for (const auto &run : running_) {
            if (run->id() == wanted) return run->cancel();
        }
        for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
            if ((*at)->id() != wanted) continue;
            (*at)->answer(failure("Cancelled", Cancelled().what()));
            waiting_.erase(at);
            return;
        }
    }

    void work() {
        while (const auto run = next()) {
            auto members = perform(*run);
            {
                std::lock_guard lock(mutex_);
                running_.remove(run);
            }
            // What was printed belongs to this run.
            std::cout.flush();
            std::fflush(stdout);
            if (run->cancelled()) members = failure("Cancelled", Cancelled().what());
            run->answer(members);
        }
    }

    std::shared_ptr<PipeRun> next() {
        std::unique_lock lock(mutex_);
        some_.wait(lock, [this] { return over_ || !waiting_.empty(); });
        if (waiting_.empty()) return nullptr;
        auto run = waiting_.front();
        waiting_.pop_front();
        running_.push_back(run);
        return run;
    }

    std::string perform(PipeRun &run) {
        const auto name = run.algorithm();
        for (const auto &algorithm : adapter_.algorithms) {
            if (algorithm.name != name) continue;
            if (run.batch() && !algorithm.is_batch) {
                return failure("InvalidInput", name + " takes one input at a time, not a batch");
            }
            try {
                return algorithm.run(run);
            } catch (...) {
                return error_member(algorithm.place);
            }
        }
        return failure("InvalidInput", "there is no algorithm " + name + " here");
    }

    const Adapter &adapter_;
    Answers answers_;
    Calls calls_;
    std::mutex mutex_;
    std::condition_variable some_;
    std::deque<std::shared_ptr<PipeRun>> waiting_;
    std::list<std::shared_ptr<PipeRun>> running_;
    bool over_ = false;
};

} // namespace

std::string error_member(const char *place) {
    const auto stack = [&] { return ",\"stacktrace\":" + json_text(stack_text(place)); };
    try {
        throw;
    } catch (const Misfit &misfit) {
        return failure("InvalidInput", misfit.text(), places(misfit.path, misfit.message));
    } catch (const Unsendable &unsendable) {
        return failure("InvalidOutput", unsendable.message);
    } catch (const InvalidInput &error) {
        return failure("InvalidInput", error.what(), error.path.empty() ? "" : places(error.path, error.what()));
    } catch (const RequestError &error) {
        return failure("RequestError", error.what(), ",\"status\":" + std::to_string(error.status) + stack());
    } catch (const CallError &error) {
        std::string more = stack();
        for (const char *key : {"errors", "status"}) {
            if (error.details.contains(key)) more += "," + json_text(key) + ":" + encoded(error.details[key]);
        }
        return failure(error.type, error.what(), more);
    } catch (const std::exception &error) {
        return failure(short_name(typeid(error)), error.what(), stack());
    } catch (const std::string &text) {
        return failure("Error", text, stack());
    } catch (const char *text) {
        return failure("Error", text, stack());
    } catch (...) {
        const auto *type = abi::__cxa_current_exception_type();
        return failure(type ? short_name(*type) : "Error", "an exception that is no std::exception", stack());
    }
}

void serve(const Adapter &adapter) {
    std::signal(SIGPIPE, SIG_IGN);
    std::ios::sync_with_stdio(true);
    Server(adapter).serve();
    std::cout.flush();
    std::exit(0);
}

void serve_apply(std::string (*apply)(const ClassicRequest &), const char *place) {
    std::signal(SIGPIPE, SIG_IGN);
    std::optional<Answers> kept;
    if (std::getenv("ALGOOUT")) kept.emplace(target());
    std::cout << "PIPE_INIT_COMPLETE" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        std::string document;
        try {
            const auto request = Json::parse(line, nullptr, false);
            if (!request.is_object()) throw Misfit{"", "the request is no JSON object"};
            document = apply({request.value("content_type", ""), request.value("data", Json())});
        } catch (...) {
            document = "{" + error_member(place) + "}\n";
        }
        std::cout.flush();
        std::fflush(stdout);
        if (kept) kept->write(document);
        else {
            // The FIFO of old is opened, written and closed for each answer.
            Answers once(default_target);
            once.write(document);
            once.close();
        }
    }
    std::exit(0);
}

} // namespace runyard::pipe

namespace runyard {

void Context::progress(double fraction, const std::string &message) { run_.progress(fraction, message); }
void Context::log(const std::string &text) { run_.log(text); }
bool Context::cancelled() const { return run_.cancelled(); }
void Context::wait_for_cancel() { run_.wait_for_cancel(); }
Json Context::call(const std::string &algorithm, const Json &args) { return run_.call(algorithm, args); }

} // namespace runyard
