// SPDX-License-Identifier: BSD-3-Clause
// Its threads spin between loops for as long as OMP_WAIT_POLICY says, which is read when the
// process begins: the passive ones are the same programs under OMP_WAIT_POLICY=passive, which
// benchmarks/report sets.
#pragma once

#include <cstddef>

#include "contenders/books.hpp"

namespace contenders {

struct OpenMp {
  explicit OpenMp(std::size_t threads) : threads_(static_cast<int>(threads)) {}
  int threads_;
};

struct OpenMpStatic : OpenMp {
  static constexpr char const* k_name = "openmp_static";
  using OpenMp::OpenMp;

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
#pragma omp parallel for schedule(static) num_threads(threads_)
    for (std::size_t i = 0; i < tasks; ++i) body(i);
  }
};

struct OpenMpDynamic : OpenMp {
  static constexpr char const* k_name = "openmp_dynamic";
  using OpenMp::OpenMp;

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    std::size_t const piece = piece_size(tasks, static_cast<std::size_t>(threads_));
#pragma omp parallel for schedule(dynamic, piece) num_threads(threads_)
    for (std::size_t i = 0; i < tasks; ++i) body(i);
  }
};

struct OpenMpStaticPassive : OpenMpStatic {
  static constexpr char const* k_name = "openmp_static_passive";
  using OpenMpStatic::OpenMpStatic;
};

struct OpenMpDynamicPassive : OpenMpDynamic {
  static constexpr char const* k_name = "openmp_dynamic_passive";
  using OpenMpDynamic::OpenMpDynamic;
};

}  // namespace contenders
