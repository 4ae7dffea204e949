// SPDX-License-Identifier: BSD-3-Clause
// How many tasks a stream may pull, and how many of them together. No atomics: the thread that
// pulls and consumes has it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace reactor::engine {

class PullWindow {
 public:
  // in_flight_max: how many may have been pulled and not consumed; 0: chosen here.
  PullWindow(std::size_t in_flight_max, std::size_t parallelism) noexcept
      : most_(in_flight_max == 0 ? k_per_worker * parallelism : std::min(in_flight_max, k_most)),
        // Where tasks may wait for each other, none may be kept back until others come.
        part_most_(most_ <= parallelism ? 1 : std::clamp<std::size_t>(most_ / 4, 1, k_part_most)) {}

  // When nothing is there to be consumed: is it time to pull? To the brim, but then not before
  // there is room for as many as are pulled together: so parts don't become smaller as soon as the
  // window is full.
  bool wants_more() noexcept {
    is_filling_ = room() != 0 && (is_filling_ || room() >= part_size_);
    return is_filling_;
  }

  // How many to pull together. What is in parts of which some tasks have not ended counts, too, so
  // that memory is bounded by the window alone.
  std::size_t part_size() const noexcept {
    std::size_t const memory = std::max<std::size_t>(1, held_most() - std::min(held_, held_most()));
    return std::min({part_size_, room(), memory});
  }

  // A part is worth its cost, some 2 µs, and keeps nobody waiting for long while it is gathered.
  void pulled(std::size_t count, std::uint64_t took_ns) noexcept {
    pulled_ += count;
    if (took_ns < k_soon_ns && count == part_size_) {
      part_size_ = std::min(2 * part_size_, part_most_);
    } else if (took_ns > k_late_ns) {
      part_size_ = std::max<std::size_t>(1, part_size_ / 2);
    }
  }
  void consumed_one() noexcept { ++consumed_; }

  // A part's tasks, from when it begins until it is over and all of it has been consumed.
  void hold(std::size_t size) noexcept { held_ += size; }
  void let_go(std::size_t size) noexcept { held_ -= size; }

  std::size_t held_most() const noexcept { return 2 * most_; }

  std::size_t total_pulled() const noexcept { return pulled_; }

 private:
  static constexpr std::size_t k_per_worker = 1024;
  static constexpr std::size_t k_most = ~std::size_t{0} / 4;
  static constexpr std::size_t k_part_most = 1024;
  static constexpr std::uint64_t k_soon_ns = 20'000;
  static constexpr std::uint64_t k_late_ns = 50'000;

  std::size_t room() const noexcept { return most_ - (pulled_ - consumed_); }

  std::size_t const most_;
  std::size_t const part_most_;
  std::size_t pulled_ = 0;
  std::size_t consumed_ = 0;
  std::size_t held_ = 0;
  std::size_t part_size_ = 1;
  bool is_filling_ = true;
};

}  // namespace reactor::engine
