// SPDX-License-Identifier: BSD-3-Clause
// The plain loop: what everybody has to beat.
#pragma once

#include <cstddef>

namespace contenders {

struct Serial {
  static constexpr char const* k_name = "serial";
  static constexpr bool k_propagates = true;
  static constexpr bool k_nests = true;
  explicit Serial(std::size_t) {}

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    for (std::size_t i = 0; i < tasks; ++i) body(i);
  }
};

}  // namespace contenders
