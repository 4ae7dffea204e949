// SPDX-License-Identifier: BSD-3-Clause
// Signals: those that end the program, and those that disturb it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

namespace stress {

// A thread that blocks all signals but those its own instructions raise.
std::thread start_without_signals(std::function<void()> body);

// Set by SIGINT and SIGTERM, and when time is up, from the call of end_after() on.
extern std::atomic<bool> is_over;
void end_after(double seconds);

// Raises SIGUSR1 at the process, 10 000 times a second. Its handler is installed without
// SA_RESTART: every system call that waits comes back with EINTR.
class SignalStorm {
 public:
  SignalStorm();
  SignalStorm(SignalStorm const&) = delete;
  SignalStorm& operator=(SignalStorm const&) = delete;
  ~SignalStorm();

  static std::uint64_t sent() noexcept;
  static std::uint64_t handled() noexcept;

 private:
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace stress
