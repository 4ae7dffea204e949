// SPDX-License-Identifier: BSD-3-Clause
// System functions that fail on demand, in the whole program: the program's own definitions come
// before those of the shared libraries, for the libraries too.
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>

#include "tests/faults/inject.hpp"

namespace {

// The function of this name in the next library. Without a guarded static: waiting for its guard
// comes by syscall() again.
template <class Function>
class Next {
 public:
  constexpr explicit Next(char const* name) noexcept : name_(name) {}
  Function* get() noexcept {
    Function* found = found_.load();
    if (found == nullptr) {
      // SAFETY: it has the type of the one that is defined here.
      found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_));
      found_.store(found);
    }
    return found;
  }

 private:
  char const* name_;
  std::atomic<Function*> found_{nullptr};
};

constinit Next<int(pthread_t*, pthread_attr_t const*, void* (*)(void*), void*)> next_pthread_create(
    "pthread_create");
constinit Next<int(pid_t, std::size_t, cpu_set_t const*)> next_sched_setaffinity(
    "sched_setaffinity");
constinit Next<int(pid_t, std::size_t, cpu_set_t*)> next_sched_getaffinity("sched_getaffinity");
constinit Next<long(long, ...)> next_syscall("syscall");

// As system calls fail.
bool call_fails(faults::Point point) noexcept {
  int error = 0;
  if (!faults::strikes(point, error)) return false;
  errno = error;
  return true;
}

}  // namespace

extern "C" {

int pthread_create(pthread_t* thread, pthread_attr_t const* attributes, void* (*body)(void*),
                   void* argument) noexcept {
  int error = 0;
  if (faults::strikes(faults::Point::thread, error)) return error;
  return next_pthread_create.get()(thread, attributes, body, argument);
}

int sched_setaffinity(pid_t thread, std::size_t size, cpu_set_t const* mask) noexcept {
  if (call_fails(thread == 0 ? faults::Point::set_affinity : faults::Point::move_thread)) return -1;
  return next_sched_setaffinity.get()(thread, size, mask);
}

int sched_getaffinity(pid_t thread, std::size_t size, cpu_set_t* mask) noexcept {
  if (call_fails(faults::Point::get_affinity)) return -1;
  return next_sched_getaffinity.get()(thread, size, mask);
}

// With error 0: a wait that ends for no reason.
long syscall(long number, ...) noexcept {
  // SAFETY: as the C library's own does, takes as many as any system call has.
  va_list list;
  va_start(list, number);
  long const a = va_arg(list, long);
  long const b = va_arg(list, long);
  long const c = va_arg(list, long);
  long const d = va_arg(list, long);
  long const e = va_arg(list, long);
  long const f = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex && static_cast<int>(b) == FUTEX_WAIT_PRIVATE &&
      call_fails(faults::Point::futex_wait)) {
    return errno == 0 ? 0 : -1;
  }
  return next_syscall.get()(number, a, b, c, d, e, f);
}

}  // extern "C"
