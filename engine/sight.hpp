// SPDX-License-Identifier: BSD-3-Clause
// Which run a searching worker joins next. Protocol I in README.md.
#pragma once

#include <cstdint>

#include "engine/batch.hpp"
#include "engine/shared.hpp"

namespace reactor::engine {

// A run that is over sooner than help could pay is better left alone: unless it is known to be
// long, a searcher joins a run only when it has had it in sight, wanting help, for some turns. One
// stays in sight while it wants help that this worker can give, and the next is looked for behind
// it: so a run that waits for help gets it, however many short ones come and go.
template <class Env>
class Sight {
 public:
  explicit Sight(Shared<Env>& shared) noexcept : shared_(shared) {}

  bool has_any() noexcept {
    return (entry_ != nullptr && wants_one_more(*entry_->value) &&
            entry_->value->epoch_approx() == epoch_) ||
           look_further();
  }

  bool look_further() noexcept {
    auto* const next = shared_.slab.find_next(
        entry_, [this](Batch<Env> const& batch) { return wants_one_more(batch); });
    if (next == nullptr) return false;
    std::uint64_t const epoch = next->value->epoch_approx();
    if (next != entry_ || epoch != epoch_) turns_ = 0;
    entry_ = next;
    epoch_ = epoch;
    return true;
  }

  // Precondition of both: has_any(). The first is asked once a turn.
  bool is_worth_joining() noexcept {
    return turns_++ >= patience() || shared_.is_worth_sharing(batch());
  }
  Batch<Env>& batch() noexcept { return *entry_->value; }

 private:
  // In turns: the dearer help is, the longer a run is left alone that may be over soon.
  std::uint64_t patience() const noexcept {
    return Env::k_turns_before_joining * shared_.help_cost.worth_ns() / Env::help_cost::k_least_ns;
  }

  bool wants_one_more(Batch<Env> const& batch) const noexcept {
    return batch.wants_anybody() && !shared_.crowd.keeps_out_of(batch, shared_.idle);
  }

  Shared<Env>& shared_;
  typename Shared<Env>::BatchSlab::Entry* entry_ = nullptr;
  std::uint64_t epoch_ = 0;
  std::uint64_t turns_ = 0;
};

}  // namespace reactor::engine
