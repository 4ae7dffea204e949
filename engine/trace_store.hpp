// SPDX-License-Identifier: BSD-3-Clause
// The stacks of a run's failures, each kept once. Protocol T in README.md.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "engine/env.hpp"
#include "engine/install.hpp"

namespace reactor::engine {

inline constexpr std::size_t k_frames_max = 128;

// Where the calls stand, innermost first.
struct Trace {
  std::uint64_t hash;
  bool was_cut;
  std::vector<std::uintptr_t> frames;
};

struct TraceView {
  std::span<std::uintptr_t const> frames;
  bool was_cut = false;
};

// At most k_stacks: 1.1 MB where all are as deep as can be. Most runs that fail have one: the table
// is made for the second.
template <class Env, std::size_t k_stacks = 1024, std::size_t k_probes = 64>
class TraceStore {
 public:
  TraceStore() = default;
  TraceStore(TraceStore const&) = delete;
  TraceStore& operator=(TraceStore const&) = delete;
  ~TraceStore() { clear(); }

  // Owner only, nobody else inside.
  void clear() noexcept {
    dropped_.store(0, std::memory_order_relaxed);
    delete static_cast<Trace*>(first_.load(std::memory_order_relaxed));
    first_.store(nullptr, std::memory_order_relaxed);
    auto* const table = static_cast<Table*>(table_.load(std::memory_order_relaxed));
    if (table == nullptr) return;
    for (Link& link : *table) delete static_cast<Trace*>(link.load(std::memory_order_relaxed));
    delete table;
    table_.store(nullptr, std::memory_order_relaxed);
  }

  // Any thread, lock-free. The one Trace that is equal to `view`; null, and counted, when there is
  // no room or no memory for another one. Looks at k_probes links at most.
  Trace const* keep(TraceView const& view) noexcept {
    std::uint64_t const hash = hash_of(view);
    auto const keep_at = [&](Link& link) {
      return get_or_install<Trace>(link, [&] { return make(view, hash); });
    };
    Trace const* trace = keep_at(first_);
    if (trace != nullptr && is_equal(*trace, view, hash)) return trace;
    auto const make_table = [] { return std::unique_ptr<Table>(new (std::nothrow) Table{}); };
    auto* const table = trace == nullptr ? nullptr : get_or_install<Table>(table_, make_table);
    for (std::size_t probe = 0; table != nullptr && probe < k_probes; ++probe) {
      trace = keep_at((*table)[(hash + probe) % table->size()]);
      if (trace == nullptr) break;
      if (is_equal(*trace, view, hash)) return trace;
    }
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }

  std::uint64_t dropped_approx() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  using Link = typename Env::template atomic<void*>;
  using Table = std::array<Link, k_stacks - 1>;

  static std::uint64_t hash_of(TraceView const& view) noexcept {
    std::uint64_t hash = view.was_cut ? 1 : 0;
    for (std::uintptr_t const address : view.frames) {
      hash = (hash ^ address) * 0x9e3779b97f4a7c15;  // 2^64 / golden ratio, as Knuth has it
      hash ^= hash >> 29;
    }
    return hash;
  }

  static bool is_equal(Trace const& trace, TraceView const& view, std::uint64_t hash) noexcept {
    return trace.hash == hash && trace.was_cut == view.was_cut &&
           std::equal(trace.frames.begin(), trace.frames.end(), view.frames.begin(),
                      view.frames.end());
  }

  static std::unique_ptr<Trace> make(TraceView const& view, std::uint64_t hash) noexcept {
    try {
      return std::make_unique<Trace>(
          Trace{hash, view.was_cut, {view.frames.begin(), view.frames.end()}});
    } catch (std::bad_alloc const&) {
      return nullptr;
    }
  }

  Link first_{nullptr};
  Link table_{nullptr};
  typename Env::template atomic<std::uint64_t> dropped_{0};
};

}  // namespace reactor::engine
