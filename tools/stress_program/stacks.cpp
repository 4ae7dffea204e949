// SPDX-License-Identifier: BSD-3-Clause
#include "stacks.hpp"

#include <execinfo.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace stress {

namespace {

constexpr int k_signal = SIGTRAP;
constexpr int k_frames_max = 64;
constexpr std::chrono::seconds k_answer_bound{2};

std::atomic<bool> has_answered{false};

extern "C" void write_own_stack(int) {
  std::array<void*, k_frames_max> frames;
  int const count = backtrace(frames.data(), k_frames_max);
  backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  has_answered.store(true, std::memory_order_release);
}

std::string first_line_of(std::filesystem::path const& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

void dump_stack(std::filesystem::path const& thread) {
  pid_t const id = std::stoi(thread.filename().string());
  fmt::print(stderr, "\nthread {} ({}), in the kernel at {}, system call {}:\n", id,
             first_line_of(thread / "comm"), first_line_of(thread / "wchan"),
             first_line_of(thread / "syscall"));
  std::fflush(stderr);
  has_answered = false;
  syscall(SYS_tgkill, getpid(), id, k_signal);
  auto const end = std::chrono::steady_clock::now() + k_answer_bound;
  while (!has_answered.load(std::memory_order_acquire)) {
    if (std::chrono::steady_clock::now() > end) {
      fmt::print(stderr, "(no answer)\n");
      return;
    }
    std::this_thread::yield();
  }
}

}  // namespace

void prepare_stacks() {
  std::array<void*, 1> frame;
  backtrace(frame.data(), 1);
  struct sigaction action {};
  action.sa_handler = &write_own_stack;
  action.sa_flags = SA_RESTART;
  sigaction(k_signal, &action, nullptr);
}

void dump_all_stacks() {
  for (auto const& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    dump_stack(entry.path());
  }
  fmt::print(stderr, "\n`addr2line -Cfe <program> <offset>` names what has no name above.\n");
  std::fflush(stderr);
}

}  // namespace stress
