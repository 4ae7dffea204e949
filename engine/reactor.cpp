// SPDX-License-Identifier: BSD-3-Clause
#include "reactor/reactor.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/assert.hpp"
#include "engine/core.hpp"
#include "engine/resolve.hpp"
#include "engine/slot_table.hpp"
#include "engine/stream_run.hpp"

namespace reactor {

Reactor::Reactor(Options options)
    : core_(std::make_unique<detail::Core>(engine::resolve(std::move(options)))),
      stop_on_error_(core_->options().stop_on_error),
      result_timeout_(core_->options().result_timeout) {}

Reactor::~Reactor() {
  if (core_->is_forked()) {
    // The workers and what they held exist only in the parent: nothing here can be joined or freed.
    static_cast<void>(core_.release());
    return;
  }
  REACTOR_ASSERT(!core_->is_inside(),
                 "~Reactor called from inside one of its own tasks, where it could only wait for "
                 "itself; destroy it from another thread, after the run");
  core_->await_unused();  // here, as tasks may use this until then
}

Options const& Reactor::options() const noexcept {
  return core_->options();
}

std::size_t Reactor::parallelism() const noexcept {
  return core_->options().parallelism;
}

Stats Reactor::stats() const {
  return core_->stats();
}

detail::RunMode Reactor::mode(RunOptions const& options) const noexcept {
  return {stops_on_error(options), has_timeout(options)};
}

std::uint64_t Reactor::complete(detail::Job& job, RunOptions const& options) {
  return core_->run(job, options);
}

detail::PostHandle Reactor::prepare_post(bool is_bounded) {
  return core_->prepare_post(is_bounded);
}

void Reactor::post_call(detail::PostHandle call) noexcept {
  core_->post(*call.release());
}

detail::CallHandle Reactor::prepare_call() {
  return core_->prepare_call();
}

detail::Handle Reactor::submit_job(detail::Job const& job, detail::Owned<detail::RunOwner> owner,
                                   detail::SharedSlots slots, RunOptions options) {
  return core_->submit(job, std::move(owner), std::move(slots), std::move(options));
}

std::unique_ptr<detail::InStream> Reactor::make_stream(std::unique_ptr<detail::StreamFeed> feed,
                                                       RunOptions const& options, bool is_run) {
  return std::make_unique<engine::StreamRun>(*core_, std::move(feed), options, is_run);
}

}  // namespace reactor
