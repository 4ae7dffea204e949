// SPDX-License-Identifier: BSD-3-Clause
// Who wants to know at once that a task has failed. Protocol Q in README.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/env.hpp"

namespace reactor::engine {

// Listener: has call(i), and is deleted after it, or when no task can fail any more. Called once,
// for the first failure, by the thread that has it or, if there was no listener by then, by the one
// that brings it.
template <class Env, class Listener>
class FirstFailure {
 public:
  FirstFailure() = default;
  FirstFailure(FirstFailure const&) = delete;
  FirstFailure& operator=(FirstFailure const&) = delete;
  ~FirstFailure() { reset(); }

  // Owner only, before a run.
  void reset() noexcept {
    if (listener_.load(std::memory_order_relaxed) != nullptr) {
      close();
      listener_.store(nullptr, std::memory_order_relaxed);
    }
    first_.store(k_none, std::memory_order_relaxed);
  }

  // When no task can fail any more.
  void close() noexcept {
    // A failure, if there is one, is handed on with what take() did before.
    // ORDER O92: FirstFailure::listen's compare-exchange; the listener
    Listener* const listener = listener_.exchange(closed(), std::memory_order_acquire);
    if (listener != closed() && listener != nullptr) call_or_drop(listener);
  }

  // Any thread that has published the failure of task i.
  void tell(std::size_t i) noexcept {
    if (first_.load(std::memory_order_relaxed) != k_none) return;
    std::size_t none = k_none;
    // ORDER O83: FirstFailure::first's load; the failure
    if (first_.compare_exchange_strong(none, i, std::memory_order_release,
                                       std::memory_order_relaxed)) {
      call(take(), i);
    }
  }

  // One thread at a time. Takes the place of the listener before.
  void listen(Listener* listener) noexcept {
    // ORDER O93: FirstFailure::take's exchange, before close(); the failure
    Listener* before = listener_.load(std::memory_order_acquire);
    do {
      if (before == closed()) return call_or_drop(listener);
      // Read-modify-writes of one word: if the other one, in take(), did not find this listener,
      // this one comes after it, and the failure is seen next.
      // ORDER O85: FirstFailure::take's exchange; the listener, to it; the failure, from it
    } while (!listener_.compare_exchange_weak(before, listener, std::memory_order_acq_rel,
                                              std::memory_order_acquire));
    delete before;
    if (first() != k_none) call(take(), first());
  }

 private:
  static constexpr std::size_t k_none = ~std::size_t{0};
  // SAFETY: never dereferenced, and no listener's address.
  static Listener* closed() noexcept { return reinterpret_cast<Listener*>(std::uintptr_t{1}); }

  std::size_t first() const noexcept {
    // ORDER O84: FirstFailure::tell's compare-exchange; the failure
    return first_.load(std::memory_order_acquire);
  }

  // Whoever takes the listener is the one who calls it.
  Listener* take() noexcept {
    // ORDER O86: FirstFailure::listen's compare-exchange; the listener, from it; the failure, to it
    Listener* const listener = listener_.exchange(nullptr, std::memory_order_acq_rel);
    if (listener != closed()) return listener;
    listener_.store(closed(), std::memory_order_relaxed);  // only who listens comes by now
    return nullptr;
  }

  static void call(Listener* listener, std::size_t i) noexcept {
    if (listener == nullptr) return;
    listener->call(i);
    delete listener;
  }

  void call_or_drop(Listener* listener) noexcept {
    if (first() != k_none) return call(listener, first());
    delete listener;
  }

  typename Env::template atomic<std::size_t> first_{k_none};
  typename Env::template atomic<Listener*> listener_{nullptr};
};

}  // namespace reactor::engine
