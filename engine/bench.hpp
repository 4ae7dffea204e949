// SPDX-License-Identifier: BSD-3-Clause
// Which worker stays out of a run, because its place, and its CPU, is the caller's. Protocol B in
// README.md.
#pragma once

#include <cstdint>

#include "engine/env.hpp"
#include "engine/parker.hpp"

namespace reactor::engine {

inline constexpr std::uint32_t k_nobody = ~std::uint32_t{0};

// A run in a task of another one, begun by a worker, is that run's help: so who stays out of it is
// the worker that the outermost caller benches, until that waits for its run asleep: then its CPU
// is free. (Its own caller's is no other than the worker that calls, and that is not idle.)
template <class Env>
class Bench {
 public:
  explicit Bench(Parker<Env> const& caller) noexcept : caller_(caller) {}

  // ---- the batch's owner, before it is open ----

  // `around`: of the run that this one is nested in, whose batch is not used again as long as this
  // one is open; or null.
  void open(std::uint32_t worker, Bench const* around) noexcept {
    worker_.store(worker, std::memory_order_relaxed);
    around_.store(around == nullptr ? nullptr : &around->outermost(), std::memory_order_relaxed);
  }

  // ---- any thread ----

  // Exact for who is inside a run that is not nested.
  std::uint32_t worker() const noexcept {
    Bench const& outermost = this->outermost();
    return &outermost == this ? worker_.load(std::memory_order_relaxed) : outermost.nested_worker();
  }
  // The same of a run that is nested in this one.
  std::uint32_t nested_worker() const noexcept {
    Bench const& outermost = this->outermost();
    if (outermost.caller_.was_parked()) return k_nobody;
    return outermost.worker_.load(std::memory_order_relaxed);
  }

 private:
  Bench const& outermost() const noexcept {
    Bench const* const around = around_.load(std::memory_order_relaxed);
    return around == nullptr ? *this : *around;
  }

  Parker<Env> const& caller_;
  typename Env::template atomic<std::uint32_t> worker_{k_nobody};
  typename Env::template atomic<Bench const*> around_{nullptr};
};

}  // namespace reactor::engine
