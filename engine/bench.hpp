// SPDX-License-Identifier: BSD-3-Clause
// Which worker stays out of a run, because its place, and its CPU, is the caller's. Protocol B in
// README.md.
#pragma once

#include <cstdint>

#include "engine/env.hpp"
#include "engine/parker.hpp"

namespace reactor::engine {

inline constexpr std::uint32_t k_nobody = ~std::uint32_t{0};

// A run in a task of another one, begun by a worker, is that run's help: so the worker that the
// other's caller benches stays out of both. Until that caller has nothing to do and sleeps: then
// its CPU is free.
template <class Env>
class Bench {
 public:
  explicit Bench(Parker<Env> const& caller) noexcept : caller_(caller) {}

  // ---- the batch's owner, before anything is offered ----

  void open(std::uint32_t worker) noexcept {
    worker_.store(worker, std::memory_order_relaxed);
    around_.store(nullptr, std::memory_order_relaxed);
  }
  // The run is in a task of the one that has `other`, whose batch stays open as long.
  void nest_in(Bench const& other) noexcept {
    Bench const* const outermost = other.around_.load(std::memory_order_relaxed);
    around_.store(outermost != nullptr ? outermost : &other, std::memory_order_relaxed);
  }

  // ---- any thread ----

  // Exact for who is inside a run that is not nested.
  std::uint32_t worker() const noexcept {
    Bench const* const around = around_.load(std::memory_order_relaxed);
    if (around == nullptr) return worker_.load(std::memory_order_relaxed);
    if (around->caller_.was_parked()) return k_nobody;
    return around->worker_.load(std::memory_order_relaxed);
  }

 private:
  Parker<Env> const& caller_;
  typename Env::template atomic<std::uint32_t> worker_{k_nobody};
  typename Env::template atomic<Bench const*> around_{nullptr};
};

}  // namespace reactor::engine
