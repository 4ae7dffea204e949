// SPDX-License-Identifier: BSD-3-Clause
// The seam between a stream's templates and the compiled core. What is pulled together is run
// together: a part, which is a submitted run.
#pragma once

#include <cstddef>
#include <exception>

#include "reactor/detail/job.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/export.hpp"
#include "reactor/summary.hpp"

namespace reactor::detail {

// Where the outcomes of a part go. Used again for another when all of them have been consumed.
struct PartOutcomes {
  SharedSlots slots;
  void* values = nullptr;  // in the slots' memory
  std::size_t capacity = 0;
};

// What knows the types. One thread, the one that iterates.
class StreamFeed {
 public:
  StreamFeed() = default;
  StreamFeed(StreamFeed const&) = delete;
  StreamFeed& operator=(StreamFeed const&) = delete;
  virtual ~StreamFeed() = default;

  struct Pulled {
    std::size_t count = 0;
    bool is_end = false;        // nothing else will come
    std::exception_ptr thrown;  // by the source; then nothing else will
  };
  // Pulls up to `limit` tasks for the next part. Throws std::bad_alloc, having pulled nothing.
  virtual Pulled pull(std::size_t limit) = 0;

  struct Part {
    Job job;
    Owned<RunOwner> owner;
  };
  // Of what was pulled. Throws std::bad_alloc, and what was pulled is gone.
  virtual Part make_part(PartOutcomes& outcomes) = 0;

  virtual void destroy_value(PartOutcomes& outcomes, std::size_t i) noexcept = 0;
};

// A stream, as its handle sees it. One thread at a time.
class REACTOR_API InStream {
 public:
  virtual ~InStream() = default;

  // Goes on to the next outcome, or to the end: then false. Blocks, and throws what the stream
  // ends with; after that it is at its end.
  virtual bool advance() = 0;
  virtual void cancel() noexcept = 0;
  virtual Summary summary() const noexcept = 0;

  // Where the stream is; the outcomes are null before the first advance and at the end.
  PartOutcomes const* outcomes() const noexcept { return outcomes_; }
  std::size_t index() const noexcept { return index_; }  // in there

 protected:
  PartOutcomes const* outcomes_ = nullptr;
  std::size_t index_ = 0;
};

}  // namespace reactor::detail
