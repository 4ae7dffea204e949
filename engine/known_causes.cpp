// SPDX-License-Identifier: BSD-3-Clause
#include "engine/known_causes.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

#include "engine/process_mutex.hpp"
#include "engine/thrown.hpp"

namespace reactor::engine {

namespace {

struct Known {
  Traceback traceback;
  std::size_t holders = 0;
};

// Never destroyed: statics may hold errors. A map's nodes can be made before the mutex is taken:
// what is thrown while it is held, such as for want of memory, might want it itself.
struct Causes {
  std::map<void const*, Known> by_object;
  std::mutex& mutex = process_mutex<Causes>();
};
Causes& causes() {
  static Causes& all = *new Causes;
  return all;
}

std::atomic<std::size_t> known_count{0};

}  // namespace

KnownCause::KnownCause(std::exception_ptr cause, Traceback const& traceback)
    : cause_(std::move(cause)) {
  Thrown const thrown(cause_);
  if (!thrown.is_own()) return;
  std::map<void const*, Known> node;
  node[thrown.address()].traceback = traceback;
  std::scoped_lock const lock(causes().mutex);
  // Who comes first keeps the traceback: others may have seen it rethrown.
  auto const known = causes().by_object.insert(node.extract(node.begin())).position;
  ++known->second.holders;
  known_count.store(causes().by_object.size(), std::memory_order_relaxed);
}

KnownCause::~KnownCause() {
  Thrown const thrown(cause_);
  if (!thrown.is_own()) return;
  std::scoped_lock const lock(causes().mutex);
  auto const found = causes().by_object.find(thrown.address());
  if (--found->second.holders == 0) causes().by_object.erase(found);
  known_count.store(causes().by_object.size(), std::memory_order_relaxed);
}

Traceback first_traceback(void const* object) noexcept {
  // Who can throw a known one has it from somebody who had made it known.
  if (known_count.load(std::memory_order_relaxed) == 0) return {};
  std::scoped_lock const lock(causes().mutex);
  auto const found = causes().by_object.find(object);
  return found == causes().by_object.end() ? Traceback() : found->second.traceback;
}

}  // namespace reactor::engine
