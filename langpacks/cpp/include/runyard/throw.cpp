// Notes where an exception is thrown, then lets the language's library throw it.
#include <cstdlib>
#include <dlfcn.h>
#include <execinfo.h>

namespace {

constexpr int max_frames = 64;
thread_local void *frames[max_frames + 1];

} // namespace

extern "C" void *const *runyard_thrown_frames() { return frames; }

extern "C" void __cxa_throw(void *exception, void *type, void (*destroy)(void *)) {
    using Throw = void (*)(void *, void *, void (*)(void *));
    static const auto real = reinterpret_cast<Throw>(dlsym(RTLD_NEXT, "__cxa_throw"));
    frames[backtrace(frames, max_frames)] = nullptr;
    real(exception, type, destroy);
    std::abort();
}
