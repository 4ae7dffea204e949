// SPDX-License-Identifier: BSD-3-Clause
// What do a deadline, a stop token and a limit cost those who never come to feel them?
//
//   tasks that cost nothing, on one worker: all that is left is what the engine does around each
//   runs of one task: all that is left is what it does around a run
//
// `plain` sets nothing. One worker, the caller waits, in all of them: a run with a limit is so
// anyway. Every run checks that all tasks are done.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <reactor/reactor.hpp>
#include <stop_token>

namespace {

using std::chrono::hours;

template <class OptionsOfRun>
void run(benchmark::State& state, OptionsOfRun const& options_of_run) {
  auto const tasks = static_cast<std::size_t>(state.range(0));
  reactor::Reactor reactor({.parallelism = 1, .caller_participates = false});
  reactor::Results<std::size_t> results;
  for (auto _ : state) {
    reactor.run_into(
        results, tasks, [](std::size_t task) { return task; }, options_of_run());
    if (results.summary().done != tasks) state.SkipWithError("tasks are missing");
  }
}

void plain(benchmark::State& state) {
  run(state, [] { return reactor::RunOptions{}; });
}

void deadline(benchmark::State& state) {
  run(state,
      [] { return reactor::RunOptions{.deadline = std::chrono::steady_clock::now() + hours(1)}; });
}

void token(benchmark::State& state) {
  std::stop_source source;
  run(state, [&] { return reactor::RunOptions{.stop = source.get_token()}; });
}

void limit(benchmark::State& state) {
  run(state, [] { return reactor::RunOptions{.result_timeout = hours(1)}; });
}

void sizes(benchmark::internal::Benchmark* it) {
  it->ArgName("tasks")->Arg(1)->Arg(1'000'000)->UseRealTime()->Unit(benchmark::kMicrosecond);
}

BENCHMARK(plain)->Apply(sizes);
BENCHMARK(deadline)->Apply(sizes);
BENCHMARK(token)->Apply(sizes);
BENCHMARK(limit)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
