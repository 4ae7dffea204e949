// SPDX-License-Identifier: BSD-3-Clause
#include "signals.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <utility>

namespace stress {

namespace {

constexpr std::chrono::microseconds k_period{100};

std::atomic<std::uint64_t> sent_count{0};
std::atomic<std::uint64_t> handled_count{0};

extern "C" void count_signal(int) {
  handled_count.fetch_add(1, std::memory_order_relaxed);
}

extern "C" void end(int) {
  is_over.store(true, std::memory_order_relaxed);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(signal, &action, nullptr);
}

}  // namespace

std::atomic<bool> is_over{false};

std::thread start_without_signals(std::function<void()> body) {
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  for (int const own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
    sigdelset(&blocked, own);
  }
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

void end_after(double seconds) {
  for (int const signal : {SIGINT, SIGTERM, SIGALRM}) handle(signal, &end);
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(seconds);
  timer.it_value.tv_usec = static_cast<suseconds_t>(std::fmod(seconds, 1) * 1e6);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

SignalStorm::SignalStorm() {
  handle(SIGUSR1, &count_signal);
  thread_ = start_without_signals([this] {
    auto next = std::chrono::steady_clock::now();
    while (!is_over_.load(std::memory_order_relaxed)) {
      kill(getpid(), SIGUSR1);
      sent_count.fetch_add(1, std::memory_order_relaxed);
      next += k_period;
      std::this_thread::sleep_until(next);
    }
  });
}

SignalStorm::~SignalStorm() {
  is_over_ = true;
  thread_.join();
}

std::uint64_t SignalStorm::sent() noexcept {
  return sent_count.load();
}
std::uint64_t SignalStorm::handled() noexcept {
  return handled_count.load();
}

}  // namespace stress
