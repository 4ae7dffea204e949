// SPDX-License-Identifier: BSD-3-Clause
// Crosses the library's border in both directions: tasks in, values and exceptions out.
#ifdef HAS_OWN_QUEUE
#include <concurrentqueue.h>
#endif

#include <exception>
#include <iostream>
#include <reactor/reactor.hpp>
#include <string>
#include <vector>

namespace {

// Of a type that the library has never seen.
struct Refused {
  int task;
};

bool returns_values(reactor::Reactor& reactor) {
  std::vector<int> const tasks{1, 2, 3};
  auto const texts = reactor.run(tasks, [](int task) { return std::to_string(task); }).values();
  return texts == std::vector<std::string>{"1", "2", "3"};
}

[[gnu::noinline]] void refuse(int task) {
  if (task == 5) throw Refused{task};
}

bool returns_exceptions(reactor::Reactor& reactor) {
  try {
    reactor.run({4, 5, 6}, refuse);
  } catch (reactor::TaskError const& error) {
    if (error.traceback().to_string().find("refuse(int)") == std::string::npos) return false;
    try {
      std::rethrow_if_nested(error);
    } catch (Refused const& refused) {
      return refused.task == 5 && error.task_index() == 1;
    }
  }
  return false;
}

bool refuses_options() {
  try {
    reactor::Reactor({.parallelism = 1'000'000});
  } catch (reactor::OptionsError const&) {
    return true;
  }
  return false;
}

#ifdef HAS_OWN_QUEUE
bool uses_its_own_queue(reactor::Reactor& reactor) {
  moodycamel::ConcurrentQueue<int> queue;
  reactor.run(1000, [&](std::size_t) { queue.enqueue(1); });
  int sum = 0;
  for (int one = 0; queue.try_dequeue(one);) sum += one;
  return sum == 1000;
}
#else
bool uses_its_own_queue(reactor::Reactor&) {
  return true;
}
#endif

}  // namespace

int main() {
  reactor::Reactor reactor({.parallelism = 4});
  bool const works = returns_values(reactor) && returns_exceptions(reactor) && refuses_options() &&
                     uses_its_own_queue(reactor);
  std::cout << (works ? "works\n" : "does not work\n");
  return works ? 0 : 1;
}
