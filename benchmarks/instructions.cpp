// SPDX-License-Identifier: BSD-3-Clause
// How many instructions does the engine add to a task?
//
// To be counted by callgrind, which knows nothing of time: as many runs as RUNS says, twice, and
// the difference is that of the runs alone (measured.py). Made for one thread, so that nobody's
// waiting counts: there threads that spin would execute what they please.
#include <cstdlib>

#include "measure.hpp"

namespace {

template <class Contender>
void run(benchmark::State& state) {
  auto const tasks = static_cast<std::size_t>(state.range(0));
  contenders::Books<Contender, std::uint64_t> books(1);
  auto const action = [](std::size_t i) noexcept { return measure::transform(i); };
  for (auto _ : state) books.run(tasks, action);
  for (std::size_t i = 0; i < tasks; ++i) {
    if (!books.is_done(i) || books.value(i) != measure::transform(i)) {
      return state.SkipWithError("wrong answer");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  char const* const runs = std::getenv("RUNS");
  return measure::run_all(argc, argv, [runs]<class C>(std::string const& name) {
    benchmark::RegisterBenchmark(name.c_str(), run<C>)
        ->ArgName("tasks")
        ->Arg(1)
        ->Arg(16)
        ->Arg(1'000)
        ->Arg(100'000)
        ->Iterations(runs == nullptr ? 1 : std::atoi(runs))
        ->UseRealTime();
  });
}
