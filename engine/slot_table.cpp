// SPDX-License-Identifier: BSD-3-Clause
#include "engine/slot_table.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace reactor::engine {

void SlotTable::prepare(std::size_t size, bool record_order) {
  over_.store(true, std::memory_order_relaxed);
  size_ = 0;
  records_order_ = false;
  is_part_ = false;
  first_index_ = 0;
  failures_.reset(size);
  first_failure_.reset();
  traces_.clear();
  summary_ = {};
  if (record_order) order_.prepare(size);
  if (!mark_.advance()) clean_ = 0;
  bytes_ = size <= k_inline_bytes ? inline_bytes() : heap_bytes(size);
  size_ = size;
  records_order_ = record_order;
  over_.store(size == 0, std::memory_order_relaxed);
}

static_assert(sizeof(detail::StatusByte) == 1 && detail::StatusByte::is_always_lock_free &&
              static_cast<int>(Status::pending) == 0);

// A few stores, where as many bytes as there are tasks would be a call.
detail::StatusByte* SlotTable::inline_bytes() noexcept {
  // SAFETY: a lock-free atomic byte is its value and nothing else; zeroes are `pending`.
  std::memset(static_cast<void*>(inline_bytes_.data()), 0, sizeof inline_bytes_);
  return inline_bytes_.data();
}

namespace {

// A range is split where a line begins (Participant::middle_of).
detail::StatusByte* on_line(detail::StatusByte* memory) noexcept {
  return memory + (0 - reinterpret_cast<std::uintptr_t>(memory)) % k_line_bytes;
}

}  // namespace

detail::StatusByte* SlotTable::heap_bytes(std::size_t size) {
  if (size <= heap_capacity_) {
    detail::StatusByte* const bytes = on_line(heap_bytes_.get());
    // SAFETY: as above.
    if (size > clean_) std::memset(static_cast<void*>(bytes + clean_), 0, size - clean_);
    clean_ = std::max(clean_, size);
    return bytes;
  }
  heap_bytes_.reset();
  heap_capacity_ = 0;
  // Fresh pages come zeroed, and are first touched by the threads that need them.
  heap_bytes_.reset(
      static_cast<detail::StatusByte*>(std::calloc(size / k_line_bytes + 2, k_line_bytes)));
  if (heap_bytes_ == nullptr) throw std::bad_alloc();
  heap_capacity_ = size;
  clean_ = size;
  return on_line(heap_bytes_.get());
}

SlotTable::~SlotTable() {
  ::operator delete(room_, room_alignment_);
}

void* SlotTable::make_room(std::size_t bytes, std::size_t alignment) {
  ::operator delete(room_, room_alignment_);
  room_ = nullptr;
  room_alignment_ = std::align_val_t{std::max(alignment, alignof(std::max_align_t))};
  room_ = ::operator new(bytes, room_alignment_);
  return room_;
}

Summary SlotTable::count() const noexcept {
  Summary summary;
  summary.total = size_;
  for (std::size_t i = 0; i < size_; ++i) {
    if (status(i) == Status::done) ++summary.done;
    if (status(i) == Status::failed) ++summary.failed;
    if (status(i) == Status::timed_out) ++summary.timed_out;
  }
  summary.skipped = summary.total - summary.done - summary.failed - summary.timed_out;
  return summary;
}

std::span<std::size_t const> SlotTable::order() const noexcept {
  if (!records_order_ || !is_over()) return {};
  static_assert(sizeof(std::atomic<std::size_t>) == sizeof(std::size_t));
  // SAFETY: a lock-free atomic is its value and nothing else, and nobody writes any more.
  return {reinterpret_cast<std::size_t const*>(order_.data()), order_.count()};
}

void SlotTable::record_thrown(std::size_t i, std::uint32_t worker,
                              std::nested_exception const& exception,
                              TraceView const& stack) noexcept {
  char const* missing = nullptr;
  Trace const* const trace = keep(stack, missing);
  publish_failure(failures_, i, bytes_[i], mark_, Status::failed, worker,
                  Raised{exception, trace, missing});
  if (records_order_) order_.record(i);
}

void SlotTable::record_unexpected(std::size_t i, std::uint32_t worker,
                                  Unexpected&& reason) noexcept {
  publish_failure(failures_, i, bytes_[i], mark_, Status::failed, worker, std::move(reason));
  if (records_order_) order_.record(i);
}

void SlotTable::record_timeout(std::size_t i, std::uint32_t worker, std::uint64_t ran_ns,
                               std::uint64_t timeout_ns) noexcept {
  publish_failure(failures_, i, bytes_[i], mark_, Status::timed_out, worker,
                  GivenUp{ran_ns, timeout_ns});
  if (records_order_) order_.record(i);
}

}  // namespace reactor::engine

namespace reactor::detail {

Slots::~Slots() = default;

void DropSlots::operator()(Slots* slots) const noexcept {
  if (slots->count_.drop()) delete slots;
}

SharedSlots Slots::make() {
  return SharedSlots(new engine::SlotTable);
}

}  // namespace reactor::detail
