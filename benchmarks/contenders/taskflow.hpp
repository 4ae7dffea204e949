// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <taskflow/algorithm/for_each.hpp>
#include <taskflow/taskflow.hpp>

namespace contenders {

// A throw of the body comes out of it, but does not end the run: other threads go on to the end.
struct Taskflow {
  static constexpr char const* k_name = "taskflow";
  explicit Taskflow(std::size_t threads) : executor_(threads) {}

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    tf::Taskflow flow;
    flow.for_each_index(std::size_t{0}, tasks, std::size_t{1}, [&body](std::size_t i) { body(i); });
    executor_.run(flow).get();
  }

  tf::Executor executor_;
};

}  // namespace contenders
