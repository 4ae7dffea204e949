// SPDX-License-Identifier: BSD-3-Clause
#include "engine/posted.hpp"

#include <cxxabi.h>

namespace reactor::engine {

namespace {

// Without anybody to tell, the process ends, as where a thread lets an exception out. Nor may who
// is told throw.
void report(PostOffice const& office) noexcept {
  if (!office.on_error) std::rethrow_exception(std::current_exception());
  office.on_error(std::current_exception());
}

}  // namespace

Posted& Posted::take(PostOffice& office) {
  Posted& posted = office.pool.take();
  posted.office_ = &office;
  return posted;
}

bool Posted::call_it() {
  try {
    call.run(call);
    return true;
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    report(*office_);
    return false;
  }
}

Posted::Begun Posted::begin(std::uint32_t self, Counters<NativeEnv>& counters) {
  struct GivenBack {
    Posted& posted;
    PostOffice::Desk& desk;
    ~GivenBack() { posted.office_->pool.give_back(posted, desk.kept); }
  } const at_the_end{*this, office_->desks[self]};
  counters.tasks.add(1);
  if (!call_it()) counters.errors.add(1);
  return {};
}

void Posted::refuse() noexcept {
  call_it();
  give_back();
}

}  // namespace reactor::engine

namespace reactor::detail {

void GiveBackPost::operator()(PostedCall* call) const noexcept {
  static_cast<engine::Posted*>(call->post)->give_back();
}

}  // namespace reactor::detail
