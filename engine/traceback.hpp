// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "engine/trace_store.hpp"
#include "reactor/traceback.hpp"

namespace reactor::detail {

// What the engine may do with a Traceback.
class TracebackMaker {
 public:
  // Both throw std::bad_alloc.
  static Traceback make(engine::TraceView const& trace);
  static Traceback make_missing(std::string why, bool is_lost);

  // There should be one, or there is.
  static bool is_worth_telling(Traceback const& traceback) noexcept;

  // Valid while a copy of `traceback` lives.
  static engine::TraceView view(Traceback const& traceback) noexcept;
};

}  // namespace reactor::detail
