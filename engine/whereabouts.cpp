// SPDX-License-Identifier: BSD-3-Clause
#include "engine/whereabouts.hpp"

namespace reactor::engine {

thread_local Whereabouts::Home Whereabouts::home_;
thread_local Whereabouts::Place const* Whereabouts::innermost_ = nullptr;

bool Whereabouts::is_inside(Crew const& crew) noexcept {
  if (home_.crew == &crew || Errand::has(crew)) return true;
  for (Place const* place = innermost_; place != nullptr; place = place->outer_) {
    if (&place->crew_ == &crew) return true;
  }
  return false;
}

}  // namespace reactor::engine
