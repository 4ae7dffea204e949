// SPDX-License-Identifier: BSD-3-Clause
// What does a run cost whose tasks fail, and which goes on?
//
// 100,000 tasks of 100 ns, of which `percent` fail, evenly spread: by a throw, where all a rival
// keeps is that it failed, and the Reactor what was thrown and where; or, in the Reactor, by
// returning Unexpected.
#include <stdexcept>

#include "measure.hpp"

namespace {

constexpr std::size_t k_tasks = 100'000;

bool fails(std::size_t i, std::size_t percent) {
  return i % 100 < percent;
}

template <class R, class Contender, class Action>
void run_with(benchmark::State& state, Action const& action) {
  auto const percent = static_cast<std::size_t>(state.range(0));
  contenders::Books<Contender, R> books(measure::cpus());
  for (auto _ : state)
    books.run(k_tasks, [&](std::size_t i) { return action(i, fails(i, percent)); });
  for (std::size_t i = 0; i < k_tasks; ++i) {
    if (books.is_done(i) == fails(i, percent)) return state.SkipWithError("wrong answer");
  }
}

template <class Contender>
void by_throw(benchmark::State& state) {
  run_with<std::uint64_t, Contender>(state, [](std::size_t i, bool fails) {
    std::uint64_t const made = measure::work(i, 100);
    if (fails) throw std::runtime_error("refused");
    return made;
  });
}

void by_unexpected(benchmark::State& state) {
  run_with<std::uint64_t, contenders::InReactor>(
      state, [](std::size_t i, bool fails) -> reactor::Expected<std::uint64_t> {
        std::uint64_t const made = measure::work(i, 100);
        if (fails) return reactor::unexpected("refused");
        return made;
      });
}

void add(std::string const& name, void (*run)(benchmark::State&)) {
  benchmark::RegisterBenchmark(name.c_str(), run)
      ->ArgName("percent")
      ->Arg(0)
      ->Arg(1)
      ->Arg(50)
      ->Arg(100)
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    add(name, by_throw<C>);
    if constexpr (std::is_same_v<C, contenders::InReactor>)
      add("reactor_unexpected", by_unexpected);
  });
}
