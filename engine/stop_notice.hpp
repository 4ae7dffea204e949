// SPDX-License-Identifier: BSD-3-Clause
// Who wants to be told that a run is stopped, without asking between tasks. Protocol N in
// README.md.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/env.hpp"

namespace reactor::engine {

// One word: where the run's stop source is, once somebody has asked for it, and whether the run has
// been stopped. A run nobody asks in allocates nothing.
template <class Env, class StopSource = typename Env::stop_source>
struct StopNotice {
  using Word = typename Env::template atomic<std::uint64_t>;
  using Source = StopSource;

  // Any thread inside. Made by the first who asks, stopped by then if the run is. Throws
  // std::bad_alloc.
  static Source& source(Word& word) {
    // ORDER O39: the compare-exchange below; the source's contents
    std::uint64_t seen = word.load(std::memory_order_acquire);
    if (source_in(seen) != nullptr) return *source_in(seen);
    auto made = std::make_unique<Source>();
    // SAFETY: a source is aligned, so the lowest bit of where it is is not its own.
    auto const where = reinterpret_cast<std::uintptr_t>(made.get());
    // ORDER O40: StopNotice::stop's fetch_or; the source's contents; why the run was stopped
    while (!word.compare_exchange_weak(seen, where | (seen & k_stopped), std::memory_order_release,
                                       std::memory_order_acquire)) {
      if (source_in(seen) != nullptr) return *source_in(seen);
    }
    if ((seen & k_stopped) != 0) made->request_stop();
    return *made.release();
  }

  // By whoever has stopped the run. Calls what was registered with the source, the first time.
  static void stop(Word& word) noexcept {
    if (Source* const source = mark(word)) source->request_stop();
  }

  // The first half of it: whoever asks from here on finds it stopped. The other half is to stop the
  // source, or a copy of it, if there is one.
  static Source* mark(Word& word) noexcept {
    // ORDER O41: StopNotice::source's compare-exchange; the source's contents; why it was stopped
    return source_in(word.fetch_or(k_stopped, std::memory_order_acq_rel));
  }

  // Owner only, nobody else inside.
  static void reset(Word& word) noexcept {
    std::uint64_t const before = word.load(std::memory_order_relaxed);
    if (before == 0) return;
    delete source_in(before);
    word.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t k_stopped = 1;

  static Source* source_in(std::uint64_t word) noexcept {
    return reinterpret_cast<Source*>(static_cast<std::uintptr_t>(word & ~k_stopped));
  }
};

}  // namespace reactor::engine
