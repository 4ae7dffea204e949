// SPDX-License-Identifier: BSD-3-Clause
// A thread that is interrupted after each of its instructions, by the trap flag of x86-64; but not
// in libraries: the system's, which tell the time, begin again when that takes them too long.
#pragma once

#include <signal.h>
#include <ucontext.h>

#include <cstdint>
#include <functional>
#include <utility>

extern "C" char __executable_start, etext;  // by the linker

// One at a time in a process.
class SingleStep {
 public:
  // `after_each` is called in a signal handler, until it returns false.
  explicit SingleStep(std::function<bool()> after_each) : after_each_(std::move(after_each)) {
    current_ = this;
    struct sigaction action {};
    action.sa_sigaction = &on_trap;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGTRAP, &action, &before_);
  }
  SingleStep(SingleStep const&) = delete;
  SingleStep& operator=(SingleStep const&) = delete;
  ~SingleStep() {
    is_over_ = true;
    asm volatile("nop");  // where it ends at the latest
    sigaction(SIGTRAP, &before_, nullptr);
  }

  // Of the calling thread, from here on. What is below the stack pointer may be somebody's.
  void begin() {
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\t"
        "pushfq\n\t"
        "orq $0x100, (%%rsp)\n\t"
        "popfq\n\t"
        "lea 128(%%rsp), %%rsp" ::
            : "memory", "cc");
  }

 private:
  static void on_trap(int, siginfo_t*, void* context) {
    SingleStep& step = *current_;
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    auto const at = static_cast<std::uintptr_t>(registers[REG_RIP]);
    bool const is_in_library = at < reinterpret_cast<std::uintptr_t>(&__executable_start) ||
                               at >= reinterpret_cast<std::uintptr_t>(&etext);
    if (!step.is_over_ && (is_in_library || step.after_each_())) return;
    step.is_over_ = true;
    registers[REG_EFL] &= ~0x100LL;
  }

  inline static SingleStep* current_ = nullptr;
  std::function<bool()> const after_each_;
  struct sigaction before_ {};
  bool volatile is_over_ = false;  // by the thread itself, and its handler
};
