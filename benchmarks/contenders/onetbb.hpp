// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <thread>

#include "contenders/books.hpp"

namespace contenders {

struct OneTbb {
  static constexpr bool k_propagates = true;
  static constexpr bool k_nests = true;

  explicit OneTbb(std::size_t threads)
      : threads_(threads), limit_(tbb::global_control::max_allowed_parallelism, threads) {
    if (threads > std::thread::hardware_concurrency()) arena_.emplace(static_cast<int>(threads));
  }

  // More threads than CPUs are to be had in an arena made for them only.
  template <class Work>
  void in_arena(Work const& work) {
    if (arena_) {
      arena_->execute(work);
    } else {
      work();
    }
  }

  std::size_t threads_;
  tbb::global_control limit_;
  std::optional<tbb::task_arena> arena_;
};

struct TbbAuto : OneTbb {
  static constexpr char const* k_name = "tbb_auto";
  using OneTbb::OneTbb;

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    in_arena([&] {
      tbb::parallel_for(tbb::blocked_range<std::size_t>(0, tasks), [&](auto const& range) {
        for (std::size_t i = range.begin(); i < range.end(); ++i) body(i);
      });
    });
  }
};

struct TbbSimple : OneTbb {
  static constexpr char const* k_name = "tbb_simple";
  using OneTbb::OneTbb;

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    std::size_t const piece = piece_size(tasks, threads_);
    in_arena([&] {
      tbb::parallel_for(
          tbb::blocked_range<std::size_t>(0, tasks, piece),
          [&](auto const& range) {
            for (std::size_t i = range.begin(); i < range.end(); ++i) body(i);
          },
          tbb::simple_partitioner());
    });
  }
};

struct TbbTaskGroup : OneTbb {
  static constexpr char const* k_name = "tbb_task_group";
  using OneTbb::OneTbb;

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    std::size_t const piece = piece_size(tasks, threads_);
    in_arena([&] {
      tbb::task_group group;
      for (std::size_t lo = 0; lo < tasks; lo += piece) {
        group.run([&body, lo, hi = std::min(tasks, lo + piece)] {
          for (std::size_t i = lo; i < hi; ++i) body(i);
        });
      }
      group.wait();
    });
  }
};

}  // namespace contenders
