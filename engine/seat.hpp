// SPDX-License-Identifier: BSD-3-Clause
// A thread whose tasks can be taken from it, as the watchdog sees it. Protocol G in README.md.
#pragma once

#include <cstdint>

#include "engine/env.hpp"
#include "reactor/detail/seat.hpp"

namespace reactor::engine {

template <class Env>
class Participant;

template <class Env>
struct Seat : detail::BasicSeat<typename Env::template atomic<std::uint64_t>> {
  // By the seat's thread, published with each task's begin.
  Participant<Env>* participant = nullptr;
  typename Env::template atomic<std::uint64_t> timeout_ns{k_forever_ns};
  typename Env::template atomic<std::uint64_t> first_index{0};  // of its run

  // The watchdog's: what it saw last, and when for the first time.
  std::uint64_t turn_seen = 0;
  std::uint64_t since_ns = 0;
  bool was_reported = false;
};

}  // namespace reactor::engine
