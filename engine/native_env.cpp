// SPDX-License-Identifier: BSD-3-Clause
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>
#include <system_error>
#include <utility>

#include "engine/env.hpp"
#include "engine/not_cancelled.hpp"

namespace reactor::engine {

namespace {

// For the lifetime of this object, threads are created with all signals blocked but those that a
// thread's own instructions raise.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t blocked;
    sigfillset(&blocked);
    for (int const own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
      sigdelset(&blocked, own);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  SignalsBlocked(SignalsBlocked const&) = delete;
  SignalsBlocked& operator=(SignalsBlocked const&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// "name/worker" in 15 characters; the number is never cut.
std::string short_name(std::string const& name) {
  constexpr std::size_t k_name_max = 15;
  auto const number =
      name.substr(name.rfind('/') == std::string::npos ? name.size() : name.rfind('/'));
  return name.size() <= k_name_max ? name : name.substr(0, k_name_max - number.size()) + number;
}

}  // namespace

constinit std::atomic<std::uint64_t> NativeEnv::generation_{0};

// Registered when the library is loaded, so that no fork is missed.
int const NativeEnv::fork_handler_ =
    pthread_atfork(nullptr, nullptr, [] { generation_.fetch_add(1, std::memory_order_relaxed); });

NativeEnv::thread::thread(std::string const& name, std::function<void()> body) {
  SignalsBlocked const blocked;
  handle_ = std::thread([name = short_name(name), body = std::move(body)] {
    pthread_setname_np(pthread_self(), name.c_str());
    body();
  });
}

void NativeEnv::thread::join() noexcept {
  NotCancelled const not_cancelled;  // what ends here must end
  handle_.join();
}

void NativeEnv::yield() noexcept {
  sched_yield();
}

int NativeEnv::cpu() noexcept {
  return sched_getcpu();
}

void NativeEnv::futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                           std::uint64_t timeout_ns) noexcept {
  constexpr std::uint64_t k_second_ns = 1'000'000'000;
  timespec const timeout{static_cast<time_t>(timeout_ns / k_second_ns),
                         static_cast<long>(timeout_ns % k_second_ns)};
  // SAFETY: the kernel reads four bytes, which is all that a lock-free atomic of them is. Whatever
  // the call returns (EAGAIN, EINTR, ETIMEDOUT), the caller looks at the word again.
  static_assert(sizeof(word) == 4 && atomic<std::uint32_t>::is_always_lock_free);
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected,
          timeout_ns == k_forever_ns ? nullptr : &timeout, nullptr, 0);
}

void NativeEnv::futex_wake_all(atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void NativeEnv::futex_wake_one(atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace reactor::engine
