// SPDX-License-Identifier: BSD-3-Clause
#include "engine/cpu_loan.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "engine/not_cancelled.hpp"
#include "engine/topology.hpp"

namespace reactor::engine {

namespace {

// Ready to run, or running: not so when it sleeps, in a system call for example. False, too, where
// there is no /proc.
bool wants_cpu(pid_t thread) noexcept {
  NotCancelled const not_cancelled;
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

void CpuLoan::take_over() noexcept {
  std::lock_guard const lock(mutex_);
  inside_.store(nullptr, std::memory_order_relaxed);
  is_lent_.store(false, std::memory_order_relaxed);
  own_cpu_.store(k_none, std::memory_order_relaxed);
  thread_ = 0;
}

void CpuLoan::begin(int own_cpu, bool is_named) noexcept {
  std::lock_guard const lock(mutex_);
  own_cpu_.store(own_cpu, std::memory_order_relaxed);
  is_named_ = is_named;
  thread_ = pthread_getcpuclockid(pthread_self(), &cpu_clock_) == 0 ? ::gettid() : 0;
}

void CpuLoan::end() noexcept {
  std::lock_guard const lock(mutex_);
  if (thread_ != ::gettid()) return;
  own_cpu_.store(k_none, std::memory_order_relaxed);
  thread_ = 0;
}

// More would only be in each other's way.
void CpuLoan::lend_to_one(std::vector<CpuLoan>& loans, void const* run) noexcept {
  int const cpu = sched_getcpu();
  bool const is_ours = std::any_of(loans.begin(), loans.end(), [cpu](CpuLoan const& loan) {
    return loan.own_cpu_.load(std::memory_order_relaxed) == cpu;
  });
  for (CpuLoan& loan : loans) {
    if (loan.lend(run, cpu, is_ours)) return;
  }
}

bool CpuLoan::look(void const* run) noexcept {
  if (inside_.load(std::memory_order_relaxed) != run) return false;
  std::unique_lock const lock(mutex_, std::try_to_lock);
  return lock && thread_ != 0 && clock_gettime(cpu_clock_, &seen_) == 0;
}

bool CpuLoan::lend(void const* run, int cpu, bool is_ours) noexcept {
  if (inside_.load(std::memory_order_relaxed) != run) return false;
  std::unique_lock const lock(mutex_, std::try_to_lock);
  int const own_cpu = own_cpu_.load(std::memory_order_relaxed);
  if (!lock || cpu == own_cpu) return false;
  if ((is_named_ && !is_ours) || !is_starved() || !is_bound_to(own_cpu)) return false;
  // Said first: it may run, and leave, before the system call has returned.
  is_lent_.store(true, std::memory_order_relaxed);
  lent_cpu_ = cpu;
  bool const is_bound = bind_to(cpu);
  bool const has_left = inside_.load(std::memory_order_relaxed) != run;
  if (!is_bound || has_left) bring_home();
  return is_bound;
}

// Blocks nobody.
void CpuLoan::go_home() noexcept {
  std::unique_lock const lock(mutex_, std::try_to_lock);
  if (lock && thread_ == ::gettid()) bring_home();
}

// If it is refused, there is another time.
void CpuLoan::bring_home() noexcept {
  bool const is_lent = is_bound_to(lent_cpu_) && !bind_to(own_cpu_.load(std::memory_order_relaxed));
  is_lent_.store(is_lent, std::memory_order_relaxed);
}

bool CpuLoan::bind_to(int cpu) const noexcept {
  CpuMask only;
  return only.add(cpu) && only.apply_to(thread_);
}

// Not so if the user has bound it anew.
bool CpuLoan::is_bound_to(int cpu) const noexcept {
  CpuMask mask;
  return mask.read(thread_) && mask.is_only(cpu);
}

// Has not run since it was looked at, though it wants to.
bool CpuLoan::is_starved() const noexcept {
  timespec now{};
  if (thread_ == 0 || clock_gettime(cpu_clock_, &now) != 0) return false;
  if (now.tv_sec != seen_.tv_sec || now.tv_nsec != seen_.tv_nsec) return false;
  return wants_cpu(thread_);
}

}  // namespace reactor::engine
