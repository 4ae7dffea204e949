// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "reactor/detail/job.hpp"

namespace reactor::engine {

// The same job, but its tasks' failures know where they were thrown, and the runs that its tasks
// begin know that they are nested. Valid as long as `job`.
detail::Job trace(detail::Job const& job) noexcept;

}  // namespace reactor::engine
