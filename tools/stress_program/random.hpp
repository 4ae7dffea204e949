// SPDX-License-Identifier: BSD-3-Clause
// Numbers from a seed, the same on every machine: std's distributions don't promise that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace stress {

// SplitMix64's output function: a bijection whose results look like chance.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  return mix(a ^ mix(b));
}

class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept { return mix(state_++); }

  // 0 to n - 1. The bias is of no interest here.
  std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>(next() % n); }
  std::size_t between(std::size_t least, std::size_t most) noexcept {
    return least + below(most - least + 1);
  }
  bool percent(unsigned chance) noexcept { return below(100) < chance; }

  template <class T>
  T pick(std::initializer_list<T> from) noexcept {
    return from.begin()[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace stress
