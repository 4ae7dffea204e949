// SPDX-License-Identifier: BSD-3-Clause
// Several threads run on one engine at a time, as in a service: how long until all are served?
//
// `callers` threads, each with 50 runs of 64 tasks of 1.3 µs, one after the other.
#include <atomic>
#include <barrier>

#include "measure.hpp"

namespace {

constexpr std::size_t k_runs = 50;
constexpr std::size_t k_tasks = 64;

template <class Contender>
void run(benchmark::State& state) {
  using Books = contenders::Books<Contender, std::uint64_t>;
  auto const callers = static_cast<std::size_t>(state.range(0));
  std::vector<Books> books;
  books.emplace_back(measure::cpus());
  while (books.size() < callers) books.push_back(books.front().beside());
  auto const action = [](std::size_t i) noexcept { return measure::work(i, 1'300); };
  std::barrier gate(static_cast<std::ptrdiff_t>(callers) + 1);
  std::vector<std::jthread> threads;
  std::atomic<bool> is_over{false};
  for (auto& own : books) {
    threads.emplace_back([&] {
      for (;;) {
        gate.arrive_and_wait();
        if (is_over) return;
        for (std::size_t i = 0; i < k_runs; ++i) own.run(k_tasks, action);
        gate.arrive_and_wait();
      }
    });
  }
  for (auto _ : state) {
    gate.arrive_and_wait();
    gate.arrive_and_wait();
  }
  is_over = true;
  gate.arrive_and_wait();
  for (auto const& own : books) {
    for (std::size_t i = 0; i < k_tasks; ++i) {
      if (!own.is_done(i) || own.value(i) != action(i)) state.SkipWithError("wrong answer");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    benchmark::RegisterBenchmark(name.c_str(), run<C>)
        ->ArgName("callers")
        ->RangeMultiplier(2)
        ->Range(1, 16)
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  });
}
