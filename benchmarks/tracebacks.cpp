// SPDX-License-Identifier: BSD-3-Clause
// What does a task that throws cost, with its traceback?
//
//   run(n, f) that keeps going, all tasks failing, beside  for (i < n) try { f(i) } catch (...) {}
//
// for throws from some calls deep. Every contender's failures are counted.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <reactor/reactor.hpp>
#include <stdexcept>

namespace {

constexpr std::size_t k_tasks = 1'000'000;

// Each call has a frame of its own.
[[gnu::noinline]] void fail_below(std::int64_t depth) {
  if (depth == 0) throw std::runtime_error("refused");
  fail_below(depth - 1);
  asm volatile("" ::: "memory");
}

void loop(benchmark::State& state) {
  for (auto _ : state) {
    std::size_t failed = 0;
    for (std::size_t i = 0; i < k_tasks; ++i) {
      try {
        fail_below(state.range(0));
      } catch (...) {
        ++failed;
      }
    }
    if (failed != k_tasks) state.SkipWithError("wrong answer");
  }
}

void keep_going(benchmark::State& state, std::size_t parallelism, reactor::Tracebacks tracebacks) {
  reactor::Reactor reactor(
      {.stop_on_error = false, .parallelism = parallelism, .tracebacks = tracebacks});
  reactor::Results<void> results;
  auto const fail = [&](std::size_t) { fail_below(state.range(0)); };
  for (auto _ : state) {
    results = reactor.run(k_tasks, fail);
    if (results.summary().failed != k_tasks) state.SkipWithError("wrong answer");
  }
  bool const has_one = !results[k_tasks - 1].error().traceback().empty();
  if (has_one != (tracebacks == reactor::Tracebacks::all)) state.SkipWithError("wrong traceback");
}

void untraced(benchmark::State& state) {
  keep_going(state, 1, reactor::Tracebacks::none);
}
void traced(benchmark::State& state) {
  keep_going(state, 1, reactor::Tracebacks::all);
}
void traced_on_two(benchmark::State& state) {
  keep_going(state, 2, reactor::Tracebacks::all);
}

void depths(benchmark::internal::Benchmark* it) {
  it->ArgName("depth")->Arg(0)->Arg(10)->Arg(30)->UseRealTime()->Iterations(1);
}

BENCHMARK(loop)->Apply(depths);
BENCHMARK(untraced)->Apply(depths);
BENCHMARK(traced)->Apply(depths);
BENCHMARK(traced_on_two)->Apply(depths);

}  // namespace

BENCHMARK_MAIN();
