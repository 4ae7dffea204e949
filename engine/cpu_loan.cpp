// SPDX-License-Identifier: BSD-3-Clause
#include "engine/cpu_loan.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "engine/topology.hpp"

namespace reactor::engine {

namespace {

// Ready to run, or running: not so when it sleeps, in a system call for example. False, too, where
// there is no /proc.
bool wants_cpu(pid_t thread) noexcept {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/stat", thread);
  int const file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 128> text{};
  ssize_t const length = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  if (length <= 0) return false;
  // "number (name) state ...", where the name may be anything.
  char const* const after_name = std::strrchr(text.data(), ')');
  return after_name != nullptr && after_name[1] == ' ' && after_name[2] == 'R';
}

}  // namespace

void CpuLoan::begin(int own_cpu) noexcept {
  std::lock_guard const lock(mutex_);
  inside_.store(nullptr, std::memory_order_relaxed);
  is_lent_.store(false, std::memory_order_relaxed);
  own_cpu_.store(own_cpu, std::memory_order_relaxed);
  thread_ = pthread_getcpuclockid(pthread_self(), &cpu_clock_) == 0 ? ::gettid() : 0;
}

void CpuLoan::end() noexcept {
  std::lock_guard const lock(mutex_);
  own_cpu_.store(k_none, std::memory_order_relaxed);
  thread_ = 0;
}

bool CpuLoan::look(void const* run) noexcept {
  if (inside_.load(std::memory_order_relaxed) != run) return false;
  std::unique_lock const lock(mutex_, std::try_to_lock);
  return lock && thread_ != 0 && clock_gettime(cpu_clock_, &seen_) == 0;
}

void CpuLoan::lend(void const* run, int cpu) noexcept {
  if (inside_.load(std::memory_order_relaxed) != run) return;
  std::unique_lock const lock(mutex_, std::try_to_lock);
  if (!lock || thread_ == 0 || cpu == own_cpu_.load(std::memory_order_relaxed)) return;
  if (is_lent_.load(std::memory_order_relaxed) || has_run() || !wants_cpu(thread_)) return;
  // Said first: it may run, and leave, before the system call has returned.
  is_lent_.store(true, std::memory_order_relaxed);
  bool const is_bound = bind_to(cpu);
  if (!is_bound || inside_.load(std::memory_order_relaxed) != run) bring_home();
}

// Blocks nobody: who has the mutex sees that the worker has left, and brings it home.
void CpuLoan::give_back() noexcept {
  std::unique_lock const lock(mutex_, std::try_to_lock);
  if (lock && thread_ == ::gettid()) bring_home();  // otherwise it was replaced
}

// If it is refused, there is another time.
void CpuLoan::bring_home() noexcept {
  is_lent_.store(!bind_to(own_cpu_.load(std::memory_order_relaxed)), std::memory_order_relaxed);
}

bool CpuLoan::bind_to(int cpu) const noexcept {
  CpuMask only;
  return only.add(cpu) && only.apply_to(thread_);
}

// Since it was looked at.
bool CpuLoan::has_run() noexcept {
  timespec now{};
  if (clock_gettime(cpu_clock_, &now) != 0) return true;
  return now.tv_sec != seen_.tv_sec || now.tv_nsec != seen_.tv_nsec;
}

}  // namespace reactor::engine
