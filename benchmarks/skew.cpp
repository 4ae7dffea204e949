// SPDX-License-Identifier: BSD-3-Clause
// What becomes of a run whose tasks are of very different lengths?
//
//   pareto   10,000 tasks, 1.3 µs at least, most of the time in a few long ones, in random order
//   first    2,000 of 13 µs, and one of 13 ms: the first,
//   middle   the one in the middle,
//   last     or the last, which nobody can know of before
#include <random>

#include "measure.hpp"

namespace {

enum Shape { pareto, first, middle, last };

std::vector<std::uint64_t> lengths_ns(Shape shape) {
  if (shape == pareto) {
    std::vector<std::uint64_t> all(10'000);
    std::mt19937_64 random(1);  // the same for all
    for (auto& ns : all) {
      double const u = std::uniform_real_distribution<double>(0, 1)(random);
      ns = static_cast<std::uint64_t>(1'300 / std::pow(1 - u, 1 / 1.2));
      ns = std::min<std::uint64_t>(ns, 5'000'000);
    }
    return all;
  }
  std::vector<std::uint64_t> all(2'000, 13'000);
  all[shape == first ? 0 : shape == middle ? all.size() / 2 : all.size() - 1] = 13'000'000;
  return all;
}

template <class Contender>
void run(benchmark::State& state, Shape shape) {
  auto const lengths = lengths_ns(shape);
  contenders::Books<Contender, std::uint64_t> books(measure::cpus());
  auto const action = [&lengths](std::size_t i) noexcept { return measure::work(i, lengths[i]); };
  for (auto _ : state) books.run(lengths.size(), action);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (!books.is_done(i) || books.value(i) != action(i)) state.SkipWithError("wrong answer");
  }
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    auto const add = [&name](char const* shape_name, Shape shape) {
      benchmark::RegisterBenchmark((name + "/shape:" + shape_name).c_str(),
                                   [shape](benchmark::State& state) { run<C>(state, shape); })
          ->UseRealTime()
          ->Unit(benchmark::kMicrosecond);
    };
    add("pareto", pareto);
    add("first", first);
    add("middle", middle);
    add("last", last);
  });
}
