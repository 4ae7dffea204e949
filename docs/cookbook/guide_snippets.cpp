// SPDX-License-Identifier: BSD-3-Clause
// The code of docs/guide.md, so that it compiles and does what the guide says. A test checks that
// the guide has every block from here, word for word.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <list>
#include <memory>
#include <optional>
#include <reactor/reactor.hpp>
#include <span>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

void first_run() {
  reactor::Reactor reactor({.stop_on_error = false});
  std::vector<std::string> const words = {"7", "8", "nine"};

  auto const results = reactor.run(words, [](std::string const& word) { return std::stoi(word); });

  for (auto const& outcome : results) {
    std::cout << words[outcome.index()] << (outcome ? " is a number\n" : " is none\n");
  }
}

void tasks(reactor::Reactor& reactor) {
  auto const square = [](auto number) { return number * number; };

  std::vector<int> numbers = {1, 2, 3};
  std::list<int> const list = {4, 5, 6};
  reactor.run(numbers, square);                         // borrowed; so are span, array, deque, ...
  reactor.run(std::span(numbers).subspan(1), square);   // a view: looked at, never moved from
  reactor.run({7, 8, 9}, square);                       // written on the spot
  reactor.run(3, square);                               // a count: the tasks are 0, 1 and 2
  reactor.run(list, square);                            // cannot be indexed: copied first
  reactor.run(numbers, [](int& number) { ++number; });  // the elements are yours to change

  std::vector<std::unique_ptr<int>> owners;
  owners.push_back(std::make_unique<int>(10));
  reactor.run(std::move(owners), [](std::unique_ptr<int> owner) { return *owner; });  // given away
}

void actions(reactor::Reactor& reactor) {
  std::vector<int> const sizes = {1, 2, 3};

  auto const texts = reactor.run(sizes, [](int size) {
    return std::make_unique<std::string>(static_cast<std::size_t>(size), 'x');  // move-only is fine
  });
  reactor::Results<void> const nothing = reactor.run(sizes, [](int) {});  // only done or failed

  std::cout << **texts[2] << ' ' << nothing.summary().done << '\n';
}

reactor::Expected<int> parse_digit(char c) {
  if (c < '0' || c > '9') return reactor::unexpected("not a digit");
  return c - '0';
}

void without_throwing() {
  reactor::Reactor reactor({.stop_on_error = false});
  reactor::Results<int> const digits = reactor.run(std::string("4x2"), parse_digit);
  std::cout << digits[0].value_or(-1) << ' ' << digits[1].value_or(-1) << '\n';
}

void check(bool expectation) {
  if (!expectation) throw std::logic_error("the guide is wrong");
}

void outcomes() {
  reactor::Reactor reactor({.stop_on_error = false});
  auto const square_even = [](int task) {
    if (task % 2 != 0) throw std::domain_error("odd");
    return task * task;
  };

  auto const results = reactor.run({0, 1, 2, 3, 4}, square_even, {.completion_order = true});

  check(results[4].status() == reactor::Status::done);  // or pending, failed, skipped
  check(*results[4] == 16);                             // only when there is a value
  check(results[4].value() == 16);                      // throws the task's error if there is none
  check(results[3].value_or(-1) == -1);
  check(results.at(3).error().task_index() == 3);
  check(results.failures().size() == 2);          // the outcomes of tasks 1 and 3
  check(results.summary().done == 3);             // beside total, failed, skipped and elapsed
  check(results.completion_order().size() == 5);  // the tasks' indices as they finished
  check(results.to_optionals()[3] == std::nullopt);

  std::vector<int> const plain = reactor.run({5, 6}, [](int task) { return 2 * task; }).values();
  check(plain[1] == 12);
}

void correlation(reactor::Reactor& reactor) {
  std::vector<std::string> const names = {"ape", "bear"};
  auto const lengths = reactor.run(names, [](std::string const& name) { return name.size(); });

  for (auto const& [name, length] : reactor::correlate(names, lengths)) {
    std::cout << name << ": " << *length << '\n';
  }
}

void report(std::string const&) {}

void errors() {
  reactor::Reactor reactor({.stop_on_error = true});
  try {
    reactor.run({"1", "two", "3"}, [](char const* text) { return std::stoi(text); });
  } catch (reactor::TaskError const& error) {
    report(error.what());  // task 1 of 3 failed on the calling thread: std::invalid_argument: stoi
    std::cout << "task " << error.task_index() << " of " << error.summary().total << '\n';
    try {
      error.rethrow_cause();  // or std::rethrow_if_nested(error), or error.cause()
    } catch (std::invalid_argument const& cause) {
      std::cout << "  because of " << cause.what() << '\n';
    }
  }
}

bool refresh(std::size_t) {
  return true;
}

void reuse(reactor::Reactor& reactor) {
  reactor::Results<bool> results;  // lives as long as the loop
  for (int tick = 0; tick < 3; ++tick) {
    reactor.run_into(results, 100, refresh);
    for (auto const& outcome : results) outcome.value();
  }
}

void context() {
  reactor::Reactor reactor({.stop_on_error = true});
  std::vector<std::vector<int>> scratch(reactor.parallelism() + 1);

  auto const results = reactor.run(8, [&](std::size_t task, reactor::TaskContext& context) {
    std::vector<int>& mine = scratch[context.worker()];  // nobody else has it at this time
    mine.clear();
    for (int step = 0; step < 1000 && !context.stop_requested(); ++step) mine.push_back(step);
    return task + mine.size();
  });

  std::cout << *results[7] << '\n';
}

void control(reactor::Reactor& reactor) {
  std::stop_source user;  // whose request_stop() may be called by any thread

  auto const work = [](std::size_t task, reactor::TaskContext& context) {
    while (!context.stop_requested()) std::this_thread::sleep_until(context.deadline());
    return task;
  };
  try {
    auto const in_time = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
    reactor.run(8, work, {.deadline = in_time, .stop = user.get_token()});
  } catch (reactor::DeadlineExceeded const& late) {
    std::cout << late.summary().done + late.summary().skipped << " tasks\n";
  } catch (reactor::Cancelled const& cancelled) {
    std::cout << cancelled.what() << '\n';
  }
}

void limits() {
  reactor::Reactor reactor({.stop_on_error = false, .parallelism = 2});
  auto const wait_in_3 = [](std::size_t task, reactor::TaskContext& context) {
    while (task == 3 && !context.stop_requested()) std::this_thread::yield();
    return task;
  };
  auto const limit = std::chrono::milliseconds(300);
  auto const results = reactor.run(5, wait_in_3, {.result_timeout = limit});
  for (auto const& late : results.failures()) {
    std::cout << "task " << late.index() << " was given up on\n";
  }
}

void in_flight(reactor::Reactor& reactor) {
  auto batch = reactor.submit(8, [](std::size_t task) { return 2 * task; });
  batch.on_complete([](reactor::Summary const&) { /* e.g. wake an event loop */ });

  while (!batch.wait_for(std::chrono::milliseconds(100))) {
    std::cout << batch.progress().done << " so far\n";
  }
  std::vector<std::size_t> const doubled = batch.get().values();

  std::cout << doubled[7] << '\n';
}

void lazy_input(reactor::Reactor& reactor) {
  std::istringstream log("to be or not to be");
  auto const next_word = [&]() -> std::optional<std::string> {
    std::string word;
    if (log >> word) return word;
    return std::nullopt;
  };
  auto const length = [](std::string const& word) { return word.size(); };

  std::size_t letters = 0;
  for (auto const outcome :
       reactor.submit(reactor::lazy(next_word), length, {.in_flight_max = 100})) {
    letters += *outcome;
  }

  std::cout << letters << " letters\n";
}

void posting(reactor::Reactor& reactor) {
  std::atomic<int> handled{0};
  reactor.post([&] { ++handled; });
  if (!reactor.try_post([&] { ++handled; })) std::cout << "503 busy\n";
  while (handled < 2) std::this_thread::yield();

  std::cout << handled << " handled\n";
}

void calls(reactor::Reactor& reactor) {
  auto area = reactor.submit([] { return 6 * 7; });
  auto text = reactor.submit([] { return 20; }).then([](int n) { return std::to_string(n + 1); });
  std::cout << area.get() << ' ' << text.get() << '\n';
}

void nesting(reactor::Reactor& reactor) {
  auto const row = [&](std::size_t y) {
    return reactor.run(3, [y](std::size_t x) { return 10 * y + x; }).values();
  };
  std::vector<std::vector<std::size_t>> const table = reactor.run(4, row).values();

  std::cout << table[3][2] << '\n';
}

void options() {
  reactor::Options options;
  options.parallelism = 2;              // or REACTOR_PARALLELISM, or what the machine has
  options.caller_participates = false;  // the thread in run() only waits
  options.pinning = reactor::Pinning::none;
  options.spin = std::chrono::microseconds(5);
  options.name = "prices";  // threads prices/0 and prices/1
  options.on_worker_start = [](std::size_t) { /* e.g. warm up a thread's caches */ };
  reactor::Reactor reactor(options);

  reactor.run(10, [](std::size_t) {}, {.stop_on_error = false});  // for this run only

  reactor::Stats const stats = reactor.stats();
  std::cout << stats.runs << " run, " << stats.tasks << " tasks, " << stats.workers << " workers\n";
}

}  // namespace

int main() {
  reactor::Reactor reactor;
  first_run();
  tasks(reactor);
  actions(reactor);
  without_throwing();
  outcomes();
  correlation(reactor);
  errors();
  reuse(reactor);
  context();
  control(reactor);
  limits();
  in_flight(reactor);
  lazy_input(reactor);
  posting(reactor);
  calls(reactor);
  nesting(reactor);
  options();
}
