// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace reactor::engine {

// What a run has in its batch that no thread waits for in run().
class Keeper {
 public:
  // On the thread that leaves last, once: nobody is inside any more, and nobody will be until the
  // batch is given back, which is the keeper's to do.
  virtual void quiescent() noexcept = 0;

 protected:
  ~Keeper() = default;
};

}  // namespace reactor::engine
