// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "reactor/export.hpp"

namespace reactor::detail {

// Never thrown. When something else is, the unwinder first searches the stack for a handler, and
// only then unwinds. It asks a catch clause whether it matches through the type_info of what the
// clause catches. This type's is the engine's own: when it is asked, the stack is still whole, so
// it looks who is on it, and answers no; the next clause catches. A task that does not throw pays
// nothing.
//
// The destructor is defined nowhere. So compilers expect the type_info elsewhere: trace_probe.cpp.
class REACTOR_API TraceProbe {
 public:
  TraceProbe(TraceProbe const&) = delete;
  TraceProbe& operator=(TraceProbe const&) = delete;
  virtual ~TraceProbe();
};

}  // namespace reactor::detail
