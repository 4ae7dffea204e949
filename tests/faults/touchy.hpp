// SPDX-License-Identifier: BSD-3-Clause
// A type whose copies and moves throw on demand.
#pragma once

#include <cstddef>
#include <utility>

#include "tests/faults/aftermath.hpp"
#include "tests/faults/counted.hpp"
#include "tests/faults/inject.hpp"

namespace faults {

// Throws Planned if that is the plan.
inline void user_operation(std::size_t number) {
  int ignored = 0;
  if (strikes(Point::user, ignored)) throw Planned(number);
}

class Touchy {
 public:
  explicit Touchy(std::size_t number) noexcept : counted_(number) {}
  Touchy(Touchy const& other) : counted_(other.counted_) { user_operation(number()); }
  Touchy(Touchy&& other) : counted_(other.counted_) { user_operation(number()); }
  Touchy& operator=(Touchy const&) = delete;
  ~Touchy() = default;

  std::size_t number() const noexcept { return counted_.number(); }

 private:
  Counted counted_;
};

}  // namespace faults
