// SPDX-License-Identifier: BSD-3-Clause
// Outcomes of tasks of which nobody knows how many will come: what Reactor::submit(lazy(...), ...)
// returns.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

#include "reactor/detail/in_stream.hpp"
#include "reactor/outcome.hpp"
#include "reactor/summary.hpp"

namespace reactor {

class Reactor;

// A range that is gone through once: of the outcomes in task order or, with
// RunOptions::completion_order, as the tasks end. Nothing is pulled before begin(), and whatever
// is, is pulled inside begin() and ++ on the thread that calls them, which hands out what has
// landed, else pulls while there is room (RunOptions::in_flight_max), else waits for what lands
// next. So the source needs no lock, and tasks run while the thread is in there or elsewhere.
//
// An outcome is valid until the iterator goes on: then its value is destroyed. A task is destroyed
// no later than those it was pulled with have all ended. All memory is O(in_flight_max).
//
// What is pulled is handed to the workers in groups, of one at first, and of more, up to 1024 or a
// quarter of in_flight_max, as long as the source is quick: below 20 µs for a group. A source that
// was quick and suddenly blocks keeps back what it has given for its last group. Workers take tasks
// in order, short ones several at once, and each outcome is there as soon as its task has ended: so
// a task may wait for what is done with the outcomes of earlier ones. As long as in_flight_max is
// no more than parallelism() and the workers are free, all that has been pulled comes to be in
// flight together, so tasks may wait for each other; beyond that they must not.
//
// Stop on error: the first failure of all stops the stream; ++ throws its TaskError, when nothing
// of the stream executes any more. Keep going: failures are outcomes among others. What the source
// throws comes out of ++ as it is: stopping on errors, after what is in flight has been stopped;
// keeping going, after the outcomes of all that had been pulled. Cancelled, DeadlineExceeded,
// Error, std::bad_alloc as Batch::get throws them, also when that is found out for a part of the
// tasks. After such a throw the stream is at its end. What is thrown has the stream's summary; the
// errors of single outcomes have an empty one, and do not know of how many they are one.
//
// For one thread at a time, which may be in a task, of whichever Reactor: then it helps with the
// stream's own tasks while it waits (as one more than parallelism() if it is none of the Reactor's
// workers), and these must not wait for what it does with earlier outcomes. Like a Batch, a stream
// is not nested in that task. Iterating needs the Reactor; the rest, and the destructor, not, but
// they must not go on while the Reactor is destroyed. In a forked child ++ throws Error; in one of
// the stream's own tasks it does where it would have to wait. These two don't end the stream: it
// has left the outcome that it was at, and the next ++, elsewhere, goes on behind that.
template <class R>
class Stream {
 public:
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Outcome<R>;
    using difference_type = std::ptrdiff_t;

    iterator() = default;

    Outcome<R> operator*() const noexcept { return Stream::outcome(*stream_); }
    iterator& operator++() {
      stream_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(iterator const& a, std::default_sentinel_t) noexcept {
      return a.stream_->outcomes() == nullptr;
    }

   private:
    friend Stream;
    explicit iterator(detail::InStream& stream) noexcept : stream_(&stream) {}

    detail::InStream* stream_ = nullptr;
  };

  // Empty. Precondition of all members but valid(), the moves and the destructor: valid().
  Stream() noexcept = default;
  Stream(Stream&&) noexcept = default;  // iterators stay valid
  Stream& operator=(Stream&&) noexcept = default;
  // Cancels what is not done, and waits until nothing of it executes. In one of the stream's own
  // tasks, where it could only wait for itself, it says so and aborts.
  ~Stream() = default;

  bool valid() const noexcept { return stream_ != nullptr; }

  // Where the stream is: the first call goes to the first outcome, as ++ goes to the next. Blocks
  // and throws as that does. Allocates some 1.5 KB, in a dozen pieces, for each group of tasks
  // that were pulled together, and reuses the outcomes' memory: per task that is next to nothing,
  // as long as the source takes but microseconds for one.
  [[nodiscard]] iterator begin() {
    if (!std::exchange(has_begun_, true)) stream_->advance();
    return iterator(*stream_);
  }
  std::default_sentinel_t end() const noexcept { return {}; }

  // No further task begins and none is pulled; those in flight are told to stop (TaskContext); the
  // next ++ throws Cancelled. Does not block; but tasks that have not begun may end right here.
  void cancel() noexcept { stream_->cancel(); }

  // `total`: how many tasks have been pulled. Once the stream is at its end, or has thrown, all
  // counts are exact; before that they are of those groups of tasks that have been consumed.
  Summary summary() const noexcept { return stream_->summary(); }

 private:
  friend Reactor;
  explicit Stream(std::unique_ptr<detail::InStream> stream) noexcept : stream_(std::move(stream)) {}

  static Outcome<R> outcome(detail::InStream const& stream) noexcept {
    detail::PartOutcomes const& outcomes = *stream.outcomes();
    auto* const values = static_cast<detail::Stored<R>*>(outcomes.values);
    return {outcomes.slots.get(), values == nullptr ? nullptr : values + stream.index(),
            stream.index()};
  }

  std::unique_ptr<detail::InStream> stream_;
  bool has_begun_ = false;
};

}  // namespace reactor
