// SPDX-License-Identifier: BSD-3-Clause
// A number in an object that is counted while it lives, without allocating anything.
#pragma once

#include <atomic>
#include <cstddef>

#include "reactor/enable_copy.hpp"

namespace faults {

class Counted {
 public:
  explicit Counted(std::size_t number) noexcept : number_(number), self_(this) { ++live_; }
  Counted(Counted const& other) noexcept : Counted(other.number_) {}
  Counted& operator=(Counted const&) = delete;
  ~Counted() {
    if (self_ != this) ++mistakes_;
    self_ = nullptr;
    --live_;
  }

  std::size_t number() const noexcept { return number_; }

  static long live() noexcept { return live_; }
  // Objects destroyed where none was.
  static long mistakes() noexcept { return mistakes_; }

 private:
  std::size_t number_;
  Counted const* self_;

  static inline std::atomic<long> live_{0};
  static inline std::atomic<long> mistakes_{0};
};

}  // namespace faults

template <>
inline constexpr bool reactor::enable_copy<faults::Counted> = true;
