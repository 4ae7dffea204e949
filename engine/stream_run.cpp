// SPDX-License-Identifier: BSD-3-Clause
#include "engine/stream_run.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <utility>

#include "engine/core.hpp"
#include "reactor/error.hpp"

namespace reactor::engine {

using std::chrono::steady_clock;

// Of a part's first failure.
class StreamRun::OnFailure final : public detail::FailureListener {
 public:
  OnFailure(StreamRun& stream, Part& part) noexcept : stream_(stream), part_(part) {}
  void call(std::size_t i) noexcept override {
    part_.first_failed = i;
    stream_.stop_for(reinterpret_cast<Reason>(&part_));
  }

 private:
  StreamRun& stream_;
  Part& part_;
};

StreamRun::StreamRun(detail::Core& core, std::unique_ptr<detail::StreamFeed> feed,
                     RunOptions const& options, bool is_run)
    : core_(core),
      feed_(std::move(feed)),
      options_(options),
      control_(options_, core.options(), is_run ? EnclosingTask::innermost() : nullptr),
      stops_on_error_(options_.stop_on_error.value_or(core.options().stop_on_error)),
      part_options_(options_),
      window_(options_.in_flight_max, core.options().parallelism) {
  if (is_run) {
    stay_.emplace(core.shared().in_flight);
    errand_.emplace(core.shared());
  }
  part_options_.stop = stop_.get_token();
  part_options_.deadline = control_.deadline();
  part_options_.completion_order = true;  // it is by the order that this learns of ends
  on_stop_ = watch(options_.stop, k_cancelled);
  on_enclosing_stop_ = watch(control_.enclosing_stop(), k_followed);
}

StreamRun::OnStop StreamRun::watch(std::stop_token const& token, Reason reason) {
  if (!token.stop_possible()) return nullptr;
  return std::make_unique<std::stop_callback<StopFor>>(token, StopFor{this, reason});
}

StreamRun::~StreamRun() {
  for (OnStop* on_stop : {&on_stop_, &on_enclosing_stop_}) {
    if (is_forked()) static_cast<void>(on_stop->release());
    on_stop->reset();
  }
  cancel();
  for (Parts* parts : {&live_, &leaving_}) {
    for (Part& part : *parts) {
      part.run->cancel_and_wait();
      part.order().forget_reader();  // its last thread may be here, on its way to tell of the end
    }
  }
  for (Part& part : live_) {
    for (std::size_t k = part.consumed; k < part.size; ++k) {
      std::size_t const i = options_.completion_order ? part.order().at(k) : k;
      if (i < part.size) feed_->destroy_value(part, i);
    }
  }
  // An action that goes after this may have the last handle of the Reactor.
  errand_.reset();
  stay_.reset();
}

void StreamRun::stop_for(Reason reason) noexcept {
  if (is_forked()) return;
  if (control_.is_late()) reason |= k_late;
  std::stop_source stop = stop_;  // what it stops may have the last handle of the stream
  Reason none = k_none;
  // ORDER O100: StreamRun::throw_reason's load; which task of the part has failed
  reason_.compare_exchange_strong(none, reason, std::memory_order_release,
                                  std::memory_order_relaxed);
  stop.request_stop();
}

bool StreamRun::advance() {
  if (is_at_end_) return false;
  if (is_forked()) throw Error("this stream is of the process that has made it, and ends there");
  pass();
  for (;;) {
    if (stop_.stop_requested()) stop_and_throw();
    if (find_landed()) return true;
    if (stop_.stop_requested()) continue;
    if (!is_source_at_end_ && window_.wants_more()) {
      pull();
    } else if (live_.empty()) {
      return finish();
    } else {
      wait();
    }
  }
}

// Over the outcome that was handed out.
void StreamRun::pass() noexcept {
  if (current_ == live_.end()) return;
  feed_->destroy_value(*current_, index_);
  window_.consumed_one();
  if (++current_->consumed == current_->size) leaving_.splice(leaving_.end(), live_, current_);
  current_ = live_.end();
  outcomes_ = nullptr;
}

bool StreamRun::find_landed() noexcept {
  if (!options_.completion_order) {
    return !live_.empty() && hand_out(live_.begin(), live_.front().consumed);
  }
  for (auto part = live_.begin(); part != live_.end(); ++part) {
    if (!part->has_landed()) continue;
    std::size_t const i = part->order().at(part->consumed);
    if (i < part->size) return hand_out(part, i);
    stop_for(k_from_parts);  // no other will end
    return false;
  }
  return false;
}

// False: there is nothing yet, or the stream has to stop.
bool StreamRun::hand_out(Parts::iterator part, std::size_t i) noexcept {
  Status const status = part->slots->status(i);
  if (status == Status::pending) return false;
  if (status == Status::skipped || (stops_on_error_ && status != Status::done)) {
    if (status != Status::skipped) met_ = {&*part, i};
    stop_for(k_from_parts);
    return false;
  }
  current_ = part;
  outcomes_ = &*part;
  index_ = i;
  return true;
}

// Until another task has ended, maybe.
void StreamRun::wait() {
  if (options_.completion_order) {
    return await_any(live_, reader_, core_.options().spin);
  }
  Part& oldest = live_.front();
  if (oldest.run->await_ended(oldest.seen) < oldest.size) ++oldest.seen;
}

void StreamRun::pull() {
  retire(leaving_);
  try {
    std::uint64_t const start_ns = NativeEnv::now_ns();
    detail::StreamFeed::Pulled pulled = feed_->pull(window_.part_size());
    window_.pulled(pulled.count, NativeEnv::now_ns() - start_ns);
    is_source_at_end_ = pulled.is_end;
    thrown_ = std::move(pulled.thrown);
    if (thrown_ && stops_on_error_) return stop_for(k_thrown);
    if (pulled.count != 0) begin_part(pulled.count);
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    thrown_ = std::current_exception();
    stop_for(k_thrown);
  }
}

void StreamRun::begin_part(std::size_t size) {
  if (free_.empty()) free_.emplace_back();
  Part& part = free_.front();
  free_room_ -= part.size_max;
  part.size_max = std::max(part.size_max, size);
  part.size = size;
  part.consumed = part.seen = 0;
  detail::StreamFeed::Part made = feed_->make_part(part);
  part.slots->become_part(begun_);
  made.job.first_index = begun_;
  if (options_.completion_order) part.order().share_reader(reader_);
  std::unique_ptr<detail::FailureListener> listener;
  if (stops_on_error_) listener = std::make_unique<OnFailure>(*this, part);
  part.run = core_.submit(made.job, std::move(made.owner), part.slots->share(), part_options_);
  live_.splice(live_.end(), free_, free_.begin());
  begun_ += size;
  window_.hold(size);
  if (listener) part.run->listen(std::move(listener));
}

// Its memory, for another part; but of all together no more than the window allows to parts.
void StreamRun::keep(Parts& parts, Parts::iterator part) noexcept {
  if (free_room_ + part->size_max > window_.held_most()) {
    parts.erase(part);
    return;
  }
  free_room_ += part->size_max;
  free_.splice(free_.begin(), parts, part);
}

// Takes leave of those parts that are over.
void StreamRun::retire(Parts& parts) noexcept {
  for (auto part = parts.begin(); part != parts.end();) {
    auto const next = std::next(part);
    if (part->run->is_over()) {
      add_up(*part);
      window_.let_go(part->size);
      part->run.reset();
      keep(parts, part);
    }
    part = next;
  }
}

}  // namespace reactor::engine
