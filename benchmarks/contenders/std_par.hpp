// SPDX-License-Identifier: BSD-3-Clause
// std::for_each(std::execution::par, ...): libstdc++ has oneTBB do it.
#pragma once

#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <boost/iterator/counting_iterator.hpp>
#include <cstddef>
#include <execution>

namespace contenders {

struct StdPar {
  static constexpr char const* k_name = "std_par";
  static constexpr bool k_nests = true;
  explicit StdPar(std::size_t threads)
      : limit_(tbb::global_control::max_allowed_parallelism, threads) {}

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    std::for_each(std::execution::par, boost::counting_iterator<std::size_t>(0),
                  boost::counting_iterator<std::size_t>(tasks), body);
  }

  tbb::global_control limit_;
};

}  // namespace contenders
