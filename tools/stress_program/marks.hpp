// SPDX-License-Identifier: BSD-3-Clause
// Which tasks of a run have begun, and which worker numbers its tasks in flight have.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace stress {

// A bit a task.
class Marks {
 public:
  explicit Marks(std::size_t tasks) : words_(tasks / k_bits + 1) {}

  // False when it was set before.
  bool set(std::size_t task) noexcept {
    return (words_[task / k_bits].fetch_or(bit(task), std::memory_order_relaxed) & bit(task)) == 0;
  }
  bool test(std::size_t task) const noexcept {
    return (words_[task / k_bits].load(std::memory_order_relaxed) & bit(task)) != 0;
  }
  std::size_t count() const noexcept {
    std::size_t sum = 0;
    for (auto const& word : words_) {
      sum += static_cast<std::size_t>(std::popcount(word.load(std::memory_order_relaxed)));
    }
    return sum;
  }

 private:
  static constexpr std::size_t k_bits = 64;
  static std::uint64_t bit(std::size_t task) noexcept { return std::uint64_t{1} << task % k_bits; }
  std::vector<std::atomic<std::uint64_t>> words_;
};

// A seat for each worker number, 0 to parallelism.
class Seats {
 public:
  explicit Seats(std::size_t parallelism) : taken_(parallelism + 1) {}

  // Lives as long as a task, however that ends.
  class Taken {
   public:
    Taken(Seats& seats, std::size_t number) noexcept
        : seat_(number < seats.taken_.size() ? &seats.taken_[number] : nullptr),
          was_free_(seat_ != nullptr && !seat_->exchange(true, std::memory_order_acquire)) {}
    Taken(Taken const&) = delete;
    Taken& operator=(Taken const&) = delete;
    ~Taken() {
      if (was_free_) seat_->store(false, std::memory_order_release);
    }

    // False when there is no such number, or another task has it.
    bool was_free() const noexcept { return was_free_; }

   private:
    std::atomic<bool>* seat_;
    bool was_free_;
  };

  bool are_free() const noexcept {
    for (auto const& taken : taken_) {
      if (taken.load(std::memory_order_relaxed)) return false;
    }
    return true;
  }

 private:
  std::vector<std::atomic<bool>> taken_;
};

}  // namespace stress
