// SPDX-License-Identifier: BSD-3-Clause
// A request server's handler: it has until the deadline to ask all backends, and says what it got.
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <iostream>
#include <mutex>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace {

// Answers at once, or never.
struct Backend {
  std::string name;
  bool is_up;

  std::string ask(std::stop_token stop) const {
    if (is_up) return name + "'s answer";
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any reply;
    reply.wait(lock, stop, [] { return false; });
    throw std::runtime_error(name + " did not answer in time");
  }
};

}  // namespace

int main() {
  Backend const backends[] = {{"stock", true}, {"prices", true}, {"reviews", false}};
  reactor::Reactor reactor({.stop_on_error = false, .parallelism = 3});

  reactor::Results<std::string> results;
  auto const ask = [](Backend const& backend, reactor::TaskContext& context) {
    return backend.ask(context.stop_token());
  };
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  try {
    reactor.run_into(results, backends, ask, {.deadline = deadline});
    std::cout << "all answered\n";
  } catch (reactor::DeadlineExceeded const& late) {
    std::cout << late.summary().done << " of " << late.summary().total << " answered\n";
  }
  for (auto const& [backend, answer] : reactor::correlate(backends, results)) {
    std::cout << "  " << backend.name << ": " << answer.value_or("-") << '\n';
  }
}
