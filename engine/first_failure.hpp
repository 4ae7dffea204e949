// SPDX-License-Identifier: BSD-3-Clause
// Who wants to know at once that a task has failed. Protocol Q in README.md.
#pragma once

#include <cstddef>

#include "engine/env.hpp"

namespace reactor::engine {

// Listener: has call(i), and is deleted after it. Called once, for the first failure, by the thread
// that has it or, if there was no listener by then, by the one that brings it.
template <class Env, class Listener>
class FirstFailure {
 public:
  FirstFailure() = default;
  FirstFailure(FirstFailure const&) = delete;
  FirstFailure& operator=(FirstFailure const&) = delete;
  ~FirstFailure() { reset(); }

  // Owner only, before a run.
  void reset() noexcept {
    delete listener_.exchange(nullptr, std::memory_order_relaxed);
    first_.store(k_none, std::memory_order_relaxed);
  }

  // Any thread that has published the failure of task i.
  void tell(std::size_t i) noexcept {
    if (first_.load(std::memory_order_relaxed) != k_none) return;
    std::size_t none = k_none;
    // ORDER O83: FirstFailure::listen's load; the failure
    if (first_.compare_exchange_strong(none, i, std::memory_order_release,
                                       std::memory_order_relaxed)) {
      call(i);
    }
  }

  // One thread at a time. Takes the place of the listener before.
  void listen(Listener* listener) noexcept {
    // Two exchanges of one word: if the other one, in call(), did not find this listener, this one
    // comes after it, and the failure is seen next.
    // ORDER O84: FirstFailure::call's exchange; the listener, to it; the failure, from it
    delete listener_.exchange(listener, std::memory_order_acq_rel);
    // ORDER O85: FirstFailure::tell's compare-exchange; the failure
    std::size_t const first = first_.load(std::memory_order_acquire);
    if (first != k_none) call(first);
  }

 private:
  static constexpr std::size_t k_none = ~std::size_t{0};

  // Whoever takes the listener is the one who calls it.
  void call(std::size_t i) noexcept {
    // ORDER O86: FirstFailure::listen's exchange; the listener, from it; the failure, to it
    Listener* const listener = listener_.exchange(nullptr, std::memory_order_acq_rel);
    if (listener == nullptr) return;
    listener->call(i);
    delete listener;
  }

  typename Env::template atomic<std::size_t> first_{k_none};
  typename Env::template atomic<Listener*> listener_{nullptr};
};

}  // namespace reactor::engine
