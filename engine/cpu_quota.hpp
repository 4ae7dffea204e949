// SPDX-License-Identifier: BSD-3-Clause
// How much CPU time this process's cgroups allow it.
#pragma once

#include <optional>
#include <string>

namespace reactor::engine {

// In CPUs: 1.5 is three milliseconds of every two. The tightest limit of the process's cgroups and
// all their ancestors, v2 (cpu.max) and v1 (cpu.cfs_quota_us). Nothing when there is none, or it
// cannot be read. `root` stands before /proc and the mount points, for tests.
std::optional<double> cgroup_cpu_quota(std::string const& root = "");

}  // namespace reactor::engine
