// SPDX-License-Identifier: BSD-3-Clause
// A queue that keeps only what the engine's queue promises: what was pushed comes out at most once.
// It may come out in any order, a look may find nothing although something is there, and, where
// that is asked for, a push may find no room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "tests/model/atomic.hpp"
#include "tests/model/checker.hpp"

namespace reactor::model {

template <class T, bool may_be_full = false, std::size_t room = 8>
class Bag {
 public:
  class Producer {
   public:
    explicit Producer(Bag&) { memory().create(cell_, 0); }
    Producer(Producer&& other) noexcept : Producer(std::move(other), 0) {}
    Producer(Producer const&) = delete;
    Producer& operator=(Producer const&) = delete;
    ~Producer() { memory().destroy(cell_); }

    bool push(T const& element, char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
      memory().touch(cell_, {file, line});
      pushes_.set(pushes_.get() + 1);  // a data race, unless one thread at a time pushes
      if (count_ == room || (may_be_full && choices().choose(2, Kind::fault) != 0)) {
        note("push finds no room", element, file, line);
        return false;
      }
      elements_[count_++] = {element, scheduler().current().clock};
      note("push", element, file, line);
      return true;
    }

    bool pop(T& element, char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
      memory().touch(cell_, {file, line});
      if (count_ == 0) return false;
      std::size_t const answer = choices().choose(count_ + 1, Kind::stale);
      if (answer == count_) {
        note("pop finds nothing", elements_[0].value, file, line);
        return false;
      }
      Element const found = elements_[answer];
      for (std::size_t i = answer; i + 1 < count_; ++i) elements_[i] = elements_[i + 1];
      --count_;
      scheduler().current().clock.join(found.pushed);
      element = found.value;
      note("pop", element, file, line);
      return true;
    }

   private:
    struct Element {
      T value;
      VectorClock pushed;
    };

    Producer(Producer&& other, int) noexcept : count_(other.count_) {
      memory().create(cell_, 0);
      for (std::size_t i = 0; i < count_; ++i) elements_[i] = other.elements_[i];
    }

    static Memory& memory() noexcept { return Checker::get().memory(); }
    static Scheduler& scheduler() noexcept { return Checker::get().scheduler(); }
    static Choices& choices() noexcept { return Checker::get().choices(); }

    void note(char const* what, T const& element, char const* file, int line) const {
      memory().tell(this, {file, line}, what, element.lo << 16 | element.hi);
    }

    Cell cell_;
    Var<int> pushes_{0};
    std::size_t count_ = 0;
    Element elements_[room];
  };
};

}  // namespace reactor::model
