// SPDX-License-Identifier: BSD-3-Clause
// Whoever makes a crew waits here until all of its threads are up. Protocol C in README.md.
#pragma once

#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>

#include "engine/env.hpp"
#include "engine/parker.hpp"

namespace reactor::engine {

template <class Env>
class RollCall {
 public:
  // ---- a new thread: at most one error, then that it is up ----

  void report_error(std::exception_ptr error) noexcept {
    std::lock_guard const lock(mutex_);
    if (error_ == nullptr) error_ = std::move(error);
  }
  void report_up() noexcept {
    // ORDER O37: RollCall::await's load; the worker is there; error_
    up_.fetch_add(1, std::memory_order_seq_cst);
    maker_.unpark();
  }

  // ---- the maker ----

  // Blocks until so many are up. Throws the first error of those.
  void await(std::uint32_t threads) {
    // ORDER O38: RollCall::report_up's fetch_add; after Parker::announce's store
    auto const all_up = [&] { return up_.load(std::memory_order_seq_cst) == threads; };
    while (!all_up()) {
      maker_.announce();
      if (all_up()) {
        maker_.withdraw();
      } else {
        maker_.wait();
      }
    }
    if (error_ != nullptr) std::rethrow_exception(error_);
  }

 private:
  typename Env::mutex mutex_;
  std::exception_ptr error_;
  typename Env::template atomic<std::uint32_t> up_{0};
  Parker<Env> maker_;
};

}  // namespace reactor::engine
