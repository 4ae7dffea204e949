// SPDX-License-Identifier: BSD-3-Clause
// Objects that are counted: tasks, values and exceptions. None may be left when a program is over.
#pragma once

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace stress {

class Counted {
 public:
  explicit Counted(std::uint64_t number) noexcept : number_(number) { born(); }
  Counted(Counted const& other) noexcept : number_(other.number_) { born(); }
  Counted(Counted&& other) noexcept : number_(std::exchange(other.number_, k_moved)) { born(); }
  Counted& operator=(Counted const&) = delete;
  ~Counted() {
    if (state_ != k_alive) mistake_count.fetch_add(1, std::memory_order_relaxed);
    state_ = k_dead;
    live_count.fetch_sub(1, std::memory_order_relaxed);
  }

  std::uint64_t number() const noexcept { return number_; }

  static std::int64_t live() noexcept { return live_count.load(std::memory_order_relaxed); }
  // Destroyed where there was none.
  static std::int64_t mistakes() noexcept { return mistake_count.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint64_t k_moved = ~std::uint64_t{0};
  static constexpr std::uint32_t k_alive = 0xa11fe;
  static constexpr std::uint32_t k_dead = 0xdead;

  void born() noexcept { live_count.fetch_add(1, std::memory_order_relaxed); }

  static inline std::atomic<std::int64_t> live_count{0};
  static inline std::atomic<std::int64_t> mistake_count{0};

  std::uint64_t number_;
  std::uint32_t volatile state_ = k_alive;  // volatile: its last value is looked for after the end
};

// What tasks throw.
class Thrown : public std::runtime_error {
 public:
  explicit Thrown(std::string const& message) : std::runtime_error(message) {}

 private:
  Counted counted_{0};
};

}  // namespace stress
