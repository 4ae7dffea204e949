// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <BS_thread_pool.hpp>
#include <cstddef>

namespace contenders {

struct BsThreadPool {
  static constexpr char const* k_name = "bs_thread_pool";
  explicit BsThreadPool(std::size_t threads) : pool_(threads) {}

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    pool_.submit_loop(std::size_t{0}, tasks, [&body](std::size_t i) { body(i); }).wait();
  }

  BS::thread_pool<> pool_;
};

}  // namespace contenders
