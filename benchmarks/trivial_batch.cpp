// SPDX-License-Identifier: BSD-3-Clause
// What does the engine cost when a task costs nothing?
//
//   task i: reads 8 bytes, writes 8 bytes          ┌─ worker ─┐
//   input ────────────────────────────────────────►│  x → f(x) │──► output + 1 status byte
//                                                  └─ caller ─┘
//
// `fresh` 0: the memory for the output is there from the run before; 1: each run comes by its own.
#include <numeric>

#include "measure.hpp"

namespace {

std::vector<std::uint64_t> make_input(std::size_t size) {
  std::vector<std::uint64_t> input(size);
  std::iota(input.begin(), input.end(), 1);
  return input;
}

template <class Contender>
void run(benchmark::State& state) {
  auto const tasks = static_cast<std::size_t>(state.range(0));
  bool const is_fresh = state.range(1) != 0;
  auto const input = make_input(tasks);
  contenders::Books<Contender, std::uint64_t> books(measure::cpus());
  auto const action = [&input](std::size_t i) noexcept { return measure::transform(input[i]); };
  books.run(tasks, action);
  for (auto _ : state) {
    if (is_fresh) books.give_memory_back();
    books.run(tasks, action);
    benchmark::ClobberMemory();
  }
  for (std::size_t i = 0; i < tasks; ++i) {
    if (!books.is_done(i) || books.value(i) != measure::transform(input[i])) {
      return state.SkipWithError("wrong answer");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    benchmark::RegisterBenchmark(name.c_str(), run<C>)
        ->ArgNames({"tasks", "fresh"})
        ->ArgsProduct({{1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000}, {0, 1}})
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  });
}
