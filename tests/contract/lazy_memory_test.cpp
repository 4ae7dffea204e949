// SPDX-License-Identifier: BSD-3-Clause
// However long a stream, what it holds is bounded by what may be in flight.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>

#include "lazy.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::lazy;
using reactor::Options;
using reactor::Reactor;
using reactor::RunOptions;

namespace {

// Counts those of its kind that are alive.
template <int kind>
class Tallied {
 public:
  explicit Tallied(std::size_t number) : number_(number) { born(); }
  Tallied(Tallied const& other) : number_(other.number_) { born(); }
  Tallied& operator=(Tallied const&) = delete;
  ~Tallied() { --alive_; }

  std::size_t number() const { return number_; }
  static std::size_t alive() { return alive_; }
  static std::size_t most() { return most_; }
  static void reset() { most_ = 0; }

 private:
  static void born() {
    std::size_t const now = ++alive_;
    std::size_t most = most_;
    while (most < now && !most_.compare_exchange_weak(most, now)) {
    }
  }

  std::size_t number_;
  static inline std::atomic<std::size_t> alive_{0};
  static inline std::atomic<std::size_t> most_{0};
};
using Task = Tallied<0>;
using Value = Tallied<1>;

// in_flight_max, in task order or not.
class LazyMemory : public ::testing::TestWithParam<std::tuple<std::size_t, bool>> {};

TEST_P(LazyMemory, IsFlat) {
  auto const [in_flight_max, as_they_end] = GetParam();
  auto const length = static_cast<std::size_t>(scaled(1'000'000, 50'000));
  Task::reset();
  Value::reset();
  {
    Reactor reactor(Options{.parallelism = 2});
    auto generate = [&, next = std::size_t{0}]() mutable -> std::optional<Task> {
      if (next == length) return std::nullopt;
      return Task(next++);
    };
    std::size_t count = 0;
    for (auto const outcome : reactor.submit(
             lazy(generate), [](Task const& task) { return Value(task.number()); },
             RunOptions{.completion_order = as_they_end, .in_flight_max = in_flight_max})) {
      ASSERT_EQ(outcome->number(), outcome.index());
      ++count;
    }
    EXPECT_EQ(count, length);
  }
  EXPECT_LE(Value::most(), in_flight_max);
  EXPECT_LE(Task::most(), 2 * in_flight_max + 8);  // they go together with those they came with
  EXPECT_EQ(Task::alive(), 0u);
  EXPECT_EQ(Value::alive(), 0u);
}
INSTANTIATE_TEST_SUITE_P(InFlightAndOrder, LazyMemory,
                         ::testing::Combine(::testing::Values(64, 1000), ::testing::Bool()));

}  // namespace
