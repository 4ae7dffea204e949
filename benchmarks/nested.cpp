// SPDX-License-Identifier: BSD-3-Clause
// Runs within the tasks of a run: 64 tasks, each of which runs `inner` tasks of 1.3 µs.
#include "measure.hpp"

namespace {

constexpr std::size_t k_outer = 64;

template <class Contender>
void run(benchmark::State& state) {
  using Books = contenders::Books<Contender, std::uint64_t>;
  auto const inner = static_cast<std::size_t>(state.range(0));
  auto const action = [](std::size_t i) noexcept { return measure::work(i, 1'300); };
  Books outer(measure::cpus());
  std::vector<Books> inners;
  while (inners.size() < k_outer) inners.push_back(outer.beside());
  for (auto _ : state) {
    outer.run(k_outer, [&](std::size_t i) {
      inners[i].run(inner, action);
      return inners[i].value(inner - 1);
    });
  }
  for (std::size_t i = 0; i < k_outer; ++i) {
    if (!outer.is_done(i) || outer.value(i) != action(inner - 1)) {
      state.SkipWithError("wrong answer");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    if constexpr (requires { C::k_nests; }) {
      benchmark::RegisterBenchmark(name.c_str(), run<C>)
          ->ArgName("inner")
          ->Arg(4)
          ->Arg(64)
          ->Arg(1'024)
          ->UseRealTime()
          ->Unit(benchmark::kMicrosecond);
    }
  });
}
