// SPDX-License-Identifier: BSD-3-Clause
// A coroutine that waits for runs without keeping a thread: it goes on on a worker.
#include <coroutine>
#include <cstddef>
#include <exception>
#include <iostream>
#include <latch>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <string>

namespace {

// The simplest of coroutine types: begins at once, tells a latch when it ends. Yours will do.
struct Job {
  struct promise_type {
    Job get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

Job handle_request(reactor::Reactor& reactor, std::latch& end) {
  auto const squares = co_await reactor.submit(5, [](std::size_t task) { return task * task; });
  std::size_t sum = 0;
  for (auto const& square : squares) sum += *square;
  std::cout << "the sum is " << sum << '\n';

  try {
    co_await reactor.submit(3, [](std::size_t task) {
      if (task == 1) throw std::runtime_error("no answer");
    });
  } catch (reactor::TaskError const& error) {
    std::cout << "task " << error.task_index() << " failed\n";
  }
  end.count_down();
}

}  // namespace

int main() {
  std::latch end(1);
  reactor::Reactor reactor({.parallelism = 2});
  handle_request(reactor, end);  // comes back at the first co_await
  end.wait();
}
